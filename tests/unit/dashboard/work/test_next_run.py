"""A run works if it was asked for by the one before it, and only then."""

from __future__ import annotations

import logging

from streamlit import config
from streamlit.logger import get_logger
from streamlit.testing.v1 import AppTest

from dashboard.state.session import Session
from dashboard.work.next_run import is_time_to_work


def test_it_is_time_to_work_once_each_time_it_is_asked_for():
    session = Session()
    assert not is_time_to_work(session)
    session.asked_to_work = True
    assert is_time_to_work(session)
    assert not is_time_to_work(session)


def asks() -> None:
    import streamlit as st

    from dashboard.state.session import Session
    from dashboard.work.next_run import request_run

    session = st.session_state.setdefault("session", Session())
    request_run(session)
    st.text(str(session.asked_to_work))


def test_the_run_that_asks_ends_by_itself(monkeypatch):
    monkeypatch.undo()  # this is the real one
    app = AppTest.from_function(asks, default_timeout=120).run()
    assert not app.exception
    assert app.text[0].value == "False"


def test_a_request_that_comes_too_late_is_no_line_in_the_log():
    assert config.get_option("logger.level") == "warning"
    assert not get_logger("streamlit.runtime.app_session").isEnabledFor(logging.INFO)
