"""Requests that are put to a model when somebody looks at their answer."""

from __future__ import annotations

import logging

import pytest

from core.errors import LensError
from core.explain.request import ExplainRequest
from dashboard.i18n.translate import Texts
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.work.explain_on_demand import explain
from dashboard.work.model_pool import Model, PooledModel
from tests.support.page import Network, explained, explainer_of, jpeg

LAYER_CAM = ExplainRequest("layer-cam")


def model_of(network: Network) -> Model:
    loaded = PooledModel(explainer_of(network))
    return Model("m", "rice-64", loaded.explainer.card, lambda: loaded)


def test_only_what_is_missing_is_asked():
    network, session, entry = Network(), Session(), Entry("a.jpg", jpeg(1))
    wanted = [(entry, DEFAULT_REQUEST), (entry, LAYER_CAM)]
    explain(Texts("en"), session, model_of(network), wanted[:1])
    assert network.calls == 1
    for _ in range(2):
        explain(Texts("en"), session, model_of(network), wanted)
    assert network.calls == 2
    answer = session.explanations["m", LAYER_CAM, entry.sha256]
    assert (answer.maps == explained(network, jpeg(1), LAYER_CAM).maps).all()


def test_an_unexpected_error_goes_to_the_log(caplog):
    network, session = Network(), Session()
    network.forward = lambda *given: 1 / 0
    with caplog.at_level(logging.ERROR, "dashboard"), pytest.raises(LensError) as error:
        explain(
            Texts("en"), session, model_of(network), [(Entry("a.jpg", jpeg(1)), DEFAULT_REQUEST)]
        )
    assert error.value.code == "unknown"
    assert "division by zero" in caplog.text
    assert not session.explanations
