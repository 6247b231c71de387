"""Sessions that outlive a reload: who gets them back, and for how long."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
import streamlit as st

from dashboard.state import session_store
from dashboard.state.session import Session
from dashboard.state.session_store import MINUTES, SessionStore, StoredSession


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions that a browser is connected to."""
    connected: set[str] = set()
    monkeypatch.setattr(session_store, "is_connected", lambda session: session in connected)
    return connected


def test_a_visit_is_given_to_the_browser_that_knows_its_name(pages):
    session_store, session = SessionStore(patience=0.1), Session()
    session_store.store("secret", StoredSession(session, "first", {"mode": "all"}))
    assert session_store.reclaim("guess") is None
    kept = session_store.reclaim("secret")
    assert kept is not None
    assert kept.session is session
    assert kept.choices == {"mode": "all"}
    assert session_store.reclaim("secret") is None  # it is good for one reload


def test_a_visit_that_another_page_shows_stays_there(pages):
    session_store = SessionStore(patience=0.1)
    session_store.store("secret", StoredSession(Session(), "first", {}))
    pages.add("first")
    assert session_store.reclaim("secret") is None
    pages.remove("first")
    assert session_store.reclaim("secret") is not None


def test_a_visit_whose_page_is_gone_is_forgotten_after_a_while(pages):
    session_store, session = SessionStore(patience=0.1), Session()
    gone = weakref.ref(session)
    kept = StoredSession(session, "first", {})
    session_store.store("secret", kept)
    pages.add("first")
    later = kept.last_seen + 3600
    session_store.drop_expired(later)  # it is still shown
    pages.remove("first")
    session_store.drop_expired(later + 60 * MINUTES - 1)
    assert session_store.reclaim("secret") is kept
    session_store.store("secret", kept)
    session_store.drop_expired(later + 60 * MINUTES + 1)
    assert session_store.reclaim("secret") is None
    del session, kept
    gc.collect()
    assert gone() is None


def test_the_thread_of_a_store_ends_with_it(pages):
    before = set(threading.enumerate())
    store = SessionStore(patience=0.1)
    (watcher,) = set(threading.enumerate()) - before
    del store
    gc.collect()
    watcher.join(60)
    assert not watcher.is_alive()


def test_a_server_freezes_its_heap_at_the_first_visit_and_each_minute(monkeypatch):
    frozen = threading.Semaphore(0)
    monkeypatch.setattr(session_store, "freeze_heap", frozen.release)
    monkeypatch.setattr(session_store, "_ROUND", 0)
    make_store = session_store.session_store.__wrapped__
    store = make_store()
    for _ in range(3):
        assert frozen.acquire(timeout=60)
    del store


def test_no_visitor_can_empty_the_store_for_all():
    store = session_store.session_store()
    st.cache_resource.clear()  # what a browser's message does
    assert session_store.session_store() is store
