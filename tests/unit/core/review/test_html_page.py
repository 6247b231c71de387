"""What pages are made with: texts in both languages, all of it escaped."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from core.review.html_page import data_uri, in_both_languages, open_template
from core.texts import Bilingual


def page(folder, body):
    file = folder / "own.html.jinja"
    file.write_text(
        '{% extends "page.html.jinja" %}{% block title %}A{% endblock %}{% block main %}'
        + body
        + "{% endblock %}",
        "utf-8",
    )
    return open_template(file)


def test_a_page_has_both_languages_and_escapes_what_is_put_in(tmp_path):
    source = page(tmp_path, "{{ t('tile.photos') }} {{ name }}").render(name="<script>")
    assert '<span lang="en">photos</span><span lang="ja">写真</span> &lt;script&gt;' in source
    assert "default-src 'none'" in source
    assert "<title>A</title>" in source


def test_what_is_not_given_is_an_error(tmp_path):
    with pytest.raises(UndefinedError):
        page(tmp_path, "{{ missing }}").render()


def test_what_is_the_same_in_both_is_said_once():
    assert in_both_languages(Bilingual("Ketan", "Ketan")) == "Ketan"


def test_a_file_becomes_an_address():
    assert data_uri("image/jpeg", b"") == "data:image/jpeg;base64,"
