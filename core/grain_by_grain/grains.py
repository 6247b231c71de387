"""One photo, grain by grain: what each one is, how large, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.engine import Engine
from core.explanation import Explanation
from core.grain_by_grain.cut_out import cut_out
from core.grain_by_grain.find import Piece, find_pieces
from core.photo import Photo
from core.preprocess import Box
from core.rice import find_rice

Pixels = NDArray[np.uint8]

NOT_SEPARATED, AT_EDGE, FRAGMENT = "not_separated", "at_edge", "fragment"
PROBLEMS = (NOT_SEPARATED, AT_EDGE, FRAGMENT)
"""Why a piece is not told a variety: it is several grains that touch; the photo's edge cuts it; it
is so small that it is a broken grain, or none."""

NO_RICE = "no_rice"  # of `core.rice.Rice`
HEAP = "heap"
"""Why nothing is told of a photo: most of its grains touch or lie upon each other."""

SURE = 0.8  # a convention, as in `core.review.row`

# Drawn by composed photos, with other seeds than those of `python -m tests.bench.grains`: of 140
# pieces that are two or more grains 86 % are caught, and 0.5 % of the single ones with them.
_WAISTED = ((0.88, 0.9), (0.91, 1.5))  # less of its hull than this, and this many usual areas
_LONG = 1.3  # usual lengths
_SMALL = 0.3  # usual areas
_CLUMP = 25  # grains: a larger clump is a heap
_HEAPED = 0.8  # of the rice's area in clumps: all of it is a heap
_FEW = 3  # pieces: of so few one may well be half of all
_DUST = 0.2  # of the area of a piece such as half of the rice is in


class Size(NamedTuple):
    """Length, width and area of a grain, in pixels of the photo at full size or in mm."""

    length: float
    width: float
    area: float


@dataclass(frozen=True, eq=False)
class Grain:
    """A piece of rice in a photo: a grain, unless its `problem` says otherwise.

    Attributes:
        number: From 1, in lines from top to bottom.
        piece: Where it lies in the photo as decoded.
        box: Where it lies in the photo at full size.
        size: In pixels of the photo at full size.
        problem: "" or one of `PROBLEMS`.
        count: How many grains it is: more than one only where they could not be separated, by area.
        cut: As the model was shown it, uint8 [side, side, 3].
        explanation: What the model says of it.
    """

    number: int
    piece: Piece
    box: Box
    size: Size
    problem: str
    count: int
    cut: Pixels
    explanation: Explanation

    @property
    def variety(self) -> str:
        """The model's answer; "" for what is not one whole grain."""
        return "" if self.problem else self.explanation.predicted

    @property
    def probability(self) -> float:
        """Of the model's answer."""
        return float(self.explanation.scores.max())

    @property
    def doubtful(self) -> bool:
        """Whether somebody should look."""
        return bool(self.problem) or self.probability < SURE

    def millimetres(self, scale: float) -> Size:
        """Its size in mm and mm².

        Args:
            scale: Pixels a millimetre, in the photo at full size.
        """
        return Size(self.size.length / scale, self.size.width / scale, self.size.area / scale**2)


@dataclass(frozen=True, eq=False)
class Grains:
    """A photo's grains.

    Attributes:
        sha256: The photo's identity.
        photo: (height, width) of the photo as decoded.
        grains: By number.
        problem: Why the rice is not to be trusted, as of `core.rice.Rice`, or `HEAP`; "" if it is.
    """

    sha256: str
    photo: tuple[int, int]
    grains: tuple[Grain, ...]
    problem: str

    @property
    def doubtful_first(self) -> list[Grain]:
        """What is not one whole grain, then the least probable."""
        order = {problem: place for place, problem in enumerate((*PROBLEMS, ""))}
        return sorted(self.grains, key=lambda each: (order[each.problem], each.probability))


def grain_by_grain(
    photo: Photo, engine: Engine, mask: NDArray[np.bool_] | None = None, problem: str = ""
) -> Grains:
    """Find the grains of a photo, and classify and explain each.

    Args:
        photo: Of grains that lie apart, or but touch; of a heap nothing can be told.
        engine: With a model of single grains.
        mask: Roughly, which pixels of `photo.rgb` are rice; None to find that.
        problem: With a mask, why it is not to be trusted.
    """
    if mask is None:
        rice = find_rice(photo.rgb)
        mask, problem = rice.mask(), rice.problem
    # Where nothing looks like rice, the likeliest spot is no grain.
    pieces = [] if problem == NO_RICE else _in_lines(find_pieces(photo.rgb, mask))
    problems, counts = judged(pieces)
    height, width = photo.rgb.shape[:2]
    if _heap(pieces, problems, counts):
        return Grains(photo.sha256, (height, width), (), HEAP)
    side = engine.card.input.size[0]
    cuts = [cut(photo.rgb, piece, side) for piece in pieces]
    shown = [Photo(each, photo.sha256, (side, side), photo.format) for each in cuts]
    scale = photo.full_size[0] / photo.rgb.shape[1]
    told = zip(pieces, problems, counts, cuts, engine.explain(shown), strict=True)
    grains = tuple(
        Grain(
            number=number,
            piece=piece,
            box=_at_full_size(piece.box, scale),
            size=Size(piece.length * scale, piece.width * scale, piece.area * scale**2),
            problem=what,
            count=count,
            cut=own,
            explanation=explanation,
        )
        for number, (piece, what, count, own, explanation) in enumerate(told, 1)
    )
    return Grains(photo.sha256, (height, width), grains, problem)


def cut(rgb: Pixels, piece: Piece, side: int) -> Pixels:
    """A piece as a model is shown it, uint8 [side, side, 3]."""
    box = piece.box
    part = rgb[box.top : box.top + box.height, box.left : box.left + box.width]
    return cut_out(part, piece.inside, piece.angle, side)


def judged(pieces: Sequence[Piece]) -> tuple[list[str], list[int]]:
    """The problem of each piece, and how many grains it is.

    What is several grains, or a part of one, is told from what is usual in the photo.
    """
    several = [False] * len(pieces)
    for _ in range(2):  # what is usual is told by those that are not several
        usual = _usual([piece for piece, more in zip(pieces, several, strict=True) if not more])
        several = [_several(piece, *usual) for piece in pieces]
    problems, counts = [], []
    for piece, more in zip(pieces, several, strict=True):
        areas = piece.area / usual[0]
        # What the edge leaves but a sliver of, nobody would count either.
        small = areas < _SMALL
        whole = AT_EDGE if piece.at_edge else ""
        problems.append(NOT_SEPARATED if more else FRAGMENT if small else whole)
        counts.append(max(2, round(areas)) if more else 0 if small else 1)
    return problems, counts


def _heap(pieces: Sequence[Piece], problems: Sequence[str], counts: Sequence[int]) -> bool:
    """Whether so much could not be separated that any number would be a guess."""
    clumps = [each for each, what in zip(pieces, problems, strict=True) if what == NOT_SEPARATED]
    within, in_all = (sum(each.area for each in some) for some in (clumps, pieces))
    # Where one piece is most of the rice, it passes for the usual one.
    largest = max((each.area for each in pieces), default=0) if len(pieces) > _FEW else 0
    clumped = max(counts, default=0) > _CLUMP or largest > in_all / 2
    return clumped or within > _HEAPED * in_all > 0


def _usual(pieces: Sequence[Piece]) -> tuple[float, float]:
    """Median area and length of the pieces that are neither cut nor dust."""
    whole = [piece for piece in pieces if not piece.at_edge] or pieces
    if not whole:
        return 1.0, 1.0
    areas = np.sort([piece.area for piece in whole])
    heavy = areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]
    some = [piece for piece in whole if piece.area >= _DUST * heavy]
    return (
        float(np.median([piece.area for piece in some])),
        float(np.median([piece.length for piece in some])),
    )


def _several(piece: Piece, area: float, length: float) -> bool:
    """Whether a piece is several grains, by what is usual."""
    waisted = any(piece.solidity < solid and piece.area > least * area for solid, least in _WAISTED)
    return waisted or piece.length > _LONG * length


def _in_lines(pieces: Sequence[Piece]) -> list[Piece]:
    """As one reads: in lines as high as a grain is long, from left to right."""
    high = float(np.median([piece.length for piece in pieces])) if pieces else 1.0
    return sorted(
        pieces,
        key=lambda each: (int((each.box.top + each.box.height / 2) // high), each.box.left),
    )


def _at_full_size(box: Box, scale: float) -> Box:
    top, left = round(box.top * scale), round(box.left * scale)
    return Box(top, left, max(1, round(box.height * scale)), max(1, round(box.width * scale)))
