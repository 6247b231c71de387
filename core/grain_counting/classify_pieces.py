"""Which pieces of a photo's rice are single grains, by what is usual in the photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.grain_counting.components import Piece

NOT_SEPARATED, AT_EDGE, FRAGMENT = "not_separated", "at_edge", "fragment"
PROBLEMS = (NOT_SEPARATED, AT_EDGE, FRAGMENT)
"""Why a piece is not told a variety: it is several grains that touch; the photo's edge cuts it; it
is so small that it is a broken grain, or none."""

# Drawn by composed photos, with other seeds than those of `python -m tests.bench.grains`: of 140
# pieces that are two or more grains 86 % are caught, and 0.5 % of the single ones with them.
_WAISTED = ((0.88, 0.9), (0.91, 1.5))  # less of its hull than this, and this many usual areas
_LONG = 1.3  # usual lengths
SMALL = 0.3  # usual areas
_CLUMP = 25  # grains: a larger clump is a heap
_HEAPED = 0.8  # of the rice's area in clumps: all of it is a heap
_FEW = 3  # pieces: of so few one may well be half of all
_DUST = 0.2  # of the area of a piece such as half of the rice is in


class Usual(NamedTuple):
    """Median area, length and width of a photo's single grains, in pixels."""

    area: float
    length: float
    width: float


def judged(pieces: Sequence[Piece]) -> tuple[list[str], list[int]]:
    """The problem of each piece, and how many grains it is.

    What is several grains, or a part of one, is told from what is usual in the photo.
    """
    several = [False] * len(pieces)
    for _ in range(2):  # what is usual is told by those that are not several
        usual = usual_of([piece for piece, more in zip(pieces, several, strict=True) if not more])
        several = [is_several(piece, usual) for piece in pieces]
    problems, counts = [], []
    for piece, more in zip(pieces, several, strict=True):
        areas = piece.area / usual.area
        # What the edge leaves but a sliver of, nobody would count either.
        small = areas < SMALL
        whole = AT_EDGE if piece.at_edge else ""
        problems.append(NOT_SEPARATED if more else FRAGMENT if small else whole)
        counts.append(max(2, round(areas)) if more else 0 if small else 1)
    return problems, counts


def is_heap(pieces: Sequence[Piece], problems: Sequence[str], counts: Sequence[int]) -> bool:
    """Whether so much could not be separated that any number would be a guess."""
    clumps = [each for each, what in zip(pieces, problems, strict=True) if what == NOT_SEPARATED]
    within, in_all = (sum(each.area for each in some) for some in (clumps, pieces))
    # Where one piece is most of the rice, it passes for the usual one.
    largest = max((each.area for each in pieces), default=0) if len(pieces) > _FEW else 0
    clumped = max(counts, default=0) > _CLUMP or largest > in_all / 2
    return clumped or within > _HEAPED * in_all > 0


def usual_of(pieces: Sequence[Piece]) -> Usual:
    """What is usual among the pieces that are neither cut nor dust."""
    whole = [piece for piece in pieces if not piece.at_edge] or pieces
    if not whole:
        return Usual(1.0, 1.0, 1.0)
    areas = np.sort([piece.area for piece in whole])
    heavy = areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]
    some = [piece for piece in whole if piece.area >= _DUST * heavy]
    area, length, width = np.median(
        [(piece.area, piece.length, piece.width) for piece in some], axis=0
    )
    return Usual(float(area), float(length), float(width))


def is_several(piece: Piece, usual: Usual) -> bool:
    """Whether a piece is several grains, by what is usual."""
    return piece.length > _LONG * usual.length or any(
        piece.solidity < solid and piece.area > least * usual.area for solid, least in _WAISTED
    )
