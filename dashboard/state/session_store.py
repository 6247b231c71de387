"""Stored sessions that survive a reload, by a secret name in a cookie.

Streamlit gives every load of a page a new session. The name is a secret, good for one reload, that
lies in a cookie from when a page goes until the next one is there, for at most `MINUTES`.
"""

from __future__ import annotations

import secrets
import time
import weakref
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.state import controls
from dashboard.state.closed_pages import forget_closed_pages
from dashboard.state.heap import freeze_heap
from dashboard.state.server_cache import cached_for_server
from dashboard.state.session import Session, current_session
from dashboard.state.temporary_folder import remove_abandoned_folders

MINUTES = 10
"""How long a session is stored for a browser that may come back."""

COOKIE = "rice-lens-visit"
_CHOICES = ("model", *controls.DEFAULTS)
# Said when the page goes, so that of two tabs each comes back to its own session; taken back when
# the next one is there, so that the browser knows the name no longer than it needs.
_SCRIPT = """<script>
    if (!window.riceLensVisit) {{
        const secure = location.protocol == "https:" ? "; secure" : "";
        const rest = "; path=/; samesite=strict" + secure;
        document.cookie = "{name}=; max-age=0" + rest;
        addEventListener("pagehide", () => {{ document.cookie = window.riceLensVisit + rest; }});
    }}
    window.riceLensVisit = "{cookie}";
</script>"""
_PATIENCE = 0.5  # seconds until the server notices that a page is gone
_STEP = 0.05
_ROUND = 60  # seconds between two looks for sessions that have expired


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
        ended = Event()
        weakref.finalize(self, ended.set)
        Thread(target=_watch, args=(weakref.ref(self), ended), daemon=True).start()

    def store(self, name: str, stored: StoredSession) -> None:
        """Store a session, in place of what had its name."""
        with self._lock:
            self._stored[name] = stored

    def reclaim(self, name: str) -> StoredSession | None:
        """Give a session to a page that knows its name, unless another page shows it.

        The name is used up: a later reader finds nothing.
        """
        until = time.monotonic() + self._patience
        while (stored := self._stored.get(name)) and is_connected(stored.session_id):
            if time.monotonic() > until:
                return None
            time.sleep(_STEP)
        with self._lock:
            stored = self._stored.get(name)
            if stored is None or is_connected(stored.session_id):
                return None
            return self._stored.pop(name)

    def drop_expired(self, now: float) -> None:
        """Forget the sessions whose page has been gone for too long."""
        with self._lock:
            for name, stored in [*self._stored.items()]:
                if is_connected(stored.session_id):
                    stored.last_seen = now
                elif now > stored.last_seen + 60 * MINUTES:
                    del self._stored[name]


def _watch(reference: weakref.ref[SessionStore], ended: Event) -> None:
    """What the thread of a store does; it ends with the store."""
    while not ended.wait(_ROUND):
        store = reference()
        if store:
            store.drop_expired(time.monotonic())
        del store
        forget_closed_pages()
        freeze_heap()  # what the visits left goes; models and modules that came stay


def is_connected(session_id: str) -> bool:
    """Whether a browser is connected to a session."""
    if not runtime.exists():  # the server has been shut
        return False
    return runtime.get_instance().is_active_session(session_id) is True  # a stand-in's is neither


@cached_for_server
def session_store() -> SessionStore:
    """This server's."""
    freeze_heap()  # by now the page's modules are imported
    Thread(target=remove_abandoned_folders, daemon=True).start()
    return SessionStore()


def restored_session() -> Session:
    """This session: the one that this browser had before it reloaded the page, or a new one."""
    state, session_id = st.session_state, _page_id()
    if session_id is None:
        return current_session()
    if "visit-name" not in state:
        stored = session_store().reclaim(st.context.cookies.get(COOKIE, ""))
        state["visit-name"] = secrets.token_urlsafe(24)
        if stored:
            state.session = stored.session
            for key, choice in stored.choices.items():
                state[key] = choice
    remember_choices()
    cookie = f"{COOKIE}={state['visit-name']}; max-age={60 * MINUTES}"
    st.html(_SCRIPT.format(name=COOKIE, cookie=cookie), unsafe_allow_javascript=True)
    return current_session()


def remember_choices() -> None:
    """Keep the session and what its controls are set to; after a run of a part of the page, too."""
    state, session_id = st.session_state, _page_id()
    if session_id is not None and "visit-name" in state:
        choices = {key: state[key] for key in _CHOICES if key in state}
        stored = StoredSession(current_session(), session_id, choices)
        session_store().store(state["visit-name"], stored)


def _page_id() -> str | None:
    """The id of the page's Streamlit session; None where no browser is behind it."""
    context = get_script_run_ctx()
    here = context is not None and is_connected(context.session_id)
    return context.session_id if context is not None and here else None
