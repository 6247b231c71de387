"""How the visitor wants to see a photo. The choices stay while going from photo to photo."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.explain.explanation import Explanation
from core.explain.render import COLORS, DEFAULT_COLORS
from core.explain.request import ExplainRequest
from core.models.card import Card
from dashboard.i18n.translate import Texts, escape
from dashboard.state import explain_options
from dashboard.state.session import PLAIN

PREDICTED = ""  # the choice "whatever class the model says"
SCALES = ("own", "shared")
_DEFAULTS = {
    "target": PREDICTED,
    "blend": 50,
    "colors": DEFAULT_COLORS,
    "scale": SCALES[0],
    "more": False,
    "why": False,
    "outline": False,
    **explain_options.DEFAULTS,
}
FEW = 8  # classes that fit into a row of buttons


@dataclass(frozen=True)
class Drawing:
    """How to draw one photo.

    Attributes:
        target: Name of the class.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        colors: One of `COLORS`.
        top: The shared scale's high end; None for the photo's own scale.
        request: What the map answers.
    """

    target: str
    blend: float
    colors: str
    top: float | None = None
    request: ExplainRequest = PLAIN


def keep() -> None:
    """Keep the choices in a run that may end before the controls are drawn."""
    for key, default in _DEFAULTS.items():
        st.session_state[key] = st.session_state.get(key, default)


def target(explanation: Explanation) -> str:
    """The class that is looked for in a photo."""
    state = st.session_state
    if state.target not in (PREDICTED, *explanation.classes):  # another model's
        state.target = PREDICTED
    return state.target or explanation.predicted


def draw(say: Texts, card: Card, label: str) -> None:
    """Draw what is used all the time: the class and the blend.

    Args:
        say: The texts.
        card: The model's.
        label: What choosing a class does.
    """

    def named(name: str) -> str:
        return say("target.predicted") if name == PREDICTED else escape(say.of_class(name, card))

    options = [PREDICTED, *card.names]
    if len(options) <= FEW:
        st.pills(
            label, options, format_func=named, key="target", required=True, help=say("target.help")
        )
    else:
        st.selectbox(label, options, format_func=named, key="target", help=say("target.help"))
    draw_blend(say)


def draw_blend(say: Texts) -> None:
    """Draw the strength of the heatmap."""
    st.slider(
        say("blend"), 0, 100, key="blend", format=say.plain("blend.format"), help=say("blend.help")
    )


def draw_colors(say: Texts) -> None:
    """Draw the choice of colours."""
    st.segmented_control(
        say("colors"),
        sorted(COLORS, key=lambda name: name != DEFAULT_COLORS),
        format_func=lambda name: say(f"colors.{name}"),
        key="colors",
        required=True,
        help=say("colors.help"),
    )


def draw_scale(say: Texts) -> None:
    """Draw the choice of one scale for several photos."""
    st.segmented_control(
        say("scale"),
        SCALES,
        format_func=lambda name: say(f"scale.{name}"),
        key="scale",
        required=True,
        help=say("scale.help"),
    )
