"""A session that outlives a reload of its page: the browser knows its name, the server keeps it.

Streamlit gives every load of a page a new session. The name is a secret that stays in a cookie
until the browser is closed; whoever does not know it cannot get at the session.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.state.session import Session
from dashboard.state.session import current as this_session

MINUTES = 10
"""How long a session is kept for a browser that may come back."""

COOKIE = "rice-lens-visit"
_CHOICES = ("model", "mode", "review-show", "review-evidence")
# Said when the page goes, so that of two tabs each comes back to its own session.
_SCRIPT = """<script>
    if (!window.riceLensVisit)
        addEventListener("pagehide", () => {{ document.cookie = window.riceLensVisit; }});
    window.riceLensVisit = "{cookie}";
</script>"""
_PATIENCE = 0.5  # seconds until the server notices that a page is gone
_STEP = 0.05


@dataclass
class Kept:
    """A session, whose it is, and when it was last seen.

    Attributes:
        session: The session.
        session_id: Of the page that it is shown on.
        choices: What the controls were set to.
        seen: By `time.monotonic`.
    """

    session: Session
    session_id: str
    choices: dict[str, Any]
    seen: float = field(default_factory=time.monotonic)


class SessionStore:
    """The sessions of this server, by their secret names."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._turn = Lock()
        Thread(target=self._watch, daemon=True).start()

    def keep(self, name: str, kept: Kept) -> None:
        """Keep a session, in place of what had its name."""
        with self._turn:
            self._kept[name] = kept

    def back(self, name: str, session_id: str) -> Kept | None:
        """Give a session to a page that knows its name, unless another page shows it.

        Args:
            name: As the browser says.
            session_id: The new page's.
        """
        until = time.monotonic() + _PATIENCE
        while name in self._kept and open_page(self._kept[name].session_id):
            if time.monotonic() > until:
                return None
            time.sleep(_STEP)
        with self._turn:
            kept = self._kept.get(name)
            if kept is None or open_page(kept.session_id):
                return None
            kept.session_id = session_id
            return kept

    def forget(self, now: float) -> None:
        """Forget the sessions whose page has been gone for too long."""
        with self._turn:
            for name, kept in [*self._kept.items()]:
                if open_page(kept.session_id):
                    kept.seen = now
                elif now > kept.seen + 60 * MINUTES:
                    del self._kept[name]

    def _watch(self) -> None:
        while True:
            time.sleep(60)
            self.forget(time.monotonic())


def open_page(session_id: str) -> bool:
    """Whether a browser is connected to a session."""
    if not runtime.exists():  # the server has been shut
        return False
    return runtime.get_instance().is_active_session(session_id) is True  # a stand-in's is neither


@st.cache_resource(show_spinner=False)
def session_store() -> SessionStore:
    """This server's."""
    return SessionStore()


def current() -> Session:
    """This session: the one that this browser had before it loaded the page anew, or a new one."""
    state, session_id = st.session_state, _session()
    if session_id is None:
        return this_session()
    if "visit-name" not in state:
        name = st.context.cookies.get(COOKIE, "")
        kept = session_store().back(name, session_id)
        state["visit-name"] = name if kept else secrets.token_urlsafe(24)
        if kept:
            state.session = kept.session
            for key, choice in kept.choices.items():
                state[key] = choice
    choices = {key: state[key] for key in _CHOICES if key in state}
    session_store().keep(state["visit-name"], Kept(this_session(), session_id, choices))
    cookie = f"{COOKIE}={state['visit-name']}; path=/; samesite=strict"
    st.html(_SCRIPT.format(cookie=cookie), unsafe_allow_javascript=True)
    return this_session()


def _session() -> str | None:
    """The page's session; None where no browser is behind it."""
    context = get_script_run_ctx()
    here = context is not None and open_page(context.session_id)
    return context.session_id if context is not None and here else None
