"""Work in runs of its own, each after one that has drawn the page to its end.

Streamlit takes what a run did not draw off the page only when that run has ended by itself: after
`st.rerun`, or while a run goes on to work, it stands there, faded, beside what is new. So a run
that the visitor asked for draws and ends, and the browser asks for the next one, which works.
"""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import Session

_SOON = 0.05  # seconds


def is_time_to_work(session: Session) -> bool:
    """Whether this run was asked for by `request_run`, so that all on the page is of today.

    True once for each such run; asked at its beginning.
    """
    asked, session.asked_to_work = session.asked_to_work, False
    return asked


def request_run(session: Session) -> None:
    """Let the browser ask for a run that works, as soon as this one has ended.

    Drawn last. Whatever the visitor does meanwhile comes first.
    """
    drawn = False

    @st.fragment(run_every=_SOON)
    def ask() -> None:
        nonlocal drawn
        if drawn:
            session.asked_to_work = True
            st.rerun()
        drawn = True

    with st.container(key="working"):
        ask()
