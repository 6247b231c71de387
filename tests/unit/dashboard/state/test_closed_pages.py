"""Closed pages: forgotten when their time to connect again is over, though none is closed then.

That nothing of a visit is left in a server that runs is held by `tests/browser/test_reload.py`.
"""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo

from dashboard.state.closed_pages import forget_closed_pages


@pytest.mark.parametrize(("seconds", "forgotten"), [(0, True), (3600, False)])
def test_a_closed_page_is_forgotten_when_it_may_connect_no_more(monkeypatch, seconds, forgotten):
    storage, page = MemorySessionStorage(ttl_seconds=seconds), MagicMock(spec=AppSession)
    page.id, page._fragment_storage = "page", MagicMock()
    page._session_state = drawn_with = object()
    storage.save(SessionInfo(None, page, 0))
    loop = SimpleNamespace(call_soon_threadsafe=lambda call, *arguments: call(*arguments))
    server = SimpleNamespace(
        _session_mgr=SimpleNamespace(_session_storage=storage),
        _get_async_objs=lambda: SimpleNamespace(eventloop=loop),
    )
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    forget_closed_pages()
    assert page.shutdown.called is forgotten
    assert (page._session_state is drawn_with) is not forgotten
    assert page._fragment_storage.clear.called is forgotten


def test_a_streamlit_with_other_insides_is_left_alone(monkeypatch):
    monkeypatch.setattr(runtime, "get_instance", SimpleNamespace)
    forget_closed_pages()
