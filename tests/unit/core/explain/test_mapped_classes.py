"""Maps of the best classes only, where a model has many and each costs a pass back."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.explain import mapped_classes, resolve_request
from core.explain.cam import METHODS
from core.explain.mapped_classes import best_classes, must_ask
from core.explain.open_explainer import open_explainer
from core.explain.request import LIBRA_GRAD, ExplainRequest
from tests.support.onnx_files import saved
from tests.support.onnx_transformers import vit_with
from tests.support.pooled_network import photo_of


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    return open_explainer(saved(folder, family=vit_with()), cache=folder)


def call_few_many(monkeypatch):
    """Four classes are many, and one of them is the best."""
    monkeypatch.setattr(resolve_request, "MANY", 3)
    monkeypatch.setattr(mapped_classes, "MANY", 3)
    monkeypatch.setattr(mapped_classes, "BEST", 1)


@pytest.fixture
def few(monkeypatch):
    call_few_many(monkeypatch)


PHOTOS = [
    photo_of(np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8))
    for seed in range(6)
]


@pytest.mark.parametrize(
    "asked",
    [
        *({"method": name} for name in (*METHODS, LIBRA_GRAD) if name != "eigen-cam"),
        {"negate": True},
        {"upsampling": 2},
        {"layers": ("patch", "blocks.1/norm1/LayerNormalization")},
    ],
    ids=str,
)
def test_a_map_is_the_same_whether_or_not_others_are_made(asked, transformer, monkeypatch):
    every = transformer.explain(PHOTOS, ExplainRequest(**asked))
    call_few_many(monkeypatch)
    some = transformer.explain(PHOTOS, ExplainRequest(**asked))
    assert len({each.predicted for each in every}) > 1  # each photo has classes of its own
    for one, other in zip(some, every, strict=True):
        assert one.mapped == (one.predicted,)
        assert one.maps.shape == (1, *other.grid)
        assert one.map(one.predicted) == pytest.approx(other.map(one.predicted), abs=1e-5)
        assert one.logits == pytest.approx(other.logits, abs=1e-5)


def test_a_class_that_is_asked_for_has_a_map(few, transformer):
    (usual,) = transformer.explain(PHOTOS[:1])
    rare, rarer = (usual.classes[index] for index in usual.scores.argsort()[:2])
    assert must_ask(rare, usual.classes, usual.scores)
    assert not must_ask(usual.predicted, usual.classes, usual.scores)
    with pytest.raises(KeyError, match=f"no map of '{rare}'; there are {usual.predicted}"):
        usual.map(rare)
    request = ExplainRequest(classes=(rare,), contrast_class=rarer)
    (explained,) = transformer.explain(PHOTOS[:1], request)
    assert {*explained.mapped} == {usual.predicted, rare, rarer}
    assert not explained.map(rarer).any()
    assert explained.map(rare).any()


def test_one_pass_more_is_counted(few, transformer):
    assert transformer.forward_passes(ExplainRequest()) == 2
    assert transformer.forward_passes(ExplainRequest(upsampling=2)) == 6


@pytest.mark.parametrize("asked", [{"method": "eigen-cam"}, {"score": "probability"}], ids=str)
def test_all_have_a_map_where_that_costs_nothing_or_each_needs_all(asked, few, transformer):
    (explained,) = transformer.explain(PHOTOS[:1], ExplainRequest(**asked))
    assert explained.mapped == ()
    assert len(explained.maps) == len(explained.classes)


def test_of_gradients_that_are_known_all_have_a_map(few, tmp_path):
    explainer = open_explainer(saved(tmp_path), cache=tmp_path)
    request = ExplainRequest(classes=("class 1",))
    assert explainer.resolve(request) == explainer.resolve(ExplainRequest())
    (explained,) = explainer.explain(PHOTOS[:1], request)
    assert len(explained.maps) == len(explained.classes)


def test_a_class_that_there_is_not_cannot_be_asked_for(transformer):
    with pytest.raises(ModelError, match="no class 'Basmati'; it has class 0, "):
        transformer.resolve(ExplainRequest(classes=("Basmati",)))


def test_equal_scores_are_taken_in_their_order():
    assert best_classes(np.zeros(40, np.float32)) == [0, 1, 2, 3, 4]
