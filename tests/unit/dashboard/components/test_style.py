"""The style sheet, with the page's texts in it."""

from __future__ import annotations

import json
import re

import streamlit as st

from dashboard.components import style
from dashboard.i18n.translate import Texts


def test_streamlits_own_controls_get_words_in_the_readers_language(monkeypatch):
    drawn = []
    monkeypatch.setattr(st, "html", lambda html, **_: drawn.append(html))
    style.apply(Texts("ja"))
    (html,) = drawn
    words = json.dumps(Texts("ja").plain("camera.take"), ensure_ascii=False)
    assert f"--camera-take:{words};" in html
    assert 'document.documentElement.lang = "ja"' in html
    assert (style.ASSETS / "style.css").read_text("utf-8") in html
    asked, given = re.findall(r"var\((--[\w-]+)\)", html), re.findall(r"(--[\w-]+):", html)
    assert asked
    assert set(asked) <= set(given)
