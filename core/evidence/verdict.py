"""The verdict: what a model looks at, decided by one rule from its scores of changed photos."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.log_odds import to_probability

THRESHOLDS_FILE = Path(__file__).with_name("thresholds.json")

RICE, BACKGROUND, BOTH, UNCLEAR = "rice", "background", "both", "unclear"
VERDICTS = (RICE, BACKGROUND, BOTH, UNCLEAR)

REASONS = (
    "rice_suffices",
    "stays_without_rice",
    "light",
    "either_suffices",
    "needs_both",
    "no_rice",
    "not_separable",
    "fills_photo",
    "unsure",
    "says_so_to_nothing",
)
"""Why a verdict is what it is: codes, each with a sentence in both `core/texts.json` (report, CSV)
and `dashboard/i18n/texts.json` (page)."""


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of verdict and badge, as `thresholds.json` has them.

    Attributes:
        sure: Probability, without the card's temperature, below which a class is not asked about.
        room: Log odds by which the photo must be above empty photos, for the rest to be shares of.
        cap: Log odds beyond which more makes no difference.
        stays: Share of the evidence, 0 to 1, from which on a class counts as kept.
        falls: Share below which it counts as lost.
        beyond: Standard deviations of random orders that the curves must be better by.
        agrees: Rank correlation with the occlusion map from which on a map is in accord with it.
        same: Rank correlation with the maps of randomized weights from which on a map shows
            nothing that the model learned.
        provenance: Where the numbers come from.
    """

    sure: float
    room: float
    cap: float
    stays: float
    falls: float
    beyond: float
    agrees: float
    same: float
    provenance: str


@cache
def load_thresholds() -> Thresholds:
    """Those that the project ships with, from `thresholds.json`."""
    return Thresholds(**json.loads(THRESHOLDS_FILE.read_text("utf-8")))


@dataclass(frozen=True)
class Verdict:
    """What a model looks at, for one photo and class.

    Attributes:
        looks_at: One of `VERDICTS`.
        reason: One of `REASONS`.
        rice_alone: How much of the evidence the rice keeps on other backgrounds, 0 to 1; None
            where it was not measured.
        background_alone: How much of it the background keeps without the rice, likewise.
        light_alone: How much of it empty tables in the photo's light have, likewise.
    """

    looks_at: str
    reason: str
    rice_alone: float | None = None
    background_alone: float | None = None
    light_alone: float | None = None


def decide_verdict(
    counterfactuals: Counterfactuals | None,
    problem: str = "",
    thresholds: Thresholds | None = None,
) -> Verdict:
    """Decide by two numbers: what the rice alone keeps of the class, and the background alone.

    With m the log odds of the class, up to the cap, and the mean over the same neutral backgrounds
    with and without the rice:

    - evidence = m(photo) - m(empty backgrounds)
    - rice alone = (m(rice on other backgrounds) - m(empty backgrounds)) / evidence
    - background alone = (m(photo without rice) - m(empty backgrounds)) / evidence
    - light alone = (m(grey ones in the photo's light) - m(empty backgrounds)) / evidence

    A classifier must answer something for an empty photo, and that may be this very class. So each
    part is measured from there, and if the photo itself is not above it, the verdict is "unclear".

    What decides first is whether the class stays without any rice: whatever the shortcut, the
    background's colour, a mark or a border, that is still in the photo then. A tint of the light
    may hardly show on a dark table without rice, so it is shown on brighter ones, too.

    Rice on other backgrounds looks strange, and white rice on white paper is hard to see. So where
    neither background nor light gives the class, the rice need not keep as much of it. Where rice
    fills the photo, there is no background that it could look at.

    It cannot tell a background from what was taken for background (a wrong mask), and a model that
    never saw such backgrounds may fail on them for that reason alone: then it says `needs_both`.

    Args:
        counterfactuals: The model's scores; None where there are none.
        problem: Why there are none, or why the mask is not to be trusted: one of `REASONS`.
        thresholds: The project's own for None.
    """
    thresholds = thresholds or load_thresholds()
    if problem or counterfactuals is None:
        return Verdict(UNCLEAR, problem or "no_rice")
    own = np.array([counterfactuals.original.log_odds], np.float32)
    if to_probability(own)[0] < thresholds.sure:
        return Verdict(UNCLEAR, "unsure")

    def mean(scores: Sequence[ClassScore]) -> float:
        odds = [each.log_odds for each in scores]
        return float(np.mean(np.clip(odds, -thresholds.cap, thresholds.cap)))

    nothing = mean(counterfactuals.blank)
    room = mean([counterfactuals.original]) - nothing
    if room < thresholds.room:
        return Verdict(UNCLEAR, "says_so_to_nothing")

    def share(*scores: ClassScore) -> float:
        return float(np.clip((mean(scores) - nothing) / room, 0, 1))

    rice, light = share(*counterfactuals.other_backgrounds), share(*counterfactuals.relit_blank)
    background = (
        None if counterfactuals.rice_removed is None else share(counterfactuals.rice_removed)
    )
    return Verdict(*decide(rice, background, light, thresholds), rice, background, light)


def decide(
    rice: float, background: float | None, light: float, thresholds: Thresholds
) -> tuple[str, str]:
    """Verdict and reason, by the shares that rice, background and light keep alone."""
    if background is None:
        return (BACKGROUND, "light") if light >= thresholds.stays else (RICE, "fills_photo")
    if background >= thresholds.stays > rice:
        return BACKGROUND, "stays_without_rice"
    if light >= thresholds.stays:
        return BACKGROUND, "light"
    if background >= thresholds.stays:
        return BOTH, "either_suffices"
    return (RICE, "rice_suffices") if rice >= thresholds.falls else (BOTH, "needs_both")
