"""How many grains there are of each variety, and how far that may be from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED
from core.grain_counting.count_grains import Grain
from core.utils.confidence_interval import wilson


@dataclass(frozen=True)
class Share:
    """A variety's share of the grains that were told one.

    Attributes:
        variety: The class.
        grains: How many.
        share: 0 to 1; 0 where no grain was told a variety.
        low, high: Its 95 % interval, as of `confidence_interval.wilson`: for grains drawn by chance
            from the lot; it does not know of the model's own mistakes.
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
        told: Grains that were told a variety: what the shares are of.
        not_separated: Pieces that are several grains.
        within: How many grains these are, estimated by area.
        at_edge: Grains that a photo's edge cuts; slivers of them are among the fragments.
        fragments: Pieces too small for a grain.
    """

    shares: tuple[Share, ...]
    told: int
    not_separated: int
    within: int
    at_edge: int
    fragments: int

    @property
    def pieces(self) -> int:
        """All that was found."""
        return self.told + self.not_separated + self.at_edge + self.fragments

    @property
    def grains(self) -> int:
        """All grains, whether told a variety or not."""
        return self.told + self.within + self.at_edge


def counted(grains: Sequence[Grain], varieties: Sequence[str]) -> Counts:
    """Count grains, of one photo or of several.

    Example:
        >>> counted([], ["Basmati"])
        Counts(shares=(Share(variety='Basmati', grains=0, share=0.0, low=0.0, high=1.0),), told=0, \
not_separated=0, within=0, at_edge=0, fragments=0)
    """
    told = [grain.variety for grain in grains if grain.variety]
    shares = []
    for variety in varieties:
        count = told.count(variety)
        low, high = wilson(count, len(told)) if told else (0.0, 1.0)
        shares.append(Share(variety, count, count / max(len(told), 1), low, high))

    def of(problem: str) -> list[Grain]:
        return [grain for grain in grains if grain.problem == problem]

    return Counts(
        tuple(shares),
        len(told),
        len(of(NOT_SEPARATED)),
        sum(grain.count for grain in of(NOT_SEPARATED)),
        len(of(AT_EDGE)),
        len(of(FRAGMENT)),
    )
