"""How the visitor wants to see a photo. The choices stay while going from photo to photo."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.card import Card
from core.explanation import Explanation
from core.render import COLORS, DEFAULT_COLORS
from dashboard.texts import Texts, escape
from dashboard.visit import Visit

PREDICTED = ""  # the choice "whatever class the model says"
SCALES = ("own", "shared")
_DEFAULTS = {"target": PREDICTED, "blend": 50, "colors": DEFAULT_COLORS, "scale": SCALES[0]}
_FEW = 8  # classes that fit into a row of buttons


@dataclass(frozen=True)
class Drawing:
    """How to draw one photo.

    Attributes:
        target: Name of the class.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        colors: One of `COLORS`.
        top: The shared scale's high end; None for the photo's own scale.
    """

    target: str
    blend: float
    colors: str
    top: float | None


def keep() -> None:
    """Keep the choices in a run that may end before the controls are drawn."""
    for key, default in _DEFAULTS.items():
        st.session_state[key] = st.session_state.get(key, default)


def chosen(visit: Visit, explanation: Explanation) -> Drawing:
    """What the controls are set to, before they are drawn."""
    state = st.session_state
    if state.target not in explanation.classes:  # another model's
        state.target = PREDICTED
    top = None
    if state.scale == "shared":
        top = max(
            float(each.map(state.target or each.predicted).max())
            for (model, _), each in visit.explanations.items()
            if model == explanation.model
        )
    return Drawing(state.target or explanation.predicted, state.blend / 100, state.colors, top)


def draw(say: Texts, card: Card) -> None:
    """Draw what is used all the time: the class and the blend."""

    def label(name: str) -> str:
        return say("target.predicted") if name == PREDICTED else escape(say.of_class(name, card))

    options = [PREDICTED, *card.names]
    if len(options) <= _FEW:
        st.pills(
            say("target"), options, format_func=label, key="target", required=True,
            help=say("target.help"),
        )  # fmt: skip
    else:
        st.selectbox(
            say("target"), options, format_func=label, key="target", help=say("target.help")
        )
    st.slider(
        say("blend"), 0, 100, key="blend", format=say.plain("blend.format"), help=say("blend.help")
    )


def draw_more(say: Texts, several: bool) -> None:
    """Draw what is seldom used: colours, and one scale for several photos."""
    st.segmented_control(
        say("colors"),
        sorted(COLORS, key=lambda name: name != DEFAULT_COLORS),
        format_func=lambda name: say(f"colors.{name}"),
        key="colors",
        required=True,
        help=say("colors.help"),
    )
    if several:
        st.segmented_control(
            say("scale"),
            SCALES,
            format_func=lambda name: say(f"scale.{name}"),
            key="scale",
            required=True,
            help=say("scale.help"),
        )
