"""What the model looks at, in one sentence, with the numbers that decided."""

from __future__ import annotations

import streamlit as st

from core.evidence.localization import Attention
from core.evidence.verdict import Verdict
from core.models.card import Card
from dashboard.i18n.translate import Texts
from dashboard.work.evidence_runner import Case, Gathering

REMEDIES = ("no_rice", "not_separable", "no_background", "unsure")
"""Reasons why nothing can be told that a visitor can do something about."""


def draw(say: Texts, card: Card, case: Case, found: Gathering, brief: bool = False) -> None:
    """Draw the sentence and the numbers once they are known, or why there are none.

    Args:
        say: The texts.
        card: The model's.
        case: What the evidence is of.
        found: How far it is.
        brief: Whether to say nothing of the heatmap, nor what one can do in the one photo's view.
    """
    evidence, judged = found.evidence, found.verdict
    if found.error:
        st.caption(say("evidence.failed", reason=say.error(found.error)))
        return
    if evidence is None or judged is None:
        return
    target = say.of_class(case.target, card)
    reason = say.plain(f"reason.{judged.reason}", target=target)
    st.markdown(say(f"verdict.{judged.looks_at}", reason=reason))
    if judged.reason in REMEDIES and not brief:
        st.caption(say(f"remedy.{judged.reason}"))
    attention = "" if brief else attended(say, evidence.attention)
    numbers = together(say, deciding(say, judged, target), attention)
    if numbers:
        st.caption(numbers)


def draw_badge(say: Texts, card: Card, case: Case, found: Gathering) -> None:
    """Draw whether the heatmap can be believed, and why, once that is known."""
    badge = found.evidence.badge if found.evidence else None
    if badge:
        target = say.of_class(case.target, card)
        reason = say.plain(f"believed.{badge.reason}", target=target)
        st.caption(say(f"badge.{badge.believed}", reason=reason))


def deciding(say: Texts, judged: Verdict, target: str) -> str:
    """The numbers that decided, as Markdown; empty where nothing was asked."""
    said = by_light = ""
    if judged.rice_alone is not None and judged.background_alone is not None:
        rice, background = whole(say, judged.rice_alone), whole(say, judged.background_alone)
        said = say("deciding", target=target, rice=rice, background=background)
    if judged.reason == "light" and judged.light_alone is not None:
        by_light = say("deciding.light", target=target, light=whole(say, judged.light_alone))
    return together(say, said, by_light)


def attended(say: Texts, attention: Attention | None) -> str:
    """How much of the heat lies on rice, beside chance, as Markdown; empty if nobody knows."""
    if attention is None or attention.share is None:
        return ""
    share, chance = whole(say, attention.share), whole(say, attention.chance)
    return say("attended", share=share, chance=chance)


def together(say: Texts, first: str, second: str) -> str:
    """Two sentences of Markdown, of which any may be empty."""
    return (
        say.plain("sentences", first=first, second=second) if first and second else first + second
    )


def whole(say: Texts, share: float) -> str:
    """A share of what can be all or nothing, in whole per cent, as plain text."""
    return say.plain("percent", value=round(100 * share))
