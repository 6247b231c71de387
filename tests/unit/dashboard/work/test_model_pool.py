"""The models in memory, and what a request to them costs."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from core.errors import LensError, ModelError
from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from core.models import registry
from dashboard.i18n.translate import TABLES, escape
from dashboard.work import model_pool
from dashboard.work.fair_lock import SerializedNetwork
from dashboard.work.model_pool import PooledModel
from tests.support.page import Network, drop, explainer_of, jpeg, network, page

__all__ = ["network"]  # a fixture


def test_a_model_that_cannot_be_opened_is_explained_in_words(network, monkeypatch):
    def fail(path: Path, cache: Path | None) -> Explainer:
        raise ModelError("model_unreadable", "cannot", name=path.name, reason="**zip**")

    monkeypatch.setattr(model_pool, "open_explainer", fail)
    at = drop(page("ja"), ("a.jpg", jpeg(1)))
    assert not at.exception
    assert escape("**zip**") in at.error[0].value
    assert TABLES["ja"]["errors.model_unreadable"].split("{")[0] in at.error[0].value


def test_a_model_that_fails_to_open_in_an_unforeseen_way_is_logged(monkeypatch, tmp_path, caplog):
    def fail(*_: object, **__: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(registry, "find_model", lambda name, folder: folder / name)
    monkeypatch.setattr(model_pool, "open_explainer", fail)
    with pytest.raises(LensError, match="log") as error:
        model_pool.load_installed("no such model", tmp_path)
    assert error.value.code == "unknown"
    assert "secret detail" in caplog.text


def test_the_networks_that_evidence_is_compared_with_take_turns(rice_network):
    held = PooledModel(rice_network.explainer).baselines
    assert held.randomized
    assert all(isinstance(each().network, SerializedNetwork) for each in held.randomized)


def test_the_price_of_a_request_is_its_passes_by_what_one_takes_here():
    network = Network()
    network.delay = 0.01
    loaded = PooledModel(explainer_of(network))
    assert 0.01 <= loaded.seconds_per_pass < 1
    calls = network.calls
    one = loaded.seconds(ExplainRequest())
    assert one == loaded.seconds_per_pass  # the last layer's gradient costs nothing
    assert loaded.seconds(ExplainRequest(upsampling=4)) == pytest.approx(17 * one)
    assert loaded.seconds(ExplainRequest(layers=("early",))) == pytest.approx(7 * one)
    assert network.calls == calls  # measured once


def test_what_stays_for_the_servers_life_is_not_looked_at_after_each_run_of_the_page(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(model_pool, "load_model", lambda path: object())
    monkeypatch.setattr(registry, "find_model", lambda name, folder: folder)
    gc.unfreeze()
    model_pool.load_installed("any", tmp_path)
    try:
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
