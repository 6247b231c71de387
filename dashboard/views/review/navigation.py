"""Navigation from a photo back to the list it was opened from, and to the next one."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.launch_options import LaunchOptions
from dashboard.state.session import Session
from dashboard.views.review import review_notes, table
from dashboard.work.model_pool import Model
from dashboard.work.review_job import Reviews


def draw(say: Texts, session: Session, launch: LaunchOptions, model: Model) -> None:
    """Draw the steps, and what marks the photo, once all photos were looked at together."""
    review = next(
        (each for key, each in session.part(Reviews).items() if key[0] == model.key), None
    )
    if review is None:
        return
    order = session.listed
    place = order.index(session.selected) if session.selected in order else -1
    with st.container(key="review-way", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            say("review.back"),
            key="review-back",
            icon=":material/arrow_back:",
            on_click=guarded(table.back),
        )
        if place >= 0:
            facts = {"number": place + 1, "total": len(order)}
            st.text(say.plain("review.place", **facts), width="content")
            _step(say, session, -1, "review.previous", "arrow_upward")
            _step(say, session, 1, "review.next", "arrow_downward")
        review_notes.draw(say, session, launch, review.identity, session.selected)


def _step(say: Texts, session: Session, by: int, label: str, icon: str) -> None:
    order = session.listed
    st.button(
        say(label),
        key=label,
        icon=f":material/{icon}:",
        on_click=guarded(session.step),
        args=(order, by),
        disabled=not 0 <= order.index(session.selected) + by < len(order),
        type="tertiary",
    )
