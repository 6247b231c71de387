"""Grain counts by variety with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED
from core.grain_counting.count_grains import Grain
from core.utils.confidence_interval import wilson_interval


@dataclass(frozen=True)
class VarietyShare:
    """A variety's share of the classified grains.

    Attributes:
        variety: The class.
        grains: How many.
        share: 0 to 1; 0 where no grain was classified.
        low, high: Its 95 % interval, as of `confidence_interval.wilson_interval`: for grains drawn
            by chance from the lot; it does not know of the model's own mistakes.
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
    """

    shares: tuple[VarietyShare, ...]
    classified: int
    not_separated: int
    in_clumps: int
    at_edge: int
    fragments: int

    @property
    def pieces(self) -> int:
        """All that was found."""
        return self.classified + self.not_separated + self.at_edge + self.fragments

    @property
    def grains(self) -> int:
        """All grains, classified or not."""
        return self.classified + self.in_clumps + self.at_edge


def count_varieties(grains: Sequence[Grain], varieties: Sequence[str]) -> Counts:
    """Count the grains of each variety, of one photo or of several.

    Example:
        >>> counts = count_varieties([], ["Basmati"])
        >>> counts.grains, counts.shares
        (0, (VarietyShare(variety='Basmati', grains=0, share=0.0, low=0.0, high=1.0),))
    """
    classified = [grain.variety for grain in grains if grain.variety]
    shares = []
    for variety in varieties:
        count = classified.count(variety)
        low, high = wilson_interval(count, len(classified)) if classified else (0.0, 1.0)
        shares.append(VarietyShare(variety, count, count / max(len(classified), 1), low, high))

    def of(problem: str) -> list[Grain]:
        return [grain for grain in grains if grain.problem == problem]

    return Counts(
        tuple(shares),
        len(classified),
        len(of(NOT_SEPARATED)),
        sum(grain.count for grain in of(NOT_SEPARATED)),
        len(of(AT_EDGE)),
        len(of(FRAGMENT)),
    )
