"""Class probabilities as bars."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.explain.explanation import Explanation
from core.models.card import Card
from dashboard.i18n.translate import Texts

MOST = 5
_ROW = (
    '<tr><th scope="row">{name}</th>'
    '<td><div><div style="width:{width:.2f}%"></div></div></td><td>{score}</td></tr>'
)


def draw(say: Texts, explanation: Explanation, card: Card) -> None:
    """Draw the five highest probabilities, the highest first, and what is left for the others."""
    order = explanation.scores.argsort()[::-1]
    shown = order if len(order) <= MOST + 1 else order[:MOST]
    rows = [
        (say.of_class(explanation.classes[index], card), float(explanation.scores[index]))
        for index in shown
    ]
    if len(shown) < len(order):
        rest = max(0.0, 1 - sum(score for _, score in rows))
        rows.append((say.plain("scores.others", count=len(order) - len(shown)), rest))
    bars = "".join(
        _ROW.format(name=escape(name), width=100 * score, score=escape(say.percent(score)))
        for name, score in rows
    )
    st.html(f'<table class="scores" aria-label="{escape(say.plain("scores"))}">{bars}</table>')
