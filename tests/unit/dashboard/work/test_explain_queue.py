"""Photos that came in, explained a few at a time."""

from __future__ import annotations

import logging

from core.images.decode import PREVIEW, read_photo
from core.images.preprocess import fit, place
from dashboard.state.session import Entry, Session
from dashboard.work import explain_queue
from dashboard.work.model_pool import Model, PooledModel
from tests.support.page import (
    drop,
    explainer_of,
    jpeg,
    page,
    said,
    tiles,
)


def test_an_unexpected_error_hits_one_photo_and_goes_to_the_log(network, caplog):
    photo = read_photo(jpeg(2), longest=PREVIEW)
    fitted = fit(photo.rgb, place((40, 60), (64, 64), "squash"))
    network.chokes_on = explainer_of(network).prepare(fitted[None])[0]
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(4)))
    assert len(tiles(at)) == 3
    assert "2.jpg" in [text.value for text in at.text]
    assert "Unexpected error" in said(at)
    assert "secret detail" not in said(at)
    assert "secret detail" in caplog.text


def test_a_few_small_photos_are_explained_at_once_by_a_model_in_memory(network, monkeypatch):
    opened: set[str] = set()
    monkeypatch.setattr(explain_queue, "_opened", opened)
    explainer = explainer_of(network)
    model = Model("key", "Model", explainer.card, lambda: PooledModel(explainer))

    def explained_at_once(seeds: range) -> int:
        session = Session()
        session.add(Entry(f"{seed}.jpg", jpeg(seed)) for seed in seeds)
        explain_queue.explain_few(session, model)
        return len(session.explained("key"))

    few, many = range(explain_queue.BATCH), range(explain_queue.BATCH + 1)
    assert explained_at_once(few) == 0  # loading it takes its time
    opened.add("key")
    assert explained_at_once(few) == len(few)
    assert explained_at_once(many) == 0
    monkeypatch.setattr(explain_queue, "_SMALL", 100)
    assert explained_at_once(few) == 0
