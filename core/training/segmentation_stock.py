"""What the segmenter's samples are made of, read from a folder and split by source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.images.decode import read_file
from core.images.photo_formats import EXTENSIONS
from core.segmentation.rice_mask import find_rice
from core.synthetic.grain_cutouts import GrainCutout
from core.training.grain_samples import read_grain_stock
from core.utils.natural_sort import natural_sort_key
from core.utils.progress import Progress, silent

Pixels = NDArray[np.uint8]

_LONGEST = 1280  # pixels of a photo that is kept
_SURE = 0.8  # confidence from which a mask that was found is learned from
_EVERY = 4  # heap: neighbouring numbers are often the same heap photographed again


@dataclass(frozen=True, eq=False)
class MaskedPhoto:
    """A photo whose rice is known.

    Attributes:
        name: Of its file, without its ending.
        rgb: uint8 [H, W, 3].
        rice: Which pixels are rice, bool [H, W].
    """

    name: str
    rgb: Pixels
    rice: NDArray[np.bool_]

    @property
    def source(self) -> str:
        """Where it comes from: the part of its name before `_`."""
        return self.name.partition("_")[0]


@dataclass(frozen=True, eq=False)
class Stock:
    """What samples are made of.

    Attributes:
        grains: Cut out of their photos.
        grounds: Photos of grounds without rice, uint8 [H, W, 3] each.
        other: Photos of other things without rice, uint8 [H, W, 3] each.
        masked: Photos whose rice is known.
    """

    grains: tuple[GrainCutout, ...]
    grounds: tuple[Pixels, ...]
    other: tuple[Pixels, ...]
    masked: tuple[MaskedPhoto, ...]


def read_stock(
    data: Path, held_out: Collection[str] = (), progress: Progress = silent
) -> tuple[Stock, Stock]:
    """Read what samples are made of, in two parts: to train on, and to measure on.

    Args:
        data: Holds `grains/VARIETY` (the Rice Image Dataset), `backgrounds`, `not_rice`, `wild`
            with `wild/masks` (0 and 255, of the photo's size and name, as PNG), and
            `piles/VARIETY`: heaps, of which those are taken whose rice is surely found.
        held_out: Sources that are not trained on: the part of a file's name before `_`.
        progress: Wraps what takes long; given what is being done.

    Returns:
        What to train on, and what belongs to `held_out`. No grain and no source is in both.

    Raises:
        TrainingError: If a folder is missing, a photo cannot be read, or a mask is of another
            size than its photo.
    """
    grounds = _photos(data / "backgrounds")
    other = _photos(data / "not_rice")
    masked = [_masked(file, data / "wild") for file in _photos(data / "wild" / "masks")]
    heaps = [] if "piles" in held_out else [*_sure_heaps(data / "piles", progress)]

    def part(split: str, kept: bool, heaps: Iterable[MaskedPhoto]) -> Stock:
        def own(files: Iterable[Path]) -> list[Path]:
            return [file for file in files if (_source(file.name) in held_out) != kept]

        return Stock(
            tuple(read_grain_stock(data / "grains", split)),
            tuple(_read(file) for file in own(grounds)),
            tuple(_read(file) for file in own(other)),
            (*(each for each in masked if (each.source in held_out) != kept), *heaps),
        )

    return part("train", True, heaps), part("test", False, ())


def _source(name: str) -> str:
    return name.partition("_")[0]


def _photos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise TrainingError(
            "segmenter_data_missing",
            f"{folder} is missing. Name a folder that holds grains, backgrounds, not_rice, wild "
            "and piles.",
            folder=str(folder),
        )
    files = (file for file in folder.iterdir() if file.suffix[1:].lower() in EXTENSIONS)
    return sorted(files, key=lambda file: natural_sort_key(file.name))


def _read(file: Path) -> Pixels:
    return read_file(file, longest=_LONGEST).rgb


def _masked(mask: Path, photos: Path) -> MaskedPhoto:
    """The photo that a mask belongs to, and its rice."""
    own = [file for file in _photos(photos) if file.stem == mask.stem]
    if not own:
        raise TrainingError(
            "mask_without_photo", f"{mask} has no photo in {photos}.", file=str(mask)
        )
    rgb, rice = _read(own[0]), _read(mask)[..., 0]
    if abs(np.log(rgb.shape[0] * rice.shape[1] / (rgb.shape[1] * rice.shape[0]))) > 0.02:
        raise TrainingError(
            "mask_of_another_size", f"{mask} is not of its photo's size.", file=str(mask)
        )
    size = rgb.shape[1], rgb.shape[0]
    return MaskedPhoto(mask.stem, rgb, cv2.resize(rice, size, interpolation=cv2.INTER_AREA) >= 128)


def _sure_heaps(folder: Path, progress: Progress) -> Iterable[MaskedPhoto]:
    files = [file for each in sorted(folder.iterdir()) for file in _photos(each)[::_EVERY]]
    for file in progress(files, "finding the rice"):
        rgb = _read(file)
        rice = find_rice(rgb)
        if rice.confidence >= _SURE:
            yield MaskedPhoto(f"piles_{file.stem}", rgb, rice.mask())
