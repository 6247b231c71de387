"""Familiarity: whether a photo is like those that a model learned from.

A classifier of three varieties calls everything one of the three. So the photos that it learned
from are kept as numbers, and a new photo is compared with the nearest of them (Sun et al. 2022,
"Out-of-Distribution Detection with Deep Nearest Neighbors", arXiv 2204.06507): in the last layer's
channels, pooled over the photo, which come with the pass that explains it; and in its colours,
contrast and sharpness, which a network of few cells forgets.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.models.card import Input

FAMILIARITY_FILE = "familiarity.npy"
FEWEST, MOST = 20, 2000
"""Photos that familiarity can be measured from, and how many are kept at most."""

LIMIT = 0.5
"""The familiarity from which on a photo is familiar."""

log = logging.getLogger("core")
_STRANGE = 0.05  # of the known photos, compared with those of other scenes only
_WEIGHT = 2.0  # of colours, contrast and sharpness, beside the channels
_SCALES = 5  # that sharpness is measured at, each half as fine as the one before
_LOOKS = 6 + _SCALES
_MOST_BYTES = 64 << 20
_LARGEST = 1e3  # of any of the numbers

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Familiarity:
    """The photos that a model learned from, as numbers.

    Attributes:
        of: Which model, and how photos are shown to it, as of `shown_model`.
        pooled: float16 [N, K], as of `pool`.
        looks: float32 [N, 11], as of `describe_looks`.
        distances: float32 [N], how far each is from the nearest one of another scene.
    """

    of: str
    pooled: NDArray[np.float16]
    looks: Floats
    distances: Floats

    @cached_property
    def limit(self) -> float:
        """The distance within which 95 % of the known photos lie."""
        return float(np.quantile(self.distances, 1 - _STRANGE))

    def measure(self, pooled: Floats, pixels: NDArray[np.uint8]) -> Floats:
        """How familiar photos are: 1 as a known one, `LIMIT` at the limit, towards 0 beyond.

        Args:
            pooled: float32 [N, K], as of `pool`.
            pixels: uint8 [N, h, w, 3], in the model's size.

        Returns:
            float32 [N], the limit by the limit and the distance together.
        """
        return self.measure_numbers(pooled, describe_looks(pixels))

    def measure_numbers(self, pooled: Floats, looks: Floats) -> Floats:
        """As `measure`, from what `describe_looks` says of the photos."""
        near = _distances(_join(pooled, looks, self.looks), *self._known).min(axis=1)
        return (self.limit / (self.limit + near)).astype(np.float32)

    @cached_property
    def _known(self) -> tuple[Floats, Floats]:
        joined = _join(self.pooled.astype(np.float32), self.looks, self.looks)
        return joined, (joined**2).sum(axis=1)

    @cached_property
    def sha256(self) -> str:
        """Of all its numbers."""
        return hashlib.sha256(self._record().tobytes()).hexdigest()

    def _record(self) -> NDArray[np.void]:
        record = np.zeros(1, _record_type(*self.pooled.shape))
        record[0] = (self.of.encode(), self.pooled, self.looks, self.distances)
        return record

    def save(self, folder: Path) -> Path:
        """Write it into a model's folder, whole or not at all.

        Raises:
            OSError: If the folder cannot be written to.
        """
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            written = Path(scratch, FAMILIARITY_FILE)
            np.save(written, self._record(), allow_pickle=False)
            os.replace(written, folder / FAMILIARITY_FILE)
        return folder / FAMILIARITY_FILE


def learn_familiarity(
    of: str, pooled: Floats, looks: Floats, scenes: Sequence[int]
) -> Familiarity | None:
    """Familiarity from photos that a model learned from, or that it is known to be good for.

    Args:
        of: As of `shown_model`.
        pooled: float32 [N, K], as of `pool`.
        looks: float32 [N, 11], as of `describe_looks`.
        scenes: Which photos show the same, as of `same_scene.group_scenes`.

    Returns:
        None where there are too few photos, or all are of one scene.
    """
    numbers = np.asarray(scenes)
    if len(pooled) < FEWEST or (numbers == numbers[0]).all():
        return None
    kept = np.random.default_rng(0).permutation(len(pooled))[:MOST]
    kept.sort()
    looks, numbers = looks[kept], numbers[kept]
    stored = _unit(pooled[kept]).astype(np.float16)  # of length 1: none is too large for it
    joined = _join(stored.astype(np.float32), looks, looks)
    apart = np.where(
        numbers[:, None] == numbers, np.inf, _distances(joined, joined, (joined**2).sum(axis=1))
    )
    return Familiarity(of, stored, looks, apart.min(axis=1).astype(np.float32))


def read_familiarity(folder: Path, of: str, channels: int) -> Familiarity | None:
    """What `Familiarity.save` wrote; None where that is not there, or is of something else.

    Nothing in the file is executed, and no more is read than it holds.

    Args:
        folder: The model's.
        of: As of `shown_model`.
        channels: Of the model's last layer.
    """
    file = folder / FAMILIARITY_FILE
    if not os.path.isfile(file):  # unlike `is_file`, no error where a folder may not be read
        return None
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError("it is larger than any that is written")
        # Mapped: an array larger than its file is refused, not made room for.
        record = np.load(file, mmap_mode="r", allow_pickle=False)
        photos = record.dtype["pooled"].shape[0] if record.dtype.names else 0
        if (
            not FEWEST <= photos <= MOST
            or record.shape != (1,)
            or record.dtype != _record_type(photos, channels)
        ):
            raise ValueError(f"it holds {record.dtype}")
        of_file, pooled, looks, distances = tuple(record[0])
        found = Familiarity(
            bytes(of_file).decode("ascii"), *(np.array(each) for each in (pooled, looks, distances))
        )
    except Exception as error:  # whatever a damaged file makes the reader raise
        log.warning("%s is left out: %s", file, error)
        return None
    if found.of != of:
        log.info("%s is left out: it is of another model, or of another preprocessing", file)
        return None
    numbers = (found.pooled, found.looks, found.distances)
    if not all((np.abs(each) <= _LARGEST).all() for each in numbers) or found.limit <= 0:
        log.warning("%s is left out: it holds numbers that nothing was measured by", file)
        return None
    return found


def shown_model(model: str, shown: Input) -> str:
    """A digest of a model and of how photos are shown to it: with another, nothing is comparable.

    Args:
        model: As of `open_explainer.model_digest`.
        shown: The model's input.
    """
    return hashlib.sha256(f"{model} {sorted(asdict(shown).items())}".encode()).hexdigest()


def pool(activations: Floats) -> Floats:
    """The mean of each channel over the photo: float32 [N, K] of [N, h, w, K]."""
    pooled: Floats = activations.mean(axis=(1, 2))
    return pooled


def describe_looks(pixels: NDArray[np.uint8]) -> Floats:
    """Colours, contrast and sharpness of photos.

    Args:
        pixels: uint8 [N, h, w, 3].

    Returns:
        float32 [N, 11]: mean and deviation of each colour, 0 to 1; then the logarithm of what five
        levels of a Laplacian pyramid deviate by (Burt and Adelson 1983, doi
        10.1109/TCOM.1983.1095851), the finest first.

    Example:
        >>> describe_looks(np.full((1, 64, 64, 3), 255, np.uint8))[0, :4].tolist()
        [1.0, 1.0, 1.0, 0.0]
    """
    return np.stack([_describe(each) for each in pixels])


def _describe(rgb: NDArray[np.uint8]) -> Floats:
    mean, deviation = cv2.meanStdDev(rgb)
    grey, sharpness = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), []
    for _ in range(_SCALES):
        smaller = cv2.pyrDown(grey)
        detail = grey - cv2.pyrUp(smaller, dstsize=grey.shape[::-1])
        sharpness.append(np.log(1 + float(detail.std())))
        grey = smaller
    colours = np.concatenate([mean.ravel(), deviation.ravel()]) / 255
    return np.concatenate([colours, sharpness]).astype(np.float32)


def _join(pooled: Floats, looks: Floats, known: Floats) -> Floats:
    """Channels of length 1, and looks in deviations of the known ones, as one vector each."""
    deviations = (looks - known.mean(axis=0)) / np.maximum(known.std(axis=0), 1e-6)
    return np.hstack([_unit(pooled), _WEIGHT / np.sqrt(_LOOKS) * deviations])


def _unit(pooled: Floats) -> Floats:
    unit: Floats = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-6)
    return unit


def _distances(one: Floats, other: Floats, lengths: Floats) -> Floats:
    """From each of [N, D] to each of [M, D], whose squared lengths are given: [N, M]."""
    squares = (one**2).sum(axis=1)[:, None] + lengths - 2 * one @ other.T
    distances: Floats = np.sqrt(np.maximum(squares, 0))
    return distances


def _record_type(photos: int, channels: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("of", "S64"),
            ("pooled", np.float16, (photos, channels)),
            ("looks", np.float32, (photos, _LOOKS)),
            ("distances", np.float32, (photos,)),
        ]
    )
