"""Style sheet, and translations of Streamlit's own controls."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from core.images.size_limits import MAX_BYTES
from dashboard.i18n.translate import DEFAULT_LANGUAGE, TABLES, Texts

ASSETS = Path(__file__).resolve().parents[2] / "assets"
MARK = ASSETS / "mark.svg"
_OWN_WORDS = (
    *("upload.button", "upload.hint", "upload.drop", "upload.too_large"),
    *("folder.button", "folder.hint"),
    *("model_upload.button", "model_upload.hint", "model_upload.drop", "model_upload.too_large"),
    *("camera.take", "camera.allow", "camera.learn", "download.failed"),
)
_NAMES = (
    *("open", "choose", "upload", "add", "fullscreen", "fullscreen_of", "remove"),
    *("help", "help_for", "columns", "csv", "search", "png", "spec", "chart"),
    *("clear", "clear_all", "selected", "notices", "close", "camera", "skip"),
    "shortcut",
)
"""Names that Streamlit gives its controls: in English those of Streamlit itself."""


def apply(say: Texts) -> None:
    """Put the style sheet onto the page; it finds the page's texts in CSS variables."""
    most = st.get_option("server.maxUploadSize")  # MB
    words = "".join(
        f"--{key.replace('.', '-')}:{json.dumps(said, ensure_ascii=False)};"
        for key in _OWN_WORDS
        if (said := say.plain(key, limit=MAX_BYTES // 1_000_000, most=most))
    )
    sheet = (ASSETS / "style.css").read_text("utf-8")
    keys = [f"streamlit.{name}" for name in _NAMES]
    names = {TABLES[DEFAULT_LANGUAGE][key]: TABLES[say.language][key] for key in keys}
    script = (
        f"<script>document.documentElement.lang = {json.dumps(say.language)};\n"
        f"{(ASSETS / 'names.js').read_text('utf-8')}\nnameControls({json.dumps(names)});</script>"
    )
    st.html(
        f"<style>:root{{{words}}}\n{sheet}</style>{script}",
        unsafe_allow_javascript=True,  # screen readers choose the voice by the page's language
    )
