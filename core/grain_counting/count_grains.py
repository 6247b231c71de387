"""Counts the grains of one photo: variety, size and certainty of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.grain_counting.broken import BROKEN, find_broken, whole_are_known
from core.grain_counting.classify_pieces import PROBLEMS
from core.grain_counting.components import Piece
from core.grain_counting.cut_out import cut_out_piece
from core.grain_counting.detect import Detection, detect_grains
from core.images.decode import Photo
from core.images.preprocess import Box
from core.segmentation.rice_mask import find_rice

Pixels = NDArray[np.uint8]

NO_RICE, NOT_SEPARABLE = "no_rice", "not_separable"  # of `core.segmentation.rice_mask.Rice`
HEAP = "heap"
"""Why a photo is not counted: most of its grains touch or lie upon each other."""

TOO_SMALL = "too_small"
"""Why a photo is not counted: it falls into more pieces than are looked at."""

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
        cut_out: As the model was shown it, uint8 [side, side, 3].
        explanation: What the model says of it.
    """

    number: int
    piece: Piece
    box: Box
    size: Size
    cut_out: Pixels
    explanation: Explanation

    @property
    def problem(self) -> str:
        """Of its piece: "" for a whole grain, `BROKEN`, or one of `classify_pieces.PROBLEMS`."""
        return self.piece.problem

    @property
    def count(self) -> int:
        """Of its piece: how many grains it is."""
        return self.piece.count

    @property
    def variety(self) -> str:
        """The model's answer; "" for what is not one whole grain."""
        return "" if self.problem else self.explanation.predicted

    @property
    def probability(self) -> float:
        """Of the model's answer."""
        return float(self.explanation.scores.max())

    @property
    def unsure(self) -> bool:
        """Whether the model is not sure of its variety."""
        return not self.problem and self.probability < SURE

    @property
    def unfamiliar(self) -> bool:
        """Whether it is classified, but looks like no grain that the model learned from."""
        return not self.problem and self.explanation.familiar is False

    @property
    def doubtful(self) -> bool:
        """Whether somebody should look."""
        return self.problem in PROBLEMS or self.unsure

    def millimetres(self, scale: float) -> Size:
        """Its size in mm and mm².

        Args:
            scale: Pixels per millimetre, in the photo at full size.
        """
        return Size(self.size.length / scale, self.size.width / scale, self.size.area / scale**2)


@dataclass(frozen=True, eq=False)
class GrainCount:
    """The grains of a photo, counted.

    Attributes:
        sha256: The photo's identity.
        photo: (height, width) of the photo as decoded.
        grains: By number.
        problem: Why the rice is not to be trusted, as of `core.segmentation.rice_mask.Rice`, or
            `HEAP` or `TOO_SMALL`; "" if it is.
        broken_known: Whether whole grains could be told from broken ones; if not, none is `BROKEN`.
    """

    sha256: str
    photo: tuple[int, int]
    grains: tuple[Grain, ...]
    problem: str
    broken_known: bool = True

    @property
    def doubtful_first(self) -> list[Grain]:
        """What is not one grain, then the least probable; last, the broken."""
        order = {problem: place for place, problem in enumerate((*PROBLEMS, "", BROKEN))}
        return sorted(self.grains, key=lambda each: (order[each.problem], each.probability))


def count_grains(
    photo: Photo, explainer: Explainer, mask: NDArray[np.bool_] | None = None, problem: str = ""
) -> GrainCount:
    """Find the grains of a photo, and classify and explain each.

    Args:
        photo: Of grains that lie apart, or but touch; a heap is not counted.
        explainer: With a model of single grains.
        mask: Roughly, which pixels of `photo.rgb` are rice; None to find that.
        problem: With a mask, why it is not to be trusted.
    """
    if mask is None:
        rice = find_rice(photo.rgb)
        mask, problem = rice.mask(), rice.problem
    # Where nothing looks like rice, the likeliest spot is no grain.
    found = Detection([], False, False) if problem == NO_RICE else detect_grains(photo.rgb, mask)
    height, width = photo.rgb.shape[:2]
    if found.heap:
        return GrainCount(photo.sha256, (height, width), (), HEAP)
    if found.too_many:
        return GrainCount(photo.sha256, (height, width), (), TOO_SMALL)
    if found.similar_colors:
        problem = problem or NOT_SEPARABLE
    pieces = _in_reading_order(found.pieces)
    side = explainer.card.input.size[0]
    shown = [cut_out_piece(photo.rgb, piece, side) for piece in pieces]
    explanations = explainer.explain(
        [
            Photo(each, photo.sha256, (side, side), photo.format, photo.assumed_bits)
            for each in shown
        ]
    )
    pieces, known = _mark_broken(pieces, [each.predicted for each in explanations])
    scale = photo.full_size[0] / photo.rgb.shape[1]
    grains = tuple(
        Grain(
            number=number,
            piece=piece,
            box=_at_full_size(piece.box, scale),
            size=Size(piece.length * scale, piece.width * scale, piece.area * scale**2),
            cut_out=own,
            explanation=explanation,
        )
        for number, (piece, own, explanation) in enumerate(
            zip(pieces, shown, explanations, strict=True), 1
        )
    )
    return GrainCount(photo.sha256, (height, width), grains, problem, known)


def _mark_broken(pieces: Sequence[Piece], kinds: Sequence[str]) -> tuple[list[Piece], bool]:
    """Give the broken among the single grains their problem, if whole ones are known."""
    single = [number for number, piece in enumerate(pieces) if not piece.problem]
    lengths, widths = (
        np.array([getattr(pieces[number], which) for number in single], float)
        for which in ("length", "width")
    )
    marked = list(pieces)
    if not whole_are_known(lengths, widths):
        return marked, False
    short = find_broken(lengths, widths, [kinds[number] for number in single])
    for number in np.array(single, int)[short]:
        marked[number] = replace(pieces[number], problem=BROKEN)
    return marked, True


def _in_reading_order(pieces: Sequence[Piece]) -> list[Piece]:
    """In lines as high as a grain is long, from left to right."""
    high = float(np.median([piece.length for piece in pieces])) if pieces else 1.0
    return sorted(
        pieces,
        key=lambda each: (int((each.box.top + each.box.height / 2) // high), each.box.left),
    )


def _at_full_size(box: Box, scale: float) -> Box:
    top, left = round(box.top * scale), round(box.left * scale)
    return Box(top, left, max(1, round(box.height * scale)), max(1, round(box.width * scale)))
