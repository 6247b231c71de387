"""Controls of the display: class, blend, scale."""

from __future__ import annotations

import streamlit as st

from core.explain.request import ExplainRequest
from core.models.card import Card
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts, escape
from dashboard.state.controls import PREDICTED, SCALES, drawn

FEW = 8  # classes that fit into a row of buttons


def draw_target(say: Texts, card: Card, request: ExplainRequest) -> None:
    """Draw the choice of the class that the request is about."""
    kind, other = phrases.kind(request), request.contrast_class
    label = say(f"target.{kind}", other=say.of_class(other, card) if other else "")

    def named(name: str) -> str:
        return say("target.predicted") if name == PREDICTED else escape(say.of_class(name, card))

    options = [PREDICTED, *card.names]
    if len(options) <= FEW:
        st.pills(
            label,
            options,
            format_func=named,
            key=drawn("target"),
            required=True,
            help=say("target.help"),
        )
    else:
        st.selectbox(
            label, options, format_func=named, key=drawn("target"), help=say("target.help")
        )


def draw_blend(say: Texts) -> None:
    """Draw the strength of the heatmap."""
    st.slider(
        say("blend"),
        0,
        100,
        key=drawn("blend"),
        format=say.plain("blend.format"),
        help=say("blend.help"),
    )


def draw_scale(say: Texts) -> None:
    """Draw the choice of one scale for several photos."""
    st.segmented_control(
        say("scale"),
        SCALES,
        format_func=lambda name: say(f"scale.{name}"),
        key=drawn("scale"),
        required=True,
        help=say("scale.help"),
    )
