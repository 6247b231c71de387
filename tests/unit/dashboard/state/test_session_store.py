"""Sessions that outlive a reload: who gets them back, and for how long."""

from __future__ import annotations

import gc
import weakref

import pytest

from dashboard.state import session_store
from dashboard.state.session import Session
from dashboard.state.session_store import MINUTES, Kept, SessionStore


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions that a browser is connected to."""
    connected: set[str] = set()
    monkeypatch.setattr(session_store, "open_page", lambda session: session in connected)
    monkeypatch.setattr(session_store, "_PATIENCE", 0.1)
    return connected


def test_a_visit_is_given_to_the_browser_that_knows_its_name(pages):
    session_store, session = SessionStore(), Session()
    session_store.keep("secret", Kept(session, "first", {"mode": "all"}))
    assert session_store.back("guess", "second") is None
    kept = session_store.back("secret", "second")
    assert kept is not None
    assert kept.session is session
    assert kept.choices == {"mode": "all"}
    assert kept.session_id == "second"


def test_a_visit_that_another_page_shows_stays_there(pages):
    session_store = SessionStore()
    session_store.keep("secret", Kept(Session(), "first", {}))
    pages.add("first")
    assert session_store.back("secret", "second") is None
    pages.remove("first")
    assert session_store.back("secret", "second") is not None
    pages.add("second")
    assert session_store.back("secret", "third") is None


def test_a_visit_whose_page_is_gone_is_forgotten_after_a_while(pages):
    session_store, session = SessionStore(), Session()
    gone = weakref.ref(session)
    kept = Kept(session, "first", {})
    session_store.keep("secret", kept)
    pages.add("first")
    later = kept.seen + 3600
    session_store.forget(later)  # it is still shown
    pages.remove("first")
    session_store.forget(later + 60 * MINUTES - 1)
    assert session_store.back("secret", "second") is kept
    session_store.forget(later + 60 * MINUTES + 1)
    assert session_store.back("secret", "second") is None
    del session, kept
    gc.collect()
    assert gone() is None
