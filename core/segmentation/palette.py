"""A photo reduced to twelve colours, and which of them fill a part of it best.

Colours tell where a thing ends to the pixel; what the thing is they don't.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

PALETTE_SIZE = 12
# Every way to call some of the colours rice: bool [4094, 12]. None of them and all are no ways.
SUBSETS = (np.arange(1, 2**PALETTE_SIZE - 1)[:, None] >> np.arange(PALETTE_SIZE) & 1).astype(bool)
_INSIDE = SUBSETS.astype(float)

_SAMPLE = 4000  # pixels that the colours are found from
_SHARP = 0.03  # overlap by which a choice of colours falls behind the best to have e times less say
_LAB = np.array([0.7, 1, 1], np.float32)  # lightness counts for less: shadows change it


@dataclass(frozen=True)
class Palette:
    """A photo reduced to a few colours.

    Attributes:
        lab: The photo in CIE L*a*b*, float32 [H, W, 3].
        index: Which colour a pixel has, int64 [H, W], 0 to `PALETTE_SIZE` - 1.
    """

    lab: NDArray[np.float32]
    index: NDArray[np.int64]


def reduce_colors(rgb: NDArray[np.uint8]) -> Palette:
    """Reduce a photo to `PALETTE_SIZE` colours by k-means in L*a*b*; the same for the same photo.

    Example:
        >>> half = np.zeros((20, 30, 3), np.uint8)
        >>> half[:, 15:] = 200
        >>> left, right = reduce_colors(half).index[0, [0, -1]]
        >>> bool(left == right)
        False
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    pixels = np.stack(cv2.split(lab)).reshape(3, -1) * _LAB[:, None]
    some = np.ascontiguousarray(pixels[:, :: max(1, pixels.shape[1] // _SAMPLE)].T)
    # Started from colours far apart: a single small grain must not share one with its table.
    chosen = [some.mean(axis=0)]
    far = np.full(len(some), np.inf, np.float32)
    for _ in range(PALETTE_SIZE):
        far = np.minimum(far, ((some - chosen[-1]) ** 2).sum(axis=1))
        chosen.append(some[far.argmax()])
    first = _nearest_center(some.T, np.array(chosen[1:])).astype(np.int32)
    stop = (cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, 12, 0.5)
    if len(some) >= PALETTE_SIZE:
        _, _, centres = cv2.kmeans(
            some, PALETTE_SIZE, first[:, None], stop, 1, cv2.KMEANS_USE_INITIAL_LABELS
        )
    else:
        centres = np.array(chosen[1:])
    return Palette(lab, _nearest_center(pixels, centres).reshape(lab.shape[:2]))


def fit_colors(photo: Palette, part: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Which colours a part of a photo has: each of them is in it or is not.

    Each way to choose some of the colours is scored by how well it overlaps the part; the best few
    vote.

    Args:
        photo: The photo.
        part: How likely each pixel belongs to the part, float32 [H, W], 0 to 1.

    Returns:
        The share of votes of each colour, float32 [12], 0 to 1, and the overlap of the best
        (intersection over union), 0 to 1.

    Example:
        >>> half = np.zeros((20, 30, 3), np.uint8)
        >>> half[:, 15:] = 200
        >>> blurred = np.linspace(0, 1, 30, dtype=np.float32)[None].repeat(20, 0)
        >>> photo = reduce_colors(half)
        >>> votes, overlap = fit_colors(photo, blurred)
        >>> votes[photo.index[0, [0, 14, 15, 29]]].round(1).tolist()
        [0.0, 0.0, 1.0, 1.0]
    """
    flat = photo.index.ravel()
    pixels = np.bincount(flat, minlength=PALETTE_SIZE)
    likely = np.bincount(flat, part.ravel(), minlength=PALETTE_SIZE)
    inside = _INSIDE @ likely
    overlap = inside / np.maximum(_INSIDE @ pixels + likely.sum() - inside, 1)
    weight = np.exp((overlap - overlap.max()) / _SHARP)
    votes = weight @ _INSIDE / weight.sum()
    return votes.astype(np.float32), float(overlap.max())


def _nearest_center(pixels: Floats, centres: Floats) -> NDArray[np.int64]:
    """The nearest centre of each pixel, int64 [N]: of pixels [3, N] and centres [K, 3]."""
    # No matrix product: BLAS starts threads for it, which wait longer than they work.
    distance = np.einsum("kc,cn->kn", -2 * centres, pixels)
    distance += (centres**2).sum(axis=1)[:, None]
    least = distance.min(axis=0)
    nearest = np.zeros(pixels.shape[1], np.int64)
    for colour, own in enumerate(distance):  # quicker than argmin over so few
        nearest[own == least] = colour
    return nearest
