"""Networks with shuffled weights: other answers, other maps, and gradients that fit them."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.rank_correlation import rank_correlation
from core.evidence.weight_randomization import randomize_weights, shuffle_values
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer, tensorflow_explainer
from core.images.decode import read_file
from core.models.card import Card, Input, class_names
from core.models.registry import find_model, open_loaded
from tests.support.known_networks import Looking
from tests.support.tiny_networks import SIZE, classifier, generation, photos

SAMPLE = "assets/samples/ketan-heap-patterned.jpg"


@pytest.fixture(scope="module")
def frozen():
    from core.models.tensorflow.load import from_keras

    return tensorflow_explainer(open_loaded("small", from_keras(classifier(generation(3))))).network


@pytest.fixture(scope="module")
def compiled(frozen):
    from core.models.onnx.export import compile_network

    card = Card(class_names(["a", "b", "c"]), Input(*SIZE))
    return compile_network(frozen.frozen, card, "id", lambda: frozen)


needs_tensorflow = pytest.mark.tensorflow


@pytest.fixture(params=["frozen", "compiled"])
def network(request):
    return request.getfixturevalue(request.param)


def test_shuffled_numbers_are_the_same_numbers():
    values = np.arange(24, dtype=np.float16).reshape(2, 3, 4)
    found = shuffle_values(values, np.random.default_rng(0))
    assert found.shape == values.shape
    assert found.dtype == values.dtype
    assert sorted(found.ravel()) == sorted(values.ravel())
    assert (found != values).any()


@needs_tensorflow
def test_it_answers_otherwise_and_the_network_stays(network):
    before = network.logits(photos())
    other = randomize_weights(network)
    assert np.isfinite(other.logits(photos())).all()
    assert np.abs(other.logits(photos()) - before).max() > 0.01
    assert (network.logits(photos()) == before).all()
    assert (randomize_weights(network).logits(photos()) == other.logits(photos())).all()
    assert (randomize_weights(network, 1).logits(photos()) != other.logits(photos())).any()


@needs_tensorflow
def test_its_maps_are_of_its_own_weights(network):
    """After pooling and one dense layer, a class's logit is its map's sum and a constant."""
    other = randomize_weights(network)
    run = other.forward(photos(), other.layers[-1])
    maps = np.einsum("nchwk,nhwk->nchw", run.gradients, run.activations)
    constant = run.logits - maps.sum(axis=(2, 3))
    assert constant == pytest.approx(np.tile(constant[:1], (4, 1)), abs=1e-3)
    assert np.ptp(run.logits, axis=0).max() > 0.01


@needs_tensorflow
def test_a_layer_that_is_not_compiled_is_redrawn_too(compiled, frozen):
    missing = [layer for layer in compiled.layers if layer.name not in compiled.about.tensors]
    for layer in missing[:1]:
        kept = compiled.forward(photos(), layer).activations
        assert (randomize_weights(compiled).forward(photos(), layer).activations != kept).any()


@needs_tensorflow
def test_a_network_that_ignores_its_weights_draws_the_same_map():
    from core.models.tensorflow.load import from_keras

    """All weights of a layer are equal, so that shuffling them changes nothing."""
    import keras

    image = keras.Input((*SIZE, 3))
    cells = keras.layers.AveragePooling2D(8, name="cells")(image)
    same = keras.layers.Conv2D(4, 1, name="same")(cells)
    scores = keras.layers.Dense(2, "softmax")(keras.layers.GlobalAveragePooling2D()(same))
    model = keras.Model(image, scores)
    model.set_weights([np.full(each.shape, 0.3, np.float32) for each in model.get_weights()])
    card = Card(class_names(["a", "b"]), Input(*SIZE, "0-1"))
    explainer = tensorflow_explainer(open_loaded("same", from_keras(model), card))
    other = Explainer("same", card, randomize_weights(explainer.network))
    photo = read_file(SAMPLE, longest=128)
    maps = [each.explain([photo])[0].map("a") for each in (explainer, other)]
    assert rank_correlation(*maps) == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rice-64", "rice-224"])
def test_the_shipped_models_draw_other_maps_without_their_learning(name):
    explainer = open_explainer(find_model(name))
    found = []
    for seed in range(3):
        other = Explainer(name, explainer.card, randomize_weights(explainer.network, seed))
        maps = [
            on.explain([read_file(SAMPLE, longest=256)])[0].map("Ketan")
            for on in (explainer, other)
        ]
        assert np.isfinite(maps[1]).all()
        assert np.ptp(maps[1]) > 0
        found.append(abs(rank_correlation(*maps)))
    assert np.mean(found) < 0.8


def test_a_network_of_unknown_weights_is_refused():
    with pytest.raises(TypeError, match="Looking"):
        randomize_weights(Looking(np.ones((56, 56))))
