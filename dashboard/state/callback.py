"""Callbacks of controls: an error in one does not end the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import LensError

log = logging.getLogger("dashboard")
_ERROR = "callback-error"
P = ParamSpec("P")


def guarded(call: Callable[P, object]) -> Callable[P, None]:
    """A function for a control's `on_click`, `on_change` or `on_select`, which raises nothing.

    Streamlit calls it before the page's run, and shows its own words instead of the page if it
    fails. An error is kept for `callback_error`; an unforeseen one goes to the log.
    """

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            call(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, LensError):
                log.exception("what a visitor chose cannot be done")
            st.session_state[_ERROR] = error

    return run


def once_a_click(call: Callable[P, object]) -> Callable[P, None]:
    """A function for the `on_click` of a button in no fragment, called once a click.

    While the page works, the browser asks for runs by itself, see `work.next_run`. Such a request
    names a click that is about to be sent, and the click comes again when it is. What only sets a
    value may be called twice; what goes one step on, or back and forth, may not.
    """

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        context = get_script_run_ctx()
        if not (context and context.fragment_ids_this_run):
            call(*args, **kwargs)

    return run


def callback_error() -> Exception | None:
    """What went wrong in a callback before this run; given once."""
    error: Exception | None = st.session_state.pop(_ERROR, None)
    return error
