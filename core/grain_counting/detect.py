"""Grain detection by colour, seams and shape."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import CRUMB, classify_pieces, is_heap, typical_grain
from core.grain_counting.color_model import segment_by_color
from core.grain_counting.components import Piece, measure_regions
from core.grain_counting.outline import refine_outline
from core.grain_counting.split_clumps import split_clumps
from core.segmentation.watershed import label_grains

Mask = NDArray[np.bool_]

# Of their colours. Of 43 photos composed of validation grains on pale grounds four lie above it: in
# each the outlines of more than a tenth of the grains are wrong.
_SIMILAR = 0.3
_COVERED = 0.4  # of what its outline shows: if colour finds no more of it, it was lost
_NEAR = 0.35  # of the photo: no camera comes so near to one grain
_CONVEX = (
    0.87  # of their hulls that all pieces fill: of grains side by side 0.89 or more, of heaps 0.85
)
_LEAST = 4.0  # pixels of a piece
_MOST = 2000  # pieces: each takes up to two milliseconds to be found and classified


class Detection(NamedTuple):
    """Pieces of rice detected in a photo.

    Attributes:
        pieces: Classified, from top to bottom; none of a heap, nor of too many.
        heap: Whether the grains lie upon each other.
        similar_colors: Whether rice and ground have too much of their colours in common to be
            relied on.
        too_many: Whether there are more pieces than are looked at.
    """

    pieces: list[Piece]
    heap: bool
    similar_colors: bool
    too_many: bool = False


def detect_grains(rgb: NDArray[np.uint8], mask: Mask) -> Detection:
    """Detect the grains of a photo: by colour, and clumps are split.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].
    """
    segmented = segment_by_color(rgb, mask)
    similar = segmented.similarity > _SIMILAR
    rice = _with_lost_grains(segmented.mask, refine_outline(rgb, mask))
    count, labels, table, _ = cv2.connectedComponentsWithStats(rice.astype(np.uint8))
    areas = table[:, cv2.CC_STAT_AREA]
    if count - 1 > _MOST:
        return Detection([], False, False, True)
    if (areas[1:] > _NEAR * mask.size).any():
        return Detection([], True, similar)
    first = classify_pieces(measure_regions(label_grains(rice)))
    if is_heap(first):
        return Detection([], True, similar)
    typical = typical_grain(first)
    kept = areas >= max(_LEAST, CRUMB * typical.width**2 / 2)
    kept[0] = False
    connected = measure_regions((np.cumsum(kept) * kept).astype(np.int32)[labels])
    pieces = classify_pieces(split_clumps(rgb, connected, typical))
    pieces.sort(key=lambda piece: piece.box.top)
    area = sum(piece.area for piece in pieces)
    heap = sum(piece.area * piece.solidity for piece in pieces) < _CONVEX * area or is_heap(pieces)
    too_many = len(pieces) > _MOST
    return Detection([] if heap or too_many else pieces, heap, similar, too_many)


def _with_lost_grains(by_color: Mask, by_outline: Mask) -> Mask:
    """Add the grains whose colour is so near to that of a shadow that colour lost them."""
    _, parts = cv2.connectedComponents(by_outline.astype(np.uint8))
    found = np.bincount(parts.ravel(), by_color.ravel()) / np.bincount(parts.ravel())
    found[0] = 1  # the ground
    return by_color | (found <= _COVERED)[parts]
