"""Landing page, before any photo: one sentence and one picture."""

from __future__ import annotations

import streamlit as st

from dashboard.components.style import ASSETS
from dashboard.i18n.translate import Texts


def draw(say: Texts) -> None:
    """Draw what the page is for."""
    with st.container(key="empty", horizontal_alignment="center"):
        drawing = (ASSETS / "empty.svg").read_text("utf-8")
        st.image(drawing, alt=say.plain("landing.picture"), width=760)
        st.markdown(say("landing"), text_alignment="center")
