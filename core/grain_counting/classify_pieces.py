"""Classifies pieces of rice as grain, fragment or clump by the typical grain of the photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.grain_counting.components import Piece

NOT_SEPARATED, AT_EDGE, FRAGMENT = "not_separated", "at_edge", "fragment"
PROBLEMS = (NOT_SEPARATED, AT_EDGE, FRAGMENT)
"""Why a piece gets no variety: it is several grains that touch; the photo's edge cuts it; it is so
small that it is a broken grain, or none."""

# Drawn by composed photos, with other seeds than those of `python -m tests.bench.grains`: of 140
# pieces that are two or more grains 86 % are caught, and 0.5 % of the single ones with them.
_WAISTED = ((0.88, 0.9), (0.91, 1.5))  # less of its hull than this, and this many typical areas
_LONG = 1.3  # typical lengths
SMALL = 0.3  # typical areas
_CLUMP = 25  # grains: a larger clump is a heap
_HEAPED = 0.8  # of the rice's area in clumps: all of it is a heap
_FEW = 3  # pieces: of so few one may well be half of all
_DUST = 0.2  # of the area of a piece such as half of the rice is in


class TypicalGrain(NamedTuple):
    """Median area, length and width of a photo's single grains, in pixels."""

    area: float
    length: float
    width: float


def classify_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Give each piece its `problem` and how many grains it is, its `count`.

    Whether it is several grains, or a part of one, is decided by what is typical of all of them.
    """
    clumps = [False] * len(pieces)
    for _ in range(2):  # what is typical is measured on those that are no clumps
        single = [piece for piece, clump in zip(pieces, clumps, strict=True) if not clump]
        typical = typical_grain(single)
        clumps = [is_clump(piece, typical) for piece in pieces]
    classified = []
    for piece, clump in zip(pieces, clumps, strict=True):
        areas = piece.area / typical.area
        if clump:
            problem, count = NOT_SEPARATED, max(2, round(areas))
        elif areas < SMALL:  # a sliver that the edge leaves, nobody would count either
            problem, count = FRAGMENT, 0
        else:
            problem, count = AT_EDGE if piece.at_edge else "", 1
        classified.append(replace(piece, problem=problem, count=count))
    return classified


def is_heap(pieces: Sequence[Piece]) -> bool:
    """Whether so much could not be separated that any number would be a guess.

    Args:
        pieces: From `classify_pieces`.
    """
    in_clumps = sum(each.area for each in pieces if each.problem == NOT_SEPARATED)
    in_all = sum(each.area for each in pieces)
    # Where one piece is most of the rice, it passes for the typical one.
    largest = max((each.area for each in pieces), default=0) if len(pieces) > _FEW else 0
    clumped = max((each.count for each in pieces), default=0) > _CLUMP or largest > in_all / 2
    return clumped or in_clumps > _HEAPED * in_all > 0


def typical_grain(pieces: Sequence[Piece]) -> TypicalGrain:
    """Measure what is typical of the pieces that are neither cut by the edge nor dust."""
    whole = [piece for piece in pieces if not piece.at_edge] or pieces
    if not whole:
        return TypicalGrain(1.0, 1.0, 1.0)
    areas = np.sort([piece.area for piece in whole])
    heavy = areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]
    some = [piece for piece in whole if piece.area >= _DUST * heavy]
    area, length, width = np.median(
        [(piece.area, piece.length, piece.width) for piece in some], axis=0
    )
    return TypicalGrain(float(area), float(length), float(width))


def is_clump(piece: Piece, typical: TypicalGrain) -> bool:
    """Whether a piece is several grains, by what is typical."""
    return piece.length > _LONG * typical.length or any(
        piece.solidity < solid and piece.area > least * typical.area for solid, least in _WAISTED
    )
