"""What a request leaves to the model, and what does not fit it."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.explain.open_explainer import open_explainer
from core.explain.request import LIBRA_GRAD, OWN, ExplainRequest
from tests.support.onnx_files import SIDE, resnet, saved
from tests.support.onnx_transformers import vit_with
from tests.support.pooled_network import photo_of

BALANCED = "patch (balanced)"
PHOTO = photo_of(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8))


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transformer")
    return open_explainer(saved(folder, family=vit_with()), cache=folder)


@pytest.fixture(scope="module")
def convolutions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("convolutions")
    return open_explainer(saved(folder, family=resnet), cache=folder)


def test_a_model_that_attends_answers_by_libra_grad_others_by_grad_cam(transformer, convolutions):
    assert ExplainRequest().method == OWN
    asked = transformer.resolve(ExplainRequest())
    assert (asked.method, asked.layers) == (LIBRA_GRAD, (BALANCED,))
    asked = convolutions.resolve(ExplainRequest())
    assert (asked.method, asked.layers) == ("grad-cam", ("block/Relu",))


def test_at_a_layer_that_is_named_grad_cam_answers(transformer):
    name = transformer.layer().name
    assert transformer.resolve(ExplainRequest(layers=(name,))).method == "grad-cam"


def test_at_its_own_layer_libra_grad_answers(transformer):
    asked = ExplainRequest(layers=(BALANCED,))
    assert transformer.resolve(asked) == transformer.resolve(ExplainRequest())


def test_what_is_resolved_stays_as_it_is(transformer):
    asked = transformer.resolve(ExplainRequest())
    assert transformer.resolve(asked) == asked


def test_libra_grad_has_one_layer_and_needs_attention(transformer, convolutions):
    with pytest.raises(ModelError, match="made for models with attention; model"):
        convolutions.resolve(ExplainRequest(LIBRA_GRAD))
    with pytest.raises(ModelError, match="has a layer of its own, patch "):
        transformer.resolve(ExplainRequest(LIBRA_GRAD, layers=("patch",)))


def test_libra_grad_is_activations_times_balanced_gradients(transformer):
    (explained,) = transformer.explain([PHOTO])
    found = transformer.forward(transformer.prepare(PHOTO.rgb[None]), BALANCED)
    expected = np.einsum("hwk,chwk->chw", found.activations[0], found.gradients[0])
    assert explained.maps == pytest.approx(expected, abs=1e-5)
    (against,) = transformer.explain([PHOTO], ExplainRequest(negate=True))
    assert against.maps == pytest.approx(-expected, abs=1e-5)


@pytest.mark.parametrize("asked", [{"score": "probability"}, {"upsampling": 2}], ids=str)
def test_libra_grad_answers_other_requests_too(asked, transformer):
    (explained,) = transformer.explain([PHOTO], ExplainRequest(**asked))
    times = asked.get("upsampling", 1)
    assert explained.maps.shape == (4, 4 * times, 4 * times)
    assert np.ptp(explained.maps) > 0
