"""The grains of a photo, by all that speaks for one: outline, colour, seams, and what is usual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.grain_by_grain.colours import recoloured
from core.grain_by_grain.find import Piece, find_pieces, pieces_of
from core.grain_by_grain.judging import AT_EDGE, is_heap, judged
from core.grain_by_grain.parting import parted
from core.grains import separate

_WHOLE = ("", AT_EDGE)  # problems of what is no more and no less than a grain
_NEAR = 0.35  # of the photo: no camera comes so near to one grain
_SOLID = 0.9  # of its hull: what is not, is not taken for a grain that the colours missed
_COVERED = 0.4  # of a grain that was found by its outline, found by its colour too


def find_grains(rgb: NDArray[np.uint8], mask: NDArray[np.bool_]) -> list[Piece] | None:
    """Find the grains of a photo.

    They are looked for by colour, clumps are parted further; and grains whose colour is so near to
    that of a shadow that they were lost so are taken as their outline tells them.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].

    Returns:
        The pieces, from top to bottom; None if they lie upon each other, in a heap.
    """
    by_outline = find_pieces(rgb, mask)
    by_colour = pieces_of(separate(recoloured(rgb, mask)))
    if _heap(by_outline, mask.size) or _heap(by_colour, mask.size):
        return None
    found = _with_the_lost(parted(rgb, by_colour), by_outline, mask.shape)
    return None if _heap(found, mask.size) else found


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
        covered = whole[piece.place][own].mean()
        if what not in _WHOLE or piece.solidity < _SOLID or covered > _COVERED:
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
