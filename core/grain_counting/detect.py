"""Grain detection by outline, colour, seams, and what is typical of the photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, classify_pieces, is_heap
from core.grain_counting.color_model import segment_by_color
from core.grain_counting.components import Piece, measure_regions
from core.grain_counting.outline import refine_outline
from core.grain_counting.split_clumps import split_clumps
from core.segmentation.watershed import label_grains

_WHOLE = ("", AT_EDGE)  # problems of what is no more and no less than a grain
# Of their colours. Of 43 photos composed of validation grains on pale grounds four lie above it: in
# each the outlines of more than a tenth of the grains are wrong.
_SIMILAR = 0.3
_NEAR = 0.35  # of the photo: no camera comes so near to one grain
_SOLID = 0.9  # of its hull: what is not, is not taken for one whole grain
_COVERED = 0.4  # of a grain that its outline shows: if no more is found by colour, it was lost
_BARE = 0.1  # the same, of a clump
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


def detect_grains(rgb: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Detection:
    """Detect the grains of a photo.

    They are looked for by colour, and clumps are split further; grains whose colour is so near to
    that of a shadow that they were lost so are taken from their outline.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].
    """
    outlined = refine_outline(rgb, mask)
    if _too_many(outlined):
        return Detection([], False, False, True)
    by_outline = classify_pieces(measure_regions(label_grains(outlined)))
    if _heap(by_outline, mask.size):
        return Detection([], True, False)
    segmented = segment_by_color(rgb, mask)
    if _too_many(segmented.mask):
        return Detection([], False, False, True)
    by_color = classify_pieces(measure_regions(label_grains(segmented.mask)))
    similar = segmented.similarity > _SIMILAR
    if _heap(by_color, mask.size):
        return Detection([], True, similar)
    split = classify_pieces(split_clumps(rgb, by_color))
    pieces = classify_pieces(_add_missed_grains(split, by_outline, mask.shape))
    heap, too_many = _heap(pieces, mask.size), len(pieces) > _MOST
    return Detection([] if heap or too_many else pieces, heap, similar, too_many)


def _too_many(mask: NDArray[np.bool_]) -> bool:
    return cv2.connectedComponents(mask.astype(np.uint8))[0] - 1 > _MOST


def _heap(pieces: Sequence[Piece], photo: int) -> bool:
    return any(piece.area > _NEAR * photo for piece in pieces) or is_heap(pieces)


def _add_missed_grains(
    by_color: Sequence[Piece], by_outline: Sequence[Piece], photo: tuple[int, ...]
) -> list[Piece]:
    """Add grains that only the outline shows, in place of what colour left of them."""
    owner, whole = np.full(photo, -1), np.zeros(photo, bool)
    for number, piece in enumerate(by_color):
        owner[piece.place][piece.inside] = number
        whole[piece.place] |= piece.inside & (piece.problem in _WHOLE)
    dropped, added = set(), []
    for piece in by_outline:
        own = piece.inside
        grain = piece.problem in _WHOLE and piece.solidity >= _SOLID
        bare = whole[piece.place][own].mean() <= (_COVERED if grain else _BARE)
        if piece.problem == FRAGMENT or not bare:
            continue
        numbers, shared = np.unique(owner[piece.place][own], return_counts=True)
        dropped |= {
            int(number)
            for number, pixels in zip(numbers, shared, strict=True)
            if number >= 0 and pixels > by_color[number].area / 2
        }
        whole[piece.place] |= own
        added.append(piece)
    kept = [piece for number, piece in enumerate(by_color) if number not in dropped]
    return sorted([*kept, *added], key=lambda piece: piece.box.top)
