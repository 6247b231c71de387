"""The grains of a photo, by all that speaks for one: outline, colour, seams, and what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, is_heap, judged
from core.grain_counting.color_model import recoloured
from core.grain_counting.components import Piece, find_pieces, pieces_of
from core.grain_counting.split_clumps import parted
from core.segmentation.watershed import separate

_WHOLE = ("", AT_EDGE)  # problems of what is no more and no less than a grain
# Of their colours. Of 43 photos composed of validation grains on pale grounds four lie above it: in
# each the outlines of more than a tenth of the grains are wrong.
_ALIKE = 0.3
_NEAR = 0.35  # of the photo: no camera comes so near to one grain
_SOLID = 0.9  # of its hull: what is not, is not taken for one whole grain
_COVERED = 0.4  # of a grain that its outline tells: if no more is found by colour, it was lost
_BARE = 0.1  # the same, of a clump


class Found(NamedTuple):
    """What is in a photo.

    Attributes:
        pieces: From top to bottom; none of a heap.
        heap: Whether the grains lie upon each other.
        alike: Whether rice and ground have too much of their colours in common to be relied on.
    """

    pieces: list[Piece]
    heap: bool
    alike: bool


def find_grains(rgb: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Found:
    """Find the grains of a photo.

    They are looked for by colour, clumps are parted further; and grains whose colour is so near to
    that of a shadow that they were lost so are taken as their outline tells them.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].
    """
    by_outline = find_pieces(rgb, mask)
    coloured = recoloured(rgb, mask)
    by_colour = pieces_of(separate(coloured.mask))
    alike = coloured.alike > _ALIKE
    if _heap(by_outline, mask.size) or _heap(by_colour, mask.size):
        return Found([], True, alike)
    pieces = _with_the_lost(parted(rgb, by_colour), by_outline, mask.shape)
    return Found([], True, alike) if _heap(pieces, mask.size) else Found(pieces, False, alike)


def _heap(pieces: Sequence[Piece], photo: int) -> bool:
    near = any(piece.area > _NEAR * photo for piece in pieces)
    return near or is_heap(pieces, *judged(pieces))


def _with_the_lost(
    by_their_colour: Sequence[Piece], by_their_outline: Sequence[Piece], photo: tuple[int, ...]
) -> list[Piece]:
    """The pieces, and grains that only the outline tells, these instead of what is left of them."""
    owner, whole = np.full(photo, -1), np.zeros(photo, bool)
    for number, (piece, what) in enumerate(
        zip(by_their_colour, judged(by_their_colour)[0], strict=True)
    ):
        owner[piece.place][piece.inside] = number
        whole[piece.place] |= piece.inside & (what in _WHOLE)
    dropped, added = set(), []
    for piece, what in zip(by_their_outline, judged(by_their_outline)[0], strict=True):
        own = piece.inside
        grain = what in _WHOLE and piece.solidity >= _SOLID
        bare = whole[piece.place][own].mean() <= (_COVERED if grain else _BARE)
        if what == FRAGMENT or not bare:
            continue
        numbers, shared = np.unique(owner[piece.place][own], return_counts=True)
        dropped |= {
            int(number)
            for number, pixels in zip(numbers, shared, strict=True)
            if number >= 0 and pixels > by_their_colour[number].area / 2
        }
        whole[piece.place] |= own
        added.append(piece)
    kept = [piece for number, piece in enumerate(by_their_colour) if number not in dropped]
    return sorted([*kept, *added], key=lambda piece: piece.box.top)
