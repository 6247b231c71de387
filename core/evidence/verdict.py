"""The verdict: what a model looks at, decided by one rule from its scores of changed photos."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.evidence.conditions import CHANGES, CONDITIONS
from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.log_odds import to_probability
from core.evidence.masked_input import Floats

THRESHOLDS_FILE = Path(__file__).with_name("thresholds.json")

RICE, BACKGROUND, BOTH, CONDITION, UNCLEAR = "rice", "background", "both", "condition", "unclear"
VERDICTS = (RICE, BACKGROUND, BOTH, CONDITION, UNCLEAR)

NO_RICE = "no_rice"

REASONS = (
    "rice_suffices",
    "stays_without_rice",
    "either_suffices",
    "goes_with_colour",
    "needs_both",
    *CONDITIONS,
    NO_RICE,
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
        room: Log odds by which the photo must be above even odds and above empty photos, for the
            rest to be shares of.
        cap: Log odds beyond which more makes no difference.
        stays: Share of the evidence, 0 to 1, from which on a class counts as kept.
        falls: Share below which it counts as lost.
        follows: Share of the model's answers to rendered scenes, 0 to 1, from which on they go
            with a condition.
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
    follows: float
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
        background_alone: How much of it the background keeps without the rice, or with other rice
            in its place, whichever is less (without, where that made it both); likewise.
        condition: What the class is lost with when it is changed, one of `CONDITIONS` that the
            model's answers follow; "" if there is none. Where neither part alone is enough, the
            one that they follow most.
        follows: How much they follow it, whatever rice is shown, 0 to 1.
        replaced: Whether `background_alone` is of the photo with other rice, not without any.
    """

    looks_at: str
    reason: str
    rice_alone: float | None = None
    background_alone: float | None = None
    condition: str = ""
    follows: float = 0.0
    replaced: bool = False


def decide_verdict(
    counterfactuals: Counterfactuals, problem: str = "", thresholds: Thresholds | None = None
) -> Verdict:
    """Decide by what the class follows, and by what rice and background keep of it alone.

    First by how the photo was taken, for which no mask is needed. Where a change of the light, the
    exposure, the sharpness, the compression or the noise leaves at most half of the class's log
    odds, and the model's answers to rendered scenes of other rice go with that, too, whatever they
    show, then it is this condition that it goes by. An honest model may lose its class on a blurred
    photo; but it does not say the same of all blurred rice. A condition is in the rice, too: where
    the rice alone has lost the class and the background keeps it, what goes with the condition is
    something in the background, as a date that is printed less bright in a darker photo.

    Then by two numbers. With m the log odds of the class, up to the cap, and the mean over the same
    neutral backgrounds with and without the rice:

    - evidence = m(photo) - m(empty backgrounds)
    - rice alone = (m(rice on other backgrounds) - m(empty backgrounds)) / evidence
    - background alone = (m(photo without rice) - m(empty backgrounds)) / evidence, or with the mean
      over the photo with other rice in that place, whichever is less: what a model says to a photo
      without rice may be chance, and what it says to other rice may be right

    A classifier must answer something for an empty photo, and that may be this very class. So each
    part is measured from there, on the empty backgrounds that the photo is above; if there is none,
    the verdict is "unclear". So it is where the photo's own log odds are no more than that: what a
    model is hardly sure of has no parts.

    What decides first of these is whether the class stays without any rice: whatever the shortcut,
    the background's colour, a mark or a border, that is still in the photo then. Rice on other
    backgrounds looks strange, and white rice on white paper is hard to see. So where the background
    does not give the class, the rice need not keep as much of it, only more than the background.
    Where rice fills the photo, there is hardly a background that it could look at; then the rice
    alone must keep the class.

    A model may know the rice, and the ground as well. Where the photo without rice keeps enough,
    and as much as the rice alone, it is both, whatever the model says to other rice. Where the rice
    is enough on neutral backgrounds, and the model's answers to rendered rice go with the
    background's colour, the rice is also laid on the colour that they go with most for this class
    and on the one least. If that makes up half of the class's log odds, it is both.

    Where rice was found, but not where it ends, the verdict can only be "background": if that gives
    the class with all taken out that may be rice, and the class is lost when all else is replaced.

    It cannot tell a background from what was taken for background (a wrong mask), and a model that
    never saw such backgrounds may fail on them for that reason alone: then it says `needs_both`.
    But where the model's answers go with a condition, rice on another background was taken
    otherwise, and so was the background without it: then it is this condition.

    Args:
        counterfactuals: The model's scores.
        problem: Why the mask is not to be trusted, one of `REASONS`; "" if it is.
        thresholds: The project's own for None.
    """
    thresholds = thresholds or load_thresholds()
    own = np.array([counterfactuals.original.log_odds], np.float32)
    if to_probability(own)[0] < thresholds.sure:
        return Verdict(UNCLEAR, problem or "unsure")
    condition, follows = strongest_condition(counterfactuals, thresholds.follows)
    if problem == NO_RICE or (problem and condition):
        looks_at = CONDITION if condition else UNCLEAR
        return Verdict(looks_at, condition or problem, condition=condition, follows=follows)
    if own[0] < thresholds.room and not condition:
        return Verdict(UNCLEAR, problem or "unsure")
    rice, background, emptied = _shares(counterfactuals, thresholds)
    replaced = background is not None and background < emptied
    fills = counterfactuals.rice_removed is None
    looks_at, reason = decide(rice, background, follows, thresholds, fills)
    if looks_at == RICE and not fills:
        if emptied >= max(rice or 0.0, thresholds.stays):
            looks_at, reason, background, replaced = BOTH, "either_suffices", emptied, False
        elif goes_with_colour(counterfactuals):
            looks_at, reason = BOTH, "goes_with_colour"
    if problem and (looks_at != BACKGROUND or fills):
        return Verdict(UNCLEAR, problem)
    if problem:
        return Verdict(BACKGROUND, reason, rice, background, replaced=replaced)
    if reason == "needs_both":
        condition, follows = max(counterfactuals.follows.items(), key=lambda each: each[1])
        looks_at, reason = decide(rice, background, follows, thresholds, fills)
    return Verdict(looks_at, reason or condition, rice, background, condition, follows, replaced)


def strongest_condition(asked: Counterfactuals, line: float = 0.0) -> tuple[str, float]:
    """The condition that the class is lost with and answers follow most, and how much.

    Args:
        asked: The model's scores.
        line: By how much they must follow it; else it is "", 0.
    """
    half = max(asked.original.log_odds, 0) / 2
    lost = {CHANGES[name][0] for name, score in asked.changed.items() if score.log_odds <= half}
    found = {each: share for each, share in asked.follows.items() if each in lost and share >= line}
    return max(found.items(), key=lambda each: each[1], default=("", 0.0))


def goes_with_colour(asked: Counterfactuals) -> bool:
    """Whether the background's colour makes up half of the class's log odds or more, rice and all.

    Between the colour that the model's answers go with most for the class, and the one least: a
    strange ground alone does not make that difference.
    """
    if asked.favouring_colour is None or asked.opposing_colour is None:
        return False
    made = asked.favouring_colour.log_odds - asked.opposing_colour.log_odds
    return made >= asked.original.log_odds / 2


def _shares(
    asked: Counterfactuals, thresholds: Thresholds
) -> tuple[float | None, float | None, float]:
    """Shares that rice and background keep alone, and that the photo without rice keeps.

    None, None and 0 where they cannot be measured.
    """

    def cap(scores: Sequence[ClassScore]) -> Floats:
        odds = np.array([each.log_odds for each in scores], np.float32)
        return np.clip(odds, -thresholds.cap, thresholds.cap)

    nothing = cap(asked.blank)
    rooms = cap([asked.original]) - nothing
    told = rooms >= thresholds.room
    if not told.any():
        return None, None, 0.0
    room, empty = float(rooms[told].mean()), float(nothing[told].mean())

    def share(odds: Floats) -> float:
        return float(np.clip((odds.mean() - empty) / room, 0, 1))

    rice, background = share(cap(asked.other_backgrounds)[told]), share(cap(asked.other_rice))
    emptied = 1.0 if asked.rice_removed is None else share(cap([asked.rice_removed]))
    return rice, min(background, emptied), emptied


def decide(
    rice: float | None,
    background: float | None,
    follows: float,
    thresholds: Thresholds,
    fills: bool = False,
) -> tuple[str, str]:
    """Verdict and reason, by the shares that rice and background keep alone.

    Args:
        rice: None where every empty background has the class, too.
        background: Likewise.
        follows: How much the model's answers follow the condition that the class is lost with.
        thresholds: By which.
        fills: Whether rice fills the photo.

    Returns:
        Of a condition the reason is "": it is the condition's name.
    """
    followed = bool(follows) and follows >= thresholds.follows
    if rice is None or background is None:
        return (CONDITION, "") if followed else (UNCLEAR, "says_so_to_nothing")
    stays = background >= thresholds.stays
    if followed and (rice >= thresholds.falls or not stays):
        return CONDITION, ""
    if fills and rice >= thresholds.stays:
        return RICE, "fills_photo"
    if stays and rice < thresholds.stays:
        return BACKGROUND, "stays_without_rice"
    if stays:
        return BOTH, "either_suffices"
    enough = rice >= thresholds.falls and rice > background
    return (RICE, "rice_suffices") if enough else (BOTH, "needs_both")
