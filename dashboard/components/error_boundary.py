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
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
    except Exception:
        log.exception("a part of the page cannot be drawn")
        st.error(say("unexpected_error"), icon=":material/error:")
