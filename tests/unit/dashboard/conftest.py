"""The fixtures that the tests of the page share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cache

import pytest
import streamlit
from streamlit.components.v2 import manifest_scanner

from dashboard.state.session import Session
from dashboard.work import next_run
from tests.support.evidence_page import rice_network, serve
from tests.support.page import network, state, without_evidence
from tests.support.reviewed_photos import reviewed, shipped_model

__all__ = [
    "network",
    "reviewed",
    "rice_network",
    "serve",
    "shipped_model",
    "state",
    "without_evidence",
]


@pytest.fixture(autouse=True, scope="session")
def component_manifests() -> Iterator[None]:
    """What is installed is looked through once; Streamlit does so for every `AppTest`."""
    scan = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True, scope="module")
def frozen_heap() -> None:
    """Streamlit collects garbage after each run: TensorFlow, which other tests have imported, and
    all that they left is not looked through each time."""
    gc.freeze()


@pytest.fixture(autouse=True)
def works_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that works follows at once: `AppTest` has no browser that asks for it."""

    def request_run(session: Session) -> None:
        session.asked_to_work = True
        streamlit.rerun()

    monkeypatch.setattr(next_run, "request_run", request_run)
