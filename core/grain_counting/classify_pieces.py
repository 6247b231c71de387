"""Classifies pieces of rice as grain, fragment or clump by their shape and the photo's usual grain.

A grain is convex, whole or broken, and a broken one is as wide as a whole one: so shape and width
tell single grains from clumps, and lengths do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.grain_counting.components import Piece

NOT_SEPARATED, AT_EDGE, FRAGMENT = "not_separated", "at_edge", "fragment"
PROBLEMS = (NOT_SEPARATED, AT_EDGE, FRAGMENT)
"""Why a piece gets no variety: it is several grains that touch; the photo's edge cuts it; it is so
small that it is a crumb, or no grain."""

CRUMB = 0.3  # of the square of the usual width: the area of the smallest broken grain
_CONVEX = 0.9  # of its hull: such pieces show what is usual
_DUST = 0.2  # of the area of a piece such as half of the rice is in
_BENT, _SEVERAL = 0.85, 1.5  # of its hull, and usual areas: less and more is several grains
_LONG, _WIDE = 1.3, 1.3  # times the usual: what is both, is several grains
_SLIVER = 0.3  # of the usual area: of a grain that the edge cuts
_HEAPED = 0.8  # of the rice's area in clumps: all of it is a heap
_FEW = 3  # pieces: of so few one may well be half of all


class TypicalGrain(NamedTuple):
    """Median area, length and width of a photo's single grains, in pixels."""

    area: float
    length: float
    width: float


def classify_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Give each piece its `problem` and how many grains it is, its `count`."""
    typical = typical_grain(pieces)
    classified = []
    for piece in pieces:
        least = _SLIVER * typical.area if piece.at_edge else CRUMB * typical.width**2
        if is_clump(piece, typical):
            problem, count = NOT_SEPARATED, max(2, round(piece.area / typical.area))
        elif piece.area < least:  # a sliver that the edge leaves, nobody would count either
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
    return largest > in_all / 2 or in_clumps > _HEAPED * in_all > 0


def typical_grain(pieces: Sequence[Piece]) -> TypicalGrain:
    """Measure what is typical of the convex pieces that are neither cut by the edge nor dust."""
    whole = [piece for piece in pieces if not piece.at_edge] or pieces
    some = [piece for piece in whole if piece.solidity >= _CONVEX] or whole
    if not some:
        return TypicalGrain(1.0, 1.0, 1.0)
    areas = np.sort([piece.area for piece in some])
    heavy = areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]
    sizes = [
        (piece.area, piece.length, piece.width) for piece in some if piece.area >= _DUST * heavy
    ]
    area, length, width = np.median(sizes, axis=0)
    return TypicalGrain(float(area), float(length), float(width))


def is_clump(piece: Piece, typical: TypicalGrain) -> bool:
    """Whether a piece is several grains: bent or waisted, or both longer and wider than usual."""
    bent = piece.solidity < _BENT and piece.area > _SEVERAL * typical.area
    large = piece.length > _LONG * typical.length and piece.width > _WIDE * typical.width
    return bent or large
