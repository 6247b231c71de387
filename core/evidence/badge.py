"""Can a heatmap be believed? Held against what the model says when places are erased."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.deletion_insertion import Curves
from core.evidence.verdict import Thresholds, thresholds

FAITHFUL, WEAK, MISLEADING = "faithful", "weak", "misleading"
BADGES = (FAITHFUL, WEAK, MISLEADING)

REASONS = {
    "holds": "erasing its hottest places takes the class away sooner than erasing places at random",
    "near_chance": "its hottest places matter hardly more than places picked at random",
    "disagrees": "its order of places is not what erasing them one by one gives",
    "worse_than_chance": "its hottest places matter less than places picked at random",
    "same_without_learning": "a network with shuffled weights draws the same map",
    "nothing_positive": "nothing in the photo speaks for the class, so there is no heat to check",
    "same_everywhere": "the map or the answer is the same everywhere: there is no order to check",
}
"""Why a badge is what it is, by its code, as the command line says it."""


@dataclass(frozen=True)
class Badge:
    """Whether a heatmap tells what the model uses.

    Attributes:
        believed: One of `BADGES`.
        reason: One of `REASONS`.
    """

    believed: str
    reason: str


def badge(
    positive: bool,
    curves: Curves,
    agreement: float | None,
    redrawn: float | None,
    rules: Thresholds | None = None,
) -> Badge:
    """Judge a heatmap by three tests that do not look at it but at the model.

    Misleading is a map that the model's learning made no difference to, or that the curves find
    worse than random. Faithful is one that the curves find better than random, by more than random
    orders differ among themselves, and whose order agrees with erasing one by one. Anything between
    is weak.

    Args:
        positive: Whether there is any positive heat.
        curves: Deletion and insertion.
        agreement: Rank agreement with the occlusion map; None where there is none.
        redrawn: Absolute rank agreement with the redrawn networks' maps; None if not compared.
        rules: The thresholds; the project's own for None.
    """
    rules = rules or thresholds()
    if not positive:
        return Badge(WEAK, "nothing_positive")
    if redrawn is not None and redrawn >= rules.same:
        return Badge(MISLEADING, "same_without_learning")
    if agreement is None:
        return Badge(WEAK, "same_everywhere")
    needed = rules.beyond * curves.spread
    if curves.gain < -needed:
        return Badge(MISLEADING, "worse_than_chance")
    if curves.gain <= needed:
        return Badge(WEAK, "near_chance")
    return Badge(FAITHFUL, "holds") if agreement >= rules.agrees else Badge(WEAK, "disagrees")
