"""What a frozen graph tells of a classifier: its head, its layers, what lies behind them."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.models.registry import open_loaded, open_model
from tests.support.tiny_networks import generation

pytestmark = pytest.mark.tensorflow


def network(head, units=3, size=32):
    """A few convolutions, then what `head` makes of them."""
    keras = generation(3)
    keras.utils.set_random_seed(2)
    image = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(image)
    x = keras.layers.Conv2D(6, 3, strides=2, name="second")(x)
    return keras.Model(image, head(keras.layers, x, units))


HEADS = {
    "pooled": lambda layers, x, units: layers.Dense(units, "softmax")(
        layers.GlobalAveragePooling2D()(x)
    ),
    "flattened": lambda layers, x, units: layers.Dense(units, "softmax")(layers.Flatten()(x)),
    "deep": lambda layers, x, units: layers.Dense(units, "softmax")(
        layers.Dense(5, "tanh")(layers.GlobalAveragePooling2D()(x))
    ),
    "greatest": lambda layers, x, units: layers.Dense(units, "softmax")(
        layers.GlobalMaxPooling2D()(x)
    ),
    "logits": lambda layers, x, units: layers.Dense(units)(layers.GlobalAveragePooling2D()(x)),
    "sigmoids": lambda layers, x, units: layers.Dense(units, "sigmoid")(
        layers.GlobalAveragePooling2D()(x)
    ),
}


def frozen(head, units=3):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras

    return freeze(from_keras(network(HEADS[head], units)), (32, 32))


@pytest.mark.parametrize(
    ("head", "linear", "pooled"),
    [
        ("pooled", True, True), ("flattened", True, False), ("deep", False, True),
        ("greatest", False, False), ("logits", True, True), ("sigmoids", True, True),
    ],
)  # fmt: skip
def test_what_lies_behind_the_last_layer_is_known(head, linear, pooled):
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    graph = frozen(head)
    first, last = graph.layers[0], graph.layers[-1]
    assert (first.name, last.name) == ("first", "second")
    assert (last.kind, last.grid, last.channels) == ("Conv2D", (14, 14), 6)
    assert (last.linear, last.pooled) == (linear, pooled)
    assert (first.linear, first.pooled) == (linear, False)  # behind the bend of "first"
    # and it is so: the gradients of two photos, and of two cells
    photos = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype(np.float32)
    gradients = TensorFlowNetwork(graph).forward(photos, last).gradients
    assert np.allclose(gradients[0], gradients[1], atol=1e-7) == linear
    assert np.allclose(gradients, gradients[:, :, :1, :1], atol=1e-7) == pooled


@pytest.mark.parametrize(
    ("head", "units", "kind", "classes", "assumed"),
    [
        ("pooled", 3, "softmax", 3, False), ("logits", 3, "softmax", 3, True),
        ("sigmoids", 3, "sigmoid", 3, False), ("sigmoids", 1, "softmax", 2, False),
        ("logits", 1, "softmax", 2, True),
    ],
)  # fmt: skip
def test_every_head_gives_probabilities(head, units, kind, classes, assumed):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    model = network(HEADS[head], units)
    graph = freeze(from_keras(model), (32, 32))
    assert (graph.head, graph.classes, bool(graph.assumptions)) == (kind, classes, assumed)
    photos = np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype(np.float32)
    own = np.asarray(model(photos))
    reference = TensorFlowNetwork(graph)
    run = reference.forward(photos, graph.layers[-1])
    if head == "logits":
        shifted = np.exp(own) if units > 1 else np.exp(own * [[-0.5, 0.5]])
        expected = shifted / shifted.sum(axis=1, keepdims=True)
    else:
        expected = np.hstack([1 - own, own]) if units == 1 else own
    assert run.scores == pytest.approx(expected, abs=1e-5)
    assert reference.logits(photos) == pytest.approx(run.logits, abs=1e-6)


def test_large_weights_stay_beside_the_graph():
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    keras = generation(3)
    image = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(120, 3, name="small")(image)
    x = keras.layers.Dense(120, "relu", name="dense")(x)
    x = keras.layers.Conv2D(120, 3, dtype="float16", name="last")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(3, "softmax")(x))
    graph = freeze(from_keras(model), (16, 16))
    shapes = sorted(values.shape for values in graph.weights.values())
    assert shapes == [(3, 3, 120, 120), (120, 120)]
    assert graph.graph_def.ByteSize() < 100_000
    photos = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype(np.float32)
    reference = TensorFlowNetwork(graph)
    scores = reference.forward(photos, graph.layers[-1]).scores
    assert scores == pytest.approx(np.asarray(model(photos)), abs=1e-3)
    probe = reference.probe(photos, np.ones(3, np.float32), [])
    assert probe.logits == pytest.approx(reference.logits(photos), abs=1e-6)


def test_half_precision_is_widened(made):
    model = open_model(made("mixed_float16"))
    kinds = {node.attr["T"].type for node in model.frozen.graph_def.node if "T" in node.attr}
    import tensorflow as tf

    assert tf.float16.as_datatype_enum not in kinds
    assert tf.float32.as_datatype_enum in kinds


def test_what_ends_in_no_classes_is_refused():
    from core.models.tensorflow.load import from_keras

    with pytest.raises(ModelError, match="neither probabilities"):
        open_loaded(
            "bare", from_keras(network(lambda layers, x, _: layers.GlobalMaxPooling2D()(x)))
        )
    with pytest.raises(ModelError, match="detector or a segmenter"):
        open_loaded("places", from_keras(network(lambda layers, x, _: layers.Conv2D(3, 1)(x))))
