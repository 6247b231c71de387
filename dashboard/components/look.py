"""Choice of light, dark or larger type for a projector; it is the browser's, not the visit's."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.components.style import ASSETS
from dashboard.i18n.translate import Texts

_SCRIPT = (ASSETS / "look.js").read_text("utf-8")


def draw(say: Texts) -> None:
    """Draw the choice, which a script in the page makes at once."""
    looks = {
        "system": say.plain("look.system"),
        "light": say.plain("look.light"),
        "dark": say.plain("look.dark"),
        "projector": say.plain("look.projector"),
    }
    options = "".join(
        f'<option value="{look}">{escape(name)}</option>' for look, name in looks.items()
    )
    st.html(
        f'<label class="look"><span>{escape(say.plain("look"))}</span> <select>{options}</select>'
        f"</label><script>{_SCRIPT}\nofferLooks();</script>",
        unsafe_allow_javascript=True,
    )
