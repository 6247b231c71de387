"""What an output is read as: logits, probabilities of one softmax or sigmoid, or of several."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.models.registry import open_loaded
from tests.support.tiny_networks import generation

pytestmark = pytest.mark.tensorflow
SIDE = 16


def network(head):
    keras = generation(3)
    keras.utils.set_random_seed(3)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="conv")(image)
    return keras.Model(image, head(keras.layers, x))


def answer(layers, x, units, activation):
    return layers.Dense(units, activation, kernel_initializer="random_normal")(
        layers.GlobalAveragePooling2D()(x)
    )


MIXTURES = {
    "mean of softmaxes": lambda layers, x: layers.Average()(
        [answer(layers, x, 3, "softmax") for _ in range(3)]
    ),
    "softmax in every place": lambda layers, x: layers.GlobalAveragePooling2D()(
        layers.Conv2D(3, 1, activation="softmax")(x)
    ),
    "mean of single sigmoids": lambda layers, x: layers.Average()(
        [answer(layers, x, 1, "sigmoid") for _ in range(2)]
    ),
    "softmax written out": lambda layers, x: layers.Lambda(
        lambda each: each / generation(3).ops.sum(each, axis=1, keepdims=True)
    )(answer(layers, x, 3, "exponential")),
    "means of sigmoids": lambda layers, x: layers.Average()(
        [answer(layers, x, 3, "sigmoid") for _ in range(2)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MIXTURES)
def test_probabilities_of_several_are_explained_by_their_logarithm(name):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    model = network(MIXTURES[name])
    graph = freeze(from_keras(model), (SIDE, SIDE))
    assert graph.head == ("sigmoid" if name == "means of sigmoids" else "mixture")
    assert any("of each is explained" in each for each in graph.assumptions)
    photos = np.random.default_rng(0).normal(size=(3, SIDE, SIDE, 3)).astype(np.float32)
    own = np.asarray(model(photos))
    own = np.hstack([1 - own, own]) if own.shape[1] == 1 else own
    run = TensorFlowNetwork(graph).forward(photos, graph.layers[-1])
    assert run.scores == pytest.approx(own, abs=1e-5)
    logits = np.log(own / (1 - own)) if graph.head == "sigmoid" else np.log(own)
    assert run.logits == pytest.approx(logits, abs=1e-4)
    assert np.isfinite(run.gradients).all()
    assert run.gradients.any()


def test_what_gives_no_probabilities_is_refused_with_the_way_out():
    from core.models.tensorflow.load import from_keras

    for head in (
        lambda layers, x: layers.GlobalMaxPooling2D()(x),
        lambda layers, x: layers.Average()([answer(layers, x, 3, "tanh") for _ in range(2)]),
        lambda layers, x: layers.Average()([answer(layers, x, 1, "relu") for _ in range(2)]),
    ):
        with pytest.raises(
            ModelError, match=r"neither probabilities .* dense layer with a softmax"
        ):
            open_loaded("bare", from_keras(network(head)))
