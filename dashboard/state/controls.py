"""Widget keys of the page's controls, and their defaults.

Streamlit forgets the value of a widget that a run does not draw; here a choice stays while the
visitor goes from photo to photo and from one view to another. But what is written to a control is
also sent to the browser, and would undo what the visitor has chosen since that run was asked for.
So a control that the browser has is never written to, unless its choice changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.explain.explanation import Explanation
from core.explain.render import COLORS, DEFAULT_COLORS
from core.explain.request import OWN as OWN_METHOD
from dashboard.i18n.phrases import FOR

PREDICTED = ""  # the choice "whatever class the model says"
RUNNER_UP = ""  # the choice "whatever class comes next"
ONE, ALL, TWO = "one", "all", "two"
"""Modes: one photo, all of them, or two side by side."""
ORIGINAL, HEATMAP, OVERLAY = PANES = ("original", "heatmap", "overlay")
"""The viewer's pictures."""
OWN, SHARED = "own", "shared"
SCALES = (OWN, SHARED)
TABLE, GALLERY, NUMBERS = "table", "gallery", "numbers"
"""Ways to show a review."""
PHOTOS, CLASSES, METHODS, MODELS = "photos", "classes", "methods", "models"
COMPARED = (PHOTOS, CLASSES, METHODS, MODELS)
"""What may differ between two pictures side by side, the rest being the same."""

REQUEST = {"kind": FOR, "other": RUNNER_UP, "method": OWN_METHOD, "layers": [], "finer": 1}
"""The controls that make up the `ExplainRequest`."""
FILTERS = {"review-text": "", "review-class": [], "review-verdict": [], "review-doubt": []}
"""The controls that narrow a review down."""
DISPLAY: dict[str, Any] = {
    **{"target": PREDICTED, "blend": 50, "colors": DEFAULT_COLORS},
    **{"panes": 3, "pane": OVERLAY, "curtain": False},
    **{"heat_only": False, "cells": False, "outline": False, "sharp": ""},
    **{"brush": "", "measure": ""},
}
"""What the viewer shows, and how.

Hashes of photos are `sharp`, of one that is looked at closely, `brush`, of one whose rice is
painted, and `measure`, of one that a line is drawn on.
"""
PHOTO = {**DISPLAY, "scale": OWN, **dict.fromkeys(("why", "grains", "more"), False), **REQUEST}
"""The controls of the view of one photo."""
DEFAULTS = {
    **PHOTO,
    "mode": ONE,
    "trusted": "",
    **{"review-show": TABLE, "review-evidence": False, "gallery-page": 0, "gallery-scale": OWN},
    **{"two-what": "", **{f"two-right-{what}": "" for what in COMPARED}},
    **FILTERS,
}


@dataclass
class BrowserControls:
    """The controls that the browser has.

    Attributes:
        words: By key, the language and the model that a control's words are of. With other words
            Streamlit takes it for another control, and the browser has yet to get it.
        drawn: The keys of those that this run has drawn.
        unheard: By key, what the browser named before `choose`, and what was chosen then.
        told: Whether a run has since drawn all the page, and so told the browser of it.
    """

    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    unheard: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    told: bool = False


def begin_run() -> None:
    """Set defaults, and keep choices, before a run draws the page."""
    _browser().drawn.clear()
    init_defaults()


def init_defaults(defaults: Mapping[str, Any] = DEFAULTS) -> None:
    """Set defaults, and keep the choices of controls that the browser does not have."""
    state, browser = st.session_state, _browser()
    for key, default in defaults.items():
        if key not in browser.words or key not in state:
            state[key] = state.get(key, default)


def drawn(key: str) -> str:
    """The key of a control that is drawn now, with its choice if the browser has yet to get it."""
    state, browser = st.session_state, _browser()
    words = state.get("language", ""), state.get("model", "")
    if browser.words.get(key) != words:
        state[key] = state[key]
    browser.words[key] = words
    browser.drawn.add(key)
    return key


def end_run() -> None:
    """Keep the choices of controls that are gone, after a run that drew the page to its end."""
    state, browser = st.session_state, _browser()
    for key in browser.words.keys() - browser.drawn:
        del browser.words[key]
        state[key] = state[key]
    browser.told = True


def choose(choices: Mapping[str, Any]) -> None:
    """Choose for the visitor, who has pressed a button for it; `choices` by key.

    What the browser had sent before it heard of that still names the choices of before:
    `keep_unheard` puts them right.
    """
    state, browser = st.session_state, _browser()
    for key, choice in choices.items():
        browser.unheard[key] = state.get(key), choice
        state[key] = choice
    browser.told = False


def keep_unheard(works: bool) -> None:
    """Keep what was chosen by `choose` until the browser has named it, too.

    Args:
        works: Whether the browser has asked for this run by itself, rather than the visitor, who
            may well choose what was chosen before.
    """
    state, browser = st.session_state, _browser()
    for key, (before, choice) in [*browser.unheard.items()]:
        if state.get(key) == before != choice and (works or not browser.told):
            state[key] = choice
        elif browser.told:
            del browser.unheard[key]


def reset_request() -> None:
    """Set the controls that make up the request to their defaults."""
    choose(REQUEST)


def reset_filters() -> None:
    """Narrow the review down no more."""
    choose(FILTERS)


def set_upsampling(times: int) -> None:
    """Ask for a map so many times finer."""
    choose({"finer": times})


def set_mode(mode: str) -> None:
    """Go to one photo, to all of them, or to two side by side."""
    choose({"mode": mode})


def mode(photos: int) -> str:
    """What of so many photos is looked at; a single one is not looked at together with others."""
    if photos < 2 and st.session_state.mode == ALL:
        st.session_state.mode = ONE
    return str(st.session_state.mode)


def target(explanation: Explanation) -> str:
    """The class whose map is drawn of a photo; of another model's class, back to the prediction."""
    state = st.session_state
    if state.target not in (PREDICTED, *explanation.classes):
        state.target = PREDICTED
    return state.target or explanation.predicted


def start_at_answer(sha256: str) -> None:
    """Show the evidence for the model's answer, where another photo comes into view.

    A class that was chosen for the photo before would pass for the answer to this one. Side by
    side, the choice of the class is in sight, and stays.
    """
    state = st.session_state
    before = state.setdefault("target-of", sha256)
    state["target-of"] = sha256
    if before != sha256 and state.mode == ONE and state.target != PREDICTED:
        choose({"target": PREDICTED})


def show_target(sha256: str, target: str) -> None:
    """Show the evidence for the class that was chosen for a photo before, now that it is back."""
    st.session_state["target-of"] = sha256  # so that `start_at_answer` lets it be
    choose({"target": target})


def display() -> dict[str, Any]:
    """What the viewer shows now, and how."""
    return {key: st.session_state[key] for key in DISPLAY}


def choose_display(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Take over what a browser names of `DISPLAY`; what makes no sense is left out.

    A class is checked where its map is looked for, see `target`.
    """
    for key, choice in choices.items():
        if key in DISPLAYED and DISPLAYED[key](choice):
            st.session_state[key] = choice
    return display()


_HASH = 64  # hexadecimal digits
DISPLAYED: Mapping[str, Callable[[Any], bool]] = {
    "target": lambda choice: isinstance(choice, str),
    "sharp": lambda choice: isinstance(choice, str) and len(choice) <= 2 * _HASH + 1,  # of two
    **{
        key: lambda choice: isinstance(choice, str) and len(choice) <= _HASH
        for key in ("brush", "measure")
    },
    "blend": lambda choice: type(choice) is int and 0 <= choice <= 100,
    "colors": lambda choice: choice in tuple(COLORS),
    "panes": lambda choice: type(choice) is int and 1 <= choice <= len(PANES),
    "pane": lambda choice: choice in PANES,
    **{
        key: lambda choice: isinstance(choice, bool)
        for key, default in DISPLAY.items()
        if isinstance(default, bool)
    },
}
"""Whether a stranger's choice of `DISPLAY` makes sense, by key."""


def _browser() -> BrowserControls:
    browser: BrowserControls = st.session_state.setdefault("browser", BrowserControls())
    return browser
