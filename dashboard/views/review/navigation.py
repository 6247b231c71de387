"""Navigation from a photo back to the list of all, and what marks it."""

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
    """Draw the way back, and what marks the photo, once all photos were looked at together."""
    review = next(
        (each for key, each in session.part(Reviews).items() if key[0] == model.key), None
    )
    if review is None:
        return
    with st.container(key="review-way", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            say("review.back"),
            key="review-back",
            icon=":material/arrow_back:",
            on_click=guarded(table.back),
        )
        review_notes.draw(say, session, launch, review.identity, session.selected)
        if session.marked in session.photos:
            st.button(
                say("mark.back", name=session.photos[session.marked].name),
                key="mark-back",
                icon=":material/undo:",
                on_click=guarded(session.select),
                args=(session.marked,),
                type="tertiary",
            )
