"""Closed pages: Streamlit's own sessions, which it would keep for longer than it needs them."""

from __future__ import annotations

import logging
from typing import Any

from streamlit import runtime
from streamlit.runtime.state import SessionState

log = logging.getLogger("dashboard")


def forget_closed_pages() -> None:
    """Let Streamlit forget the pages that were closed more than two minutes ago.

    It gives a page two minutes to connect again, but ends its session only when another page is
    closed, and its loop holds the last one that it wrote to until it writes to another: what the
    last visitors of the day brought and saw would stay in memory. May be called in any thread.

    Example:
        >>> forget_closed_pages()  # nothing happens where no server runs
    """
    try:
        server: Any = runtime.get_instance()
        closed = server._session_mgr._session_storage._cache
        server._get_async_objs().eventloop.call_soon_threadsafe(_forget, closed)
    except (AttributeError, RuntimeError):  # a Streamlit with other insides, or no server
        log.debug("closed pages are not forgotten before another one is closed", exc_info=True)


def _forget(closed: Any) -> None:
    """What is done in the loop of the server; nothing else may touch its storage meanwhile."""
    for _, page in closed.expire():
        page.session.shutdown()
        # Cleared, the state would keep what its controls were drawn with.
        page.session._session_state = SessionState()
        page.session._fragment_storage.clear()
