"""One photo, grain by grain: what each one is, how large, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.grain_counting.classify_pieces import PROBLEMS, judged
from core.grain_counting.components import Piece
from core.grain_counting.cut_out import cut_out
from core.grain_counting.detect import Found, find_grains
from core.images.decode import Photo
from core.images.preprocess import Box
from core.segmentation.rice_mask import find_rice

Pixels = NDArray[np.uint8]

NO_RICE, NOT_SEPARABLE = "no_rice", "not_separable"  # of `core.segmentation.rice_mask.Rice`
HEAP = "heap"
"""Why nothing is told of a photo: most of its grains touch or lie upon each other."""

SURE = 0.8  # a convention, as in `core.review.result_row`


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
        problem: "" or one of `classify_pieces.PROBLEMS`.
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
        problem: Why the rice is not to be trusted, as of `core.segmentation.rice_mask.Rice`, or
            `HEAP`; "" if it is.
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
    photo: Photo, explainer: Explainer, mask: NDArray[np.bool_] | None = None, problem: str = ""
) -> Grains:
    """Find the grains of a photo, and classify and explain each.

    Args:
        photo: Of grains that lie apart, or but touch; of a heap nothing can be told.
        explainer: With a model of single grains.
        mask: Roughly, which pixels of `photo.rgb` are rice; None to find that.
        problem: With a mask, why it is not to be trusted.
    """
    if mask is None:
        rice = find_rice(photo.rgb)
        mask, problem = rice.mask(), rice.problem
    # Where nothing looks like rice, the likeliest spot is no grain.
    found = Found([], False, False) if problem == NO_RICE else find_grains(photo.rgb, mask)
    height, width = photo.rgb.shape[:2]
    if found.heap:
        return Grains(photo.sha256, (height, width), (), HEAP)
    if found.alike:
        problem = problem or NOT_SEPARABLE
    pieces = _in_lines(found.pieces)
    problems, counts = judged(pieces)
    side = explainer.card.input.size[0]
    cuts = [cut(photo.rgb, piece, side) for piece in pieces]
    shown = [Photo(each, photo.sha256, (side, side), photo.format) for each in cuts]
    scale = photo.full_size[0] / photo.rgb.shape[1]
    told = zip(pieces, problems, counts, cuts, explainer.explain(shown), strict=True)
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
    return cut_out(rgb[piece.place], piece.inside, piece.angle, side)


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
