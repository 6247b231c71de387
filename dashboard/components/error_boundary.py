"""Error boundary: an error in one part of the page is shown there, the rest stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import LensError
from dashboard.i18n.translate import Texts, escape

log = logging.getLogger("dashboard")


@contextmanager
def error_boundary(say: Texts) -> Iterator[None]:
    """Draw a part of the page; an error ends that part, and is said in the reader's language.

    An unforeseen error goes to the log with its traceback. What Streamlit ends a run with is none.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, LensError):
            log.exception("a part of the page cannot be drawn")
        draw_error(say, error)


def draw_error(say: Texts, error: Exception) -> None:
    """Say in the reader's language what went wrong."""
    text = say("unexpected_error")
    if isinstance(error, LensError):
        text = escape(say.error(error))
    st.error(text, icon=":material/error:")
