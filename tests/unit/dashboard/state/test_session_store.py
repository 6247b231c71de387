"""Visits that outlive a reload: who gets them back, and for how long."""

from __future__ import annotations

import gc
import weakref

import pytest

from dashboard.state import session_store
from dashboard.state.session import Visit
from dashboard.state.session_store import MINUTES, Kept, Visits


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions that a browser is connected to."""
    connected: set[str] = set()
    monkeypatch.setattr(session_store, "open_page", lambda session: session in connected)
    monkeypatch.setattr(session_store, "_PATIENCE", 0.1)
    return connected


def test_a_visit_is_given_to_the_browser_that_knows_its_name(pages):
    visits, visit = Visits(), Visit()
    visits.keep("secret", Kept(visit, "first", {"mode": "all"}))
    assert visits.back("guess", "second") is None
    kept = visits.back("secret", "second")
    assert kept is not None
    assert kept.visit is visit
    assert kept.choices == {"mode": "all"}
    assert kept.session == "second"


def test_a_visit_that_another_page_shows_stays_there(pages):
    visits = Visits()
    visits.keep("secret", Kept(Visit(), "first", {}))
    pages.add("first")
    assert visits.back("secret", "second") is None
    pages.remove("first")
    assert visits.back("secret", "second") is not None
    pages.add("second")
    assert visits.back("secret", "third") is None


def test_a_visit_whose_page_is_gone_is_forgotten_after_a_while(pages):
    visits, visit = Visits(), Visit()
    gone = weakref.ref(visit)
    kept = Kept(visit, "first", {})
    visits.keep("secret", kept)
    pages.add("first")
    later = kept.seen + 3600
    visits.forget(later)  # it is still shown
    pages.remove("first")
    visits.forget(later + 60 * MINUTES - 1)
    assert visits.back("secret", "second") is kept
    visits.forget(later + 60 * MINUTES + 1)
    assert visits.back("secret", "second") is None
    del visit, kept
    gc.collect()
    assert gone() is None
