"""Differences between two explanations, in plain sentences.

No sentence says more than its numbers do; the words change where `core.evidence.comparison` says.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence import comparison
from core.evidence.comparison import ComparedMap, Comparison
from core.evidence.localization import Localization
from dashboard.i18n.translate import Texts
from dashboard.state.controls import CLASSES, METHODS
from dashboard.state.view_state import PhotoView
from dashboard.views.evidence.verdict import percent, two_decimals


@dataclass(frozen=True)
class Sentence:
    """A sentence or more as Markdown, and how its numbers come about."""

    text: str
    help: str


def answers(say: Texts, what: str, left: PhotoView, right: PhotoView) -> str:
    """What the models say of the two, as Markdown.

    Args:
        say: The texts.
        what: What differs, one of `controls.COMPARED`.
        left: One of the two.
        right: The other; its model is the same, and knows both targets, where classes differ.
    """
    views = left, right
    predicted = [say.of_class(view.explanation.predicted, view.card) for view in views]
    if what == CLASSES:
        classes, scores = left.explanation.classes, left.explanation.scores
        shares = [float(scores[classes.index(view.target)]) for view in views]
        return say(
            "difference.classes",
            predicted=predicted[0],
            left_target=say.of_class(left.target, left.card),
            right_target=say.of_class(right.target, right.card),
            left=say.percent(shares[0]),
            right=say.percent(shares[1]),
        )
    best = [say.percent(float(view.explanation.scores.max())) for view in views]
    if what == METHODS:
        return say("difference.methods", predicted=predicted[0], score=best[0])
    if left.explanation.predicted == right.explanation.predicted:
        key = f"difference.{what}.same"
        return say(key, predicted=predicted[0], left=best[0], right=best[1])
    return say(
        f"difference.{what}.other",
        left_predicted=predicted[0],
        right_predicted=predicted[1],
        left=best[0],
        right=best[1],
    )


def own_methods(say: Texts, left: PhotoView, right: PhotoView) -> str:
    """Which method drew either map, as Markdown; "" where it is the same.

    A model with attention is explained by another method than one without, unless one is chosen.
    """
    drawn = [view.explanation.request.method for view in (left, right)]
    if drawn[0] == drawn[1]:
        return ""
    names = [say.plain(f"method.{name}") for name in drawn]
    return say("difference.own_methods", left=names[0], right=names[1])


def sentences(
    say: Texts, found: Comparison, one_photo: bool, comparable: bool, same_cells: bool
) -> list[Sentence]:
    """What the numbers tell of the heat.

    Args:
        say: The texts.
        found: The numbers.
        one_photo: Whether both are of the same photo.
        comparable: Whether the maps' values have one unit.
        same_cells: Whether the maps have the same grid.
    """
    said = [_place(say, found), _strength(say, found) if comparable else None]
    said += [_rice(say, found, one_photo), _half(say, found, same_cells)]
    return [each for each in said if each]


def _place(say: Texts, found: Comparison) -> Sentence | None:
    if found.overlap is None:
        return None
    share = "same" if found.overlap >= comparison.SAME else "partly"
    share = share if found.overlap >= comparison.PARTLY else "apart"
    text = say(f"difference.place.{share}", overlap=percent(say, found.overlap))
    if found.same_third is not None:
        third = "same" if found.same_third else "other"
        text = say.plain("sentences", first=text, second=say(f"difference.third.{third}"))
    explained = say(
        "difference.place.help",
        same=percent(say, comparison.SAME),
        partly=percent(say, comparison.PARTLY),
    )
    if found.rank_correlation is not None:
        ranks = say("difference.ranks", value=two_decimals(found.rank_correlation))
        explained = say.plain("sentences", first=explained, second=ranks)
    return Sentence(text, explained)


def _strength(say: Texts, found: Comparison) -> Sentence | None:
    left, right = found.left.strongest, found.right.strongest
    if min(left, right) <= 0:
        return None
    stronger = _larger(left, right)
    ratio = max(left, right) / min(left, right)
    times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"
    return Sentence(
        say(f"difference.strength.{stronger}", times=times),
        say("difference.strength.help", alike=comparison.ALIKE),
    )


def _half(say: Texts, found: Comparison, same_cells: bool) -> Sentence | None:
    left, right = found.left.half_heat_area, found.right.half_heat_area
    if left is None or right is None:
        return None
    smaller = _larger(right, left) if same_cells else "cells"
    return Sentence(
        say(f"difference.half.{smaller}", left=say.percent(left), right=say.percent(right)),
        say("difference.half.help", alike=comparison.ALIKE),
    )


def _larger(left: float, right: float) -> str:
    """Which of two positive numbers is clearly the larger one: "left", "right" or "alike"."""
    if max(left, right) < comparison.ALIKE * min(left, right):
        return "alike"
    return "left" if left > right else "right"


def _rice(say: Texts, found: Comparison, one_photo: bool) -> Sentence | None:
    """How much of the heat is on the rice, where anybody knows and where there is heat."""
    explained = say("difference.rice.help", margin=round(100 * comparison.OFF_CHANCE))
    pair = {"left": found.left, "right": found.right}
    unsure = [which for which, side in pair.items() if side.localization is None]
    if len(unsure) == len(pair):
        return Sentence(say(f"difference.rice.{'unknown' if one_photo else 'neither'}"), explained)
    parts = [part for which, side in pair.items() if (part := _on_rice(say, which, side))]
    text = ""
    if len(parts) == len(pair):
        text = say.plain("difference.rice.two", left=parts[0], right=parts[1])
    elif parts:
        text = say.plain("difference.rice.one", one=parts[0])
    if unsure:
        unknown = say("difference.rice.unsure", side=say.plain(f"difference.side.{unsure[0]}"))
        text = say.plain("sentences", first=text, second=unknown) if text else unknown
    return Sentence(text, explained) if text else None


def _on_rice(say: Texts, which: str, side: ComparedMap) -> str:
    if side.localization is None or side.localization.share is None:
        return ""
    return say(
        f"difference.rice.{_level(side.localization)}",
        side=say.plain(f"difference.side.{which}"),
        share=percent(say, side.localization.share),
        chance=percent(say, side.localization.chance),
    )


def _level(attention: Localization) -> str:
    if attention.chance >= comparison.FULL:
        return "full"
    beyond = (attention.share or 0.0) - attention.chance
    if abs(beyond) <= comparison.OFF_CHANCE:
        return "chance"
    return "more" if beyond > 0 else "less"
