"""The verdict in one sentence, and the numbers that decided it."""

from __future__ import annotations

import streamlit as st

from core.evidence.conditions import CHANGES
from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.localization import Localization
from core.evidence.verdict import CONDITION, RICE, UNCLEAR, Verdict
from dashboard.i18n.translate import Texts
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.work.evidence_runner import (
    EvidenceRequest,
    EvidenceRun,
    evidence_key,
    evidence_run,
)
from dashboard.work.model_pool import Model

REMEDIES = ("no_rice", "not_separable", "unsure", "says_so_to_nothing")
"""Reasons for an inconclusive verdict that a visitor can do something about."""

_EVEN = 0.5  # probability from which on a class is likely


def draw(say: Texts, view: PhotoView, run: EvidenceRun) -> None:
    """Draw the sentence once it is known, or why there is none.

    Args:
        say: The texts.
        view: What the evidence is of. A class other than the answer, beside which it stands, is
            named.
        run: The evidence, as far as it is known.
    """
    decided = run.verdict
    if run.error:
        st.caption(say("evidence.failed", reason=say.error(run.error)))
        return
    if decided is None:
        return
    target = say.of_class(view.target, view.card)
    reason = say.plain(f"reason.{decided.reason}", target=target, count=len(view.card.names))
    # "It looks at both" would not be believed beside two parts that say nothing each.
    neither = decided.reason == "needs_both"
    lead = "neither_alone" if neither else f"verdict.{decided.looks_at}"
    sentence = say(lead, reason=reason)
    other = view.target != view.explanation.predicted
    st.markdown(join(say, say("of_class", target=target) if other else "", sentence))


def draw_numbers(say: Texts, view: PhotoView, run: EvidenceRun, brief: bool = False) -> None:
    """Draw the numbers once they are known, and what a visitor can do where nothing is decided.

    Args:
        say: The texts.
        view: What the evidence is of.
        run: The evidence, as far as it is known.
        brief: Whether to say nothing of the heatmap, nor what one can do in the one photo's view.
    """
    evidence, decided = run.evidence, run.verdict
    if evidence is None or decided is None:
        return
    if decided.reason in REMEDIES and not brief:
        st.caption(say(f"remedy.{decided.reason}"))
    target = say.of_class(view.target, view.card)
    attention = "" if brief else heat_on_rice(say, evidence.localization)
    numbers = join(say, deciding_numbers(say, evidence.counterfactuals, decided, target), attention)
    if numbers:
        st.caption(numbers)


def draw_brief(
    say: Texts, session: Session, model: Model, view: PhotoView
) -> list[EvidenceRequest]:
    """Draw the verdict in brief, now or once it is known; nothing where there can be none.

    Returns:
        What the model is to be asked for it.
    """

    def show(run: EvidenceRun) -> None:
        with place.container(gap="small"):
            draw(say, view, run)
            draw_numbers(say, view, run, brief=True)

    key = evidence_key(view)
    if key is None:
        return []
    run = evidence_run(session, key)
    place = st.empty()  # filled at once: the browser shows what is empty for longer
    if run.verdict or run.error:
        show(run)
    else:
        place.caption(say("evidence.asking"))
    return [EvidenceRequest(model, key, False, show)]


def draw_badge(say: Texts, view: PhotoView, run: EvidenceRun) -> None:
    """Draw whether the heatmap can be trusted, and why, once that is known."""
    badge = run.evidence.badge if run.evidence else None
    if badge:
        target = say.of_class(view.target, view.card)
        reason = say.plain(f"trusted.{badge.reason}", target=target)
        st.caption(say(f"badge.{badge.level}", reason=reason))


def deciding_numbers(
    say: Texts, asked: Counterfactuals | None, decided: Verdict, target: str
) -> str:
    """The probabilities that decided, as Markdown; empty where nothing decided."""
    if asked is None or decided.looks_at == UNCLEAR:
        return ""
    photo = say.percent(asked.original.probability)
    if decided.looks_at == CONDITION:
        name, lowest = lowest_change(asked, decided.condition)
        how, changed = say.plain(f"how.{name}"), say.percent(lowest.probability)
        return say("deciding.condition", target=target, photo=photo, how=how, changed=changed)
    if asked.rice_removed is None:  # rice fills the photo
        return say("deciding.fills", target=target, photo=photo)
    if decided.reason == "goes_with_colour":
        assert asked.favouring_colour is not None
        assert asked.opposing_colour is not None
        colours = {"favouring": asked.favouring_colour, "opposing": asked.opposing_colour}
        shown = {name: say.percent(score.probability) for name, score in colours.items()}
        return say("deciding.colours", target=target, photo=photo, **shown)
    # Else the verdict would be unclear.
    assert asked.without_background is not None
    assert asked.with_other_rice is not None
    assert asked.of_nothing is not None
    left = asked.with_other_rice if decided.replaced else asked.rice_removed.probability
    how = say.plain("deciding.replaced" if decided.replaced else "deciding.removed")
    others = say.percent(asked.without_background)
    numbers = {"target": target, "photo": photo, "how": how, "left": say.percent(left)}
    # Beside "It looks at the rice", such a number would be a riddle.
    if decided.looks_at == RICE and left >= _EVEN:
        nothing = say.percent(asked.of_nothing)
        return say("deciding.nothing", **numbers, nothing=nothing, others=others)
    return say("deciding", **numbers, others=others)


def lowest_change(asked: Counterfactuals, condition: str) -> tuple[str, ClassScore]:
    """The change of a condition that takes most of the class away, and what is left of it."""
    own = [(name, asked.changed[name]) for name, (of, _) in CHANGES.items() if of == condition]
    return min(own, key=lambda each: each[1].log_odds)


def heat_on_rice(say: Texts, attention: Localization | None) -> str:
    """How much of the heat lies on rice, beside chance, as Markdown; empty if nobody knows."""
    if attention is None or attention.share is None:
        return ""
    share, chance = percent(say, attention.share), percent(say, attention.chance)
    if chance == percent(say, 1):
        return say("attended.full")
    return say("attended", share=share, chance=chance)


def join(say: Texts, first: str, second: str) -> str:
    """Two sentences of Markdown, of which any may be empty."""
    return (
        say.plain("sentences", first=first, second=second) if first and second else first + second
    )


def percent(say: Texts, share: float) -> str:
    """A share of what can be all or nothing, in whole per cent, as plain text."""
    return say.plain("percent", value=round(100 * share))


def two_decimals(likeness: float) -> str:
    """How alike two maps are, from -1 to 1; what is nothing has no sign.

    Example:
        >>> two_decimals(-0.004), two_decimals(-0.006), two_decimals(0.704)
        ('0.00', '-0.01', '0.70')
    """
    return f"{round(likeness, 2) + 0.0:.2f}"
