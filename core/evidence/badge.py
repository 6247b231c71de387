"""The badge: whether a heatmap can be trusted, decided from checks of the model."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.deletion_insertion import Curves
from core.evidence.verdict import Thresholds, load_thresholds

FAITHFUL, WEAK, MISLEADING = "faithful", "weak", "misleading"
BADGES = (FAITHFUL, WEAK, MISLEADING)

REASONS = (
    "holds",
    "near_chance",
    "depends_on_filling",
    "disagrees",
    "worse_than_chance",
    "same_without_learning",
    "nothing_positive",
    "same_everywhere",
)
"""Why a badge is what it is: codes, each with its sentence in `core/texts.json`."""


@dataclass(frozen=True)
class Badge:
    """Whether a heatmap shows what the model uses.

    Attributes:
        level: One of `BADGES`.
        reason: One of `REASONS`.
    """

    level: str
    reason: str


def decide_badge(
    positive: bool,
    curves: Curves,
    plain_gain: float,
    occlusion_agreement: float | None,
    randomized_agreement: float | None,
    thresholds: Thresholds | None = None,
) -> Badge:
    """Decide by checks that do not look at the heatmap but at the model.

    Misleading is a map that the model's learning made no difference to, or that the curves find
    worse than random. Faithful is one that the curves find better than random, by more than random
    orders differ among themselves, whatever fills the places that are gone, and whose order agrees
    with erasing one by one. Anything between is weak.

    Args:
        positive: Whether there is any positive heat.
        curves: Deletion and insertion, of the photo blurred.
        plain_gain: The `Curves.gain` where an even colour fills the places instead.
        occlusion_agreement: Rank correlation with the occlusion map; None where there is none.
        randomized_agreement: Absolute rank correlation with the maps of randomized weights; None
            if not compared.
        thresholds: The project's own for None.
    """
    thresholds = thresholds or load_thresholds()
    if not positive:
        return Badge(WEAK, "nothing_positive")
    if randomized_agreement is not None and randomized_agreement >= thresholds.same:
        return Badge(MISLEADING, "same_without_learning")
    if occlusion_agreement is None:
        return Badge(WEAK, "same_everywhere")
    needed = thresholds.beyond * curves.spread
    if curves.gain < -needed:
        return Badge(MISLEADING, "worse_than_chance")
    if curves.gain <= needed:
        return Badge(WEAK, "near_chance")
    if plain_gain <= needed:
        return Badge(WEAK, "depends_on_filling")
    if occlusion_agreement < thresholds.agrees:
        return Badge(WEAK, "disagrees")
    return Badge(FAITHFUL, "holds")
