"""The style sheet, with the page's texts in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import streamlit as st

from dashboard.components import style
from dashboard.i18n.translate import TEXTS, Texts


def test_streamlits_own_controls_get_words_in_the_readers_language(monkeypatch):
    drawn = []
    monkeypatch.setattr(st, "html", lambda html, **_: drawn.append(html))
    style.apply(Texts("ja"))
    (html,) = drawn
    for key in ("camera.take", "download.failed"):
        words = json.dumps(Texts("ja").plain(key), ensure_ascii=False)
        assert f"--{key.replace('.', '-')}:{words};" in html
    assert 'document.documentElement.lang = "ja"' in html
    assert (style.ASSETS / "style.css").read_text("utf-8") in html
    asked, given = re.findall(r"var\((--[\w-]+)\)", html), re.findall(r"(--[\w-]+):", html)
    assert asked
    assert set(asked) <= set(given)


def test_streamlit_has_the_elements_that_the_sheet_changes():
    names = set(re.findall(r'data-testid="(\w+)"', (style.ASSETS / "style.css").read_text("utf-8")))
    assert "stDownloadButtonError" in names
    for script in (Path(st.__file__).parent / "static").rglob("*.js"):
        text = script.read_text("utf-8")
        names = {name for name in names if name not in text}
    assert not names


def test_streamlit_has_the_names_that_get_other_words():
    names = {text["en"] for key, text in TEXTS.items() if key.startswith("streamlit.")}
    parts = {re.sub(r":? ?\{of\}", "", name) for name in names}
    assert "Help for" in parts
    for script in (Path(st.__file__).parent / "static").rglob("*.js"):
        text = script.read_text("utf-8")
        parts = {part for part in parts if part not in text}
    assert not parts
