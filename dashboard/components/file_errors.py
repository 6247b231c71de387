"""Files that could not be read, each with its error."""

from __future__ import annotations

import streamlit as st

from dashboard.i18n.translate import Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.session import Session


def draw(say: Texts, session: Session, model: str) -> None:
    """Draw a row for each file that could not be read or explained."""
    for sha256, entry in list(session.photos.items()):
        error = session.error(model, sha256)
        if error is None:
            continue
        with st.container(
            key=f"trouble-{sha256[:16]}", horizontal=True, vertical_alignment="center", gap="small"
        ):
            with st.container(gap=None, width="stretch"):
                st.text(entry.name)
                st.caption(escape(say.error(error)))
            st.button(
                say("file_errors.dismiss"),
                icon=":material/close:",
                key=f"dismiss-{sha256}",
                on_click=guarded(session.dismiss),
                args=(sha256,),
                type="tertiary",
            )
