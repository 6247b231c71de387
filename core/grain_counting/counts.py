"""Grain counts by variety with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.grain_counting.broken import BROKEN
from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED
from core.grain_counting.count_grains import Grain
from core.utils.confidence_interval import wilson_interval

# Of the classified. In photos composed of validation grains at most 0.15 are unsure, and at most
# 0.34 unfamiliar.
_MOST_UNSURE, _MOST_UNFAMILIAR = 0.2, 0.5


@dataclass(frozen=True)
class VarietyShare:
    """A variety's share of the classified grains.

    Attributes:
        variety: The class.
        grains: How many.
        share: 0 to 1; 0 where no grain was classified.
        low, high: Its 95 % interval, as of `confidence_interval.wilson_interval`: for grains drawn
            by chance from the lot; it does not know of the model's own mistakes, and means nothing
            where the model does not know the varieties, see `Counts.varieties_known`.
    """

    variety: str
    grains: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Counts:
    """The grains of one or more photos, counted.

    Attributes:
        shares: Of every variety, in the model's order.
        classified: Grains with a variety: what the shares are of.
        not_separated: Pieces that are several grains.
        in_clumps: How many grains these are, estimated by area.
        at_edge: Grains that a photo's edge cuts; slivers of them are among the fragments.
        fragments: Pieces too small for a grain.
        broken: Grains shorter than two thirds of the usual length, of those neither cut by the
            edge nor in a clump.
        broken_known: Whether these are all: in every photo whole grains could be told from broken
            ones.
        unsure: Classified grains of whose variety the model is not sure.
        unfamiliar: Classified grains that look like none that the model learned from.
    """

    shares: tuple[VarietyShare, ...]
    classified: int
    not_separated: int
    in_clumps: int
    at_edge: int
    fragments: int
    broken: int = 0
    broken_known: bool = True
    unsure: int = 0
    unfamiliar: int = 0

    @property
    def pieces(self) -> int:
        """All that was found."""
        return self._single + self.not_separated + self.at_edge + self.fragments

    @property
    def grains(self) -> int:
        """All grains, classified or not."""
        return self._single + self.in_clumps + self.at_edge

    @property
    def varieties_known(self) -> bool:
        """Whether the shares mean something: the grains look familiar, and the model is sure.

        It calls grains of any other variety one of its own, too.
        """
        return self.look_familiar and self.unsure <= _MOST_UNSURE * self.classified

    @property
    def look_familiar(self) -> bool:
        """Whether the grains look like those that the model learned from, as far as it is known."""
        return self.unfamiliar <= _MOST_UNFAMILIAR * self.classified

    @property
    def broken_share(self) -> tuple[float, float, float] | None:
        """Share of the broken among all single grains, with its 95 % interval; each 0 to 1.

        None where not all broken grains are known.
        """
        return _share(self.broken, self._single) if self.broken_known else None

    @property
    def _single(self) -> int:
        return self.classified + self.broken


def count_varieties(
    grains: Sequence[Grain], varieties: Sequence[str], broken_known: bool = True
) -> Counts:
    """Count the grains of each variety, of one photo or of several.

    Args:
        grains: Of all of them.
        varieties: The model's classes.
        broken_known: Of all of them, as of `GrainCount`.

    Example:
        >>> counts = count_varieties([], ["Basmati"])
        >>> counts.grains, counts.shares
        (0, (VarietyShare(variety='Basmati', grains=0, share=0.0, low=0.0, high=1.0),))
    """
    classified = [grain.variety for grain in grains if grain.variety]
    shares = []
    for variety in varieties:
        count = classified.count(variety)
        shares.append(VarietyShare(variety, count, *_share(count, len(classified))))

    def of(problem: str) -> list[Grain]:
        return [grain for grain in grains if grain.problem == problem]

    return Counts(
        tuple(shares),
        len(classified),
        len(of(NOT_SEPARATED)),
        sum(grain.count for grain in of(NOT_SEPARATED)),
        len(of(AT_EDGE)),
        len(of(FRAGMENT)),
        len(of(BROKEN)),
        broken_known,
        sum(grain.unsure for grain in grains),
        sum(grain.unfamiliar for grain in grains),
    )


def _share(count: int, of: int) -> tuple[float, float, float]:
    """A share and its interval."""
    return (count / of, *wilson_interval(count, of)) if of else (0.0, 0.0, 1.0)
