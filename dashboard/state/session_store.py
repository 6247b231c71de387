"""Sessions that outlive a reload of their page: the browser knows the name, the server the rest.

Streamlit gives every load of a page a new session. The name is a secret that stays in a cookie
until the browser is closed; without it nobody gets at the session.
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

from dashboard.state.session import Session, current_session

MINUTES = 10
"""How long a session is stored for a browser that may come back."""

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
class StoredSession:
    """A session, the page that shows it, and when that was last connected.

    Attributes:
        session: The session.
        session_id: Of the page that it is shown on.
        choices: What the controls were set to.
        last_seen: By `time.monotonic`.
    """

    session: Session
    session_id: str
    choices: dict[str, Any]
    last_seen: float = field(default_factory=time.monotonic)


class SessionStore:
    """The sessions of this server, by their secret names."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        """Give a page that goes so many seconds to be gone before its session is asked for."""
        self._patience = patience
        self._stored: dict[str, StoredSession] = {}
        self._lock = Lock()
        Thread(target=self._watch, daemon=True).start()

    def keep(self, name: str, stored: StoredSession) -> None:
        """Keep a session, in place of what had its name."""
        with self._lock:
            self._stored[name] = stored

    def reclaim(self, name: str, session_id: str) -> StoredSession | None:
        """Give a session to a page that knows its name, unless another page shows it.

        Args:
            name: As the browser says.
            session_id: The new page's.
        """
        until = time.monotonic() + self._patience
        while name in self._stored and is_connected(self._stored[name].session_id):
            if time.monotonic() > until:
                return None
            time.sleep(_STEP)
        with self._lock:
            stored = self._stored.get(name)
            if stored is None or is_connected(stored.session_id):
                return None
            stored.session_id = session_id
            return stored

    def drop_expired(self, now: float) -> None:
        """Forget the sessions whose page has been gone for too long."""
        with self._lock:
            for name, stored in [*self._stored.items()]:
                if is_connected(stored.session_id):
                    stored.last_seen = now
                elif now > stored.last_seen + 60 * MINUTES:
                    del self._stored[name]

    def _watch(self) -> None:
        while True:
            time.sleep(60)
            self.drop_expired(time.monotonic())


def is_connected(session_id: str) -> bool:
    """Whether a browser is connected to a session."""
    if not runtime.exists():  # the server has been shut
        return False
    return runtime.get_instance().is_active_session(session_id) is True  # a stand-in's is neither


@st.cache_resource(show_spinner=False)
def session_store() -> SessionStore:
    """This server's."""
    return SessionStore()


def restored_session() -> Session:
    """This session: the one that this browser had before it reloaded the page, or a new one."""
    state, session_id = st.session_state, _page_id()
    if session_id is None:
        return current_session()
    if "visit-name" not in state:
        name = st.context.cookies.get(COOKIE, "")
        stored = session_store().reclaim(name, session_id)
        state["visit-name"] = name if stored else secrets.token_urlsafe(24)
        if stored:
            state.session = stored.session
            for key, choice in stored.choices.items():
                state[key] = choice
    choices = {key: state[key] for key in _CHOICES if key in state}
    session_store().keep(state["visit-name"], StoredSession(current_session(), session_id, choices))
    cookie = f"{COOKIE}={state['visit-name']}; path=/; samesite=strict"
    st.html(_SCRIPT.format(cookie=cookie), unsafe_allow_javascript=True)
    return current_session()


def _page_id() -> str | None:
    """The id of the page's Streamlit session; None where no browser is behind it."""
    context = get_script_run_ctx()
    here = context is not None and is_connected(context.session_id)
    return context.session_id if context is not None and here else None
