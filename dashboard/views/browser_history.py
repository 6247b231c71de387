"""Back and Forward of the browser, between photos and views: each is a step of its history.

The page's address is written by `address_bar`, which makes a step where the place is another one.
Here the server hears that the visitor went back or on, the one message that is sent for it.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.components.style import ASSETS
from dashboard.state.callback import guarded
from dashboard.state.controls import ALL, set_mode, show_target
from dashboard.state.places import NOWHERE, Place, Places
from dashboard.state.session import Session
from dashboard.views.review import table

_KEY = "history"
_mount = st.components.v2.component(
    "rice_lens_history", js=(ASSETS / "history.js").read_text("utf-8")
)


def draw(session: Session) -> None:
    """Listen to the browser's Back and Forward; nothing is to be seen of it."""
    with st.container(key=_KEY + "-place"):
        _mount(key=_KEY, on_place_change=partial(guarded(_hear), session))


def go(session: Session, name: object) -> None:
    """Show the place of a step of the history, as far as it is still there.

    Args:
        session: Has the places.
        name: As the browser says it, which may be anything.
    """
    if not isinstance(name, str) or len(name) > 16:
        return
    place = session.part(Places).go(name)
    if not session.photos or place in (None, NOWHERE) or place.photo not in ("", *session.photos):
        return
    if place.mode == ALL:
        table.back()
    else:
        set_mode(place.mode)
    if place.photo:
        session.select(place.photo)
        show_target(place.photo, place.target)


def current_name(session: Session) -> str:
    """The name that the browser's history has for what is shown now."""
    if not session.photos:
        return session.part(Places).name(NOWHERE)
    mode, target = st.session_state.mode, st.session_state.target
    place = Place(mode) if mode == ALL else Place(mode, session.selected, target)
    return session.part(Places).name(place)


def _hear(session: Session) -> None:
    go(session, st.session_state[_KEY]["place"])
