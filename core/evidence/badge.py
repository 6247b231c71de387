"""Can a heatmap be believed? Held against what the model says when places are erased."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.deletion_insertion import Curves
from core.evidence.verdict import Thresholds, thresholds

FAITHFUL, WEAK, MISLEADING = "faithful", "weak", "misleading"
BADGES = (FAITHFUL, WEAK, MISLEADING)

REASONS = (
    "holds",
    "near_chance",
    "disagrees",
    "worse_than_chance",
    "same_without_learning",
    "nothing_positive",
    "same_everywhere",
)
"""Why a badge is what it is: codes, each with its sentence in `core/texts.json`."""


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
