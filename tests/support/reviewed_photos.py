"""Reviews of photos that are drawn at random, with a shipped model."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.explain.open_explainer import open_explainer
from core.models.registry import find_model
from dashboard.state.session import Entry
from dashboard.work.model_pool import Model, PooledModel
from dashboard.work.review_job import Review, Reviews
from tests.support.page import choose, drop, jpeg, page
from tests.support.photo_folders import write_photo


@pytest.fixture(scope="session")
def shipped_model() -> Model:
    """A shipped model, loaded."""
    path = find_model("rice-64")
    loaded = PooledModel(open_explainer(path))
    return Model(str(path), path.name, loaded.explainer.card, lambda: loaded)


def photos(folder: Path, names: list[str]) -> list[Entry]:
    """Different photos of these names."""
    entries = []
    for name in names:
        write_photo(folder / name, zlib.crc32(name.encode()))
        entries.append(Entry(name, (folder / name).read_bytes()))
    return entries


def finish(review: Review) -> None:
    """Start a review, and wait until it is finished."""
    review.start()
    until = time.monotonic() + 120
    while review.job.running and time.monotonic() < until:
        time.sleep(0.01)
    assert review.job.finished
    assert review.job.error is None


@pytest.fixture
def reviewed(network) -> AppTest:
    """The page with a finished review of three photos, one of them broken."""
    at = drop(page(), ("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("none.jpg", b""))
    choose(at, "mode", "all")
    (review,) = at.session_state["session"].part(Reviews).values()
    until = time.monotonic() + 60
    while review.job.running and time.monotonic() < until:
        time.sleep(0.01)
    assert review.job.finished
    at.run()
    assert not at.exception
    return at
