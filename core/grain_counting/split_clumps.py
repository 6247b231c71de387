"""Splits clumps of touching grains along their seams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import (
    NOT_SEPARATED,
    SMALL,
    TypicalGrain,
    is_clump,
    typical_grain,
)
from core.grain_counting.components import Piece, measure_regions
from core.segmentation.watershed import label_grains

Floats = NDArray[np.float32]

_ACROSS = 0.35  # of a grain's width: a seam is narrower
# What of the light may be lacking in a place that is no seam, in log; and the neck that grains may
# also be split at, as `label_grains` takes it.
_SEAM_AND_NECK = ((9.0, 0.05), (0.3, 0.12), (0.2, 0.12), (0.13, 0.12), (0.08, 0.12))
_COST = 0.1  # of a typical grain: what each further piece must be worth


def split_clumps(rgb: NDArray[np.uint8], pieces: Sequence[Piece]) -> list[Piece]:
    """Split the pieces that are several grains further, where that leaves single grains.

    Where two grains touch, one's shadow lies on the other: a seam darker than both (the black top
    hat of Meyer 1979). A clump is cut at seams less and less dark, and at slighter necks; the split
    is taken that turns most of its area into whole, convex grains of the typical size.

    Args:
        rgb: The photo, uint8 [H, W, 3].
        pieces: Of that photo, from `classify_pieces`.

    Returns:
        The pieces; new ones are not classified.
    """
    typical = typical_grain([piece for piece in pieces if piece.problem != NOT_SEPARATED])
    dark = _darker_than_around(rgb, typical.width)
    found: list[Piece] = []
    for piece in pieces:
        splits = _candidate_splits(piece, dark) if piece.problem == NOT_SEPARATED else iter(())
        best = max(splits, key=lambda split: _split_score(split, typical), default=[piece])
        found += best if _split_score(best, typical) > 0 else [piece]
    return found


def _darker_than_around(rgb: NDArray[np.uint8], width: float) -> Floats:
    """How much light a pixel lacks to what is on both its sides, in log, float32 [H, W]."""
    light = np.log(cv2.GaussianBlur(rgb.mean(axis=2).astype(np.float32), (0, 0), 0.8) + 5)
    across = max(3, int(_ACROSS * width) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    return cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc)


def _candidate_splits(piece: Piece, dark: Floats) -> Iterator[list[Piece]]:
    """Split a piece at each pair of seam and neck that divides it."""
    own, at = dark[piece.place], (piece.box.top, piece.box.left)
    for most, neck in _SEAM_AND_NECK:
        # Ground around, also where the piece fills its box.
        labels = label_grains(np.pad(piece.inside & (own < most), 1), neck)[1:-1, 1:-1]
        if labels.max() > 1:
            yield measure_regions(_grown(labels, piece), at, dark.shape)


def _grown(labels: NDArray[np.int32], piece: Piece) -> NDArray[np.int32]:
    """Each pixel of a piece as the nearest that is labelled."""
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of = np.zeros(nearest.max() + 1, np.int32)
    of[nearest[labels > 0]] = labels[labels > 0]
    return of[nearest] * piece.inside


def _split_score(pieces: Sequence[Piece], typical: TypicalGrain) -> float:
    """The area in single grains, as convex as they are, in typical grains; less what they cost."""
    return sum(_single(piece, typical) - _COST for piece in pieces)


def _single(piece: Piece, typical: TypicalGrain) -> float:
    areas = piece.area / typical.area
    small = areas < SMALL and not piece.at_edge
    return 0.0 if small or is_clump(piece, typical) else areas * piece.solidity
