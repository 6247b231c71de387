"""Errors in a part of the page."""

from __future__ import annotations

import logging

import pytest
import streamlit as st

from core.errors import ModelError
from dashboard.components.error_boundary import error_boundary
from dashboard.i18n.translate import Texts, escape


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page says went wrong."""
    said: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, **_: said.append(text))
    return said


def test_an_unforeseen_error_is_said_in_the_readers_language_and_logged(errors, caplog):
    with caplog.at_level(logging.ERROR, "dashboard"), error_boundary(Texts("ja")):
        raise ZeroDivisionError("secret detail")
    assert errors == [Texts("ja")("unexpected_error")]
    assert "secret detail" in caplog.text
    assert "Traceback" in caplog.text


def test_an_error_of_ours_says_what_it_is(errors):
    error = ModelError("no_models", "none")
    with error_boundary(Texts("en")):
        raise error
    assert errors == [escape(Texts("en").error(error))]


def test_what_streamlit_ends_a_run_with_goes_on(errors):
    class Rerun(BaseException):
        pass

    with pytest.raises(Rerun), error_boundary(Texts("en")):
        raise Rerun
    assert not errors
