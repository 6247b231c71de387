"""Export to ONNX: any head and body gives what TensorFlow gives, and nothing is stored twice."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from core.errors import ModelError
from core.models.onnx.onnx_network import OnnxNetwork

pytestmark = pytest.mark.tensorflow


def export(model, folder):
    """A Keras model's explainer run by TensorFlow, and its exported form."""
    from core.explain.open_explainer import tensorflow_explainer
    from core.models.onnx.export import compile_network
    from core.models.registry import open_loaded
    from core.models.tensorflow.load import from_keras

    opened = open_loaded("odd", from_keras(model))
    theirs = tensorflow_explainer(opened)
    network = compile_network(opened.frozen, opened.card, "", lambda: theirs.network)
    return theirs, OnnxNetwork(network.save(folder), lambda: theirs.network)


def assert_alike(ours, theirs):
    for name in ("logits", "activations", "gradients"):
        expected = getattr(theirs, name)
        assert getattr(ours, name).shape == expected.shape
        assert np.abs(getattr(ours, name) - expected).max() <= 1e-4 * np.ptp(expected), name


def noise(count, size):
    return np.random.default_rng(7).normal(size=(count, *size, 3)).astype(np.float32)


HEADS = {
    "pooled": lambda layers, x: layers.Dense(3, "softmax")(layers.GlobalAveragePooling2D()(x)),
    "dense layers with a bend": lambda layers, x: layers.Dense(2, "softmax")(
        layers.Dense(8, "relu")(layers.GlobalAveragePooling2D()(x))
    ),
    "flattened": lambda layers, x: layers.Dense(4, "softmax")(layers.Flatten()(x)),
    "maximum": lambda layers, x: layers.Dense(3, "softmax")(layers.GlobalMaxPooling2D()(x)),
    "a convolution for a dense layer": lambda layers, x: layers.Softmax()(
        layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1)(x))
    ),
    "sigmoids": lambda layers, x: layers.Dense(3, "sigmoid")(layers.GlobalAveragePooling2D()(x)),
}


def attended(layers, x):
    """Patches, and twice attention among them; the mean of all."""
    x = layers.Reshape((16, 12))(layers.Conv2D(12, 8, 8, name="patches")(x))
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 6)(y, y)])
        y = layers.Dense(24, "gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(12)(y)])
    return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))


def plain_body(layers, x):
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="early")(x)
    return layers.Conv2D(6, 3, activation="swish", name="last")(x)


# Operations that the article's network has none of: what lies between the explained layer and the
# end has every one of them.
def odd_body(layers, x):
    x = layers.Conv2D(4, 3, padding="same", strides=2)(x)
    x = layers.LeakyReLU(name="early")(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(6, 3, activation="relu6")(x)
    branches = [
        layers.Conv2D(4, 3, padding="same", activation=name)(x)
        for name in ("tanh", "elu", "softplus", "gelu", "hard_sigmoid", "hard_swish", "selu")
    ]
    x = layers.Concatenate()([x, *branches])
    x = layers.LayerNormalization()(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2)(x)
    x = layers.BatchNormalization()(x)
    return layers.Multiply()([x, layers.Conv2D(8, 1, activation="sigmoid", name="last")(x)])


@pytest.mark.parametrize(
    ("body", "head"),
    [*((plain_body, head) for head in HEADS), (odd_body, "dense layers with a bend")],
)
def test_any_head_and_body_is_exported(body, head, tmp_path):
    import keras

    keras.utils.set_random_seed(4)
    image = keras.Input((33, 33, 3))
    model = keras.Model(image, HEADS[head](keras.layers, body(keras.layers, image)))
    theirs, ours = export(model, tmp_path)
    inputs = noise(2, (33, 33))
    for name in ("early", theirs.layer().name):
        assert name in ours.about.tensors
        assert_alike(ours.forward(inputs, theirs.layer(name)), theirs.forward(inputs, name))
    scores = np.asarray(model(inputs))
    assert ours.forward(inputs, theirs.layer()).scores == pytest.approx(scores, abs=1e-4)


def test_large_kernels_stay_in_half_precision_and_none_is_stored_twice(tmp_path):
    import keras

    layers, image = keras.layers, keras.Input((32, 32, 3))
    x = layers.Conv2D(240, 3, strides=4, activation="relu")(image)
    x = layers.BatchNormalization()(layers.Conv2D(240, 1, use_bias=False, name="large")(x))
    x = layers.GlobalAveragePooling2D()(layers.Activation("swish")(x))
    model = keras.Model(image, layers.Dense(3, "softmax")(x))
    (kernel,) = model.get_layer("large").get_weights()
    model.get_layer("large").set_weights([kernel.astype(np.float16).astype(np.float32)])
    theirs, ours = export(model, tmp_path)
    assert_alike(
        ours.forward(noise(2, (32, 32)), theirs.layer()), theirs.forward(noise(2, (32, 32)))
    )
    graph = ours.graph().graph
    kinds = {tuple(each.dims): each.data_type for each in graph.initializer}
    assert kinds[kernel.transpose(3, 2, 0, 1).shape] == onnx.TensorProto.FLOAT16
    sizes = [np.prod(each.dims) for each in graph.initializer]
    assert sum(sizes) < 1.02 * model.count_params() + 3 * 240


def test_a_graph_that_onnx_lacks_is_not_exported(tmp_path):
    import keras
    import tensorflow as tf

    class Odd(keras.layers.Layer):
        def call(self, x):
            return x * tf.math.bessel_i0e(x)

    image = keras.Input((32, 32, 3))
    cells = Odd()(keras.layers.Conv2D(4, 3, name="cells")(image))
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(pooled))
    with pytest.raises(ModelError, match="ONNX"):
        export(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_attends_has_balanced_gradients_at_its_patches(tmp_path):
    import keras

    keras.utils.set_random_seed(3)
    image = keras.Input((32, 32, 3))
    head = keras.layers.Dense(3, "softmax")
    theirs, ours = export(keras.Model(image, head(attended(keras.layers, image))), tmp_path)
    assert [layer.name for layer in ours.layers] == ["patches (balanced)", "patches"]
    assert not any(layer.balanced for layer in theirs.layers)
    photos = noise(2, (32, 32))
    assert_alike(
        ours.forward(photos, ours.layers[1]), theirs.network.forward(photos, theirs.layer())
    )
    found = ours.forward(photos, ours.layers[0])
    added = np.einsum("nhwk,nchwk->nc", found.activations, found.gradients)
    assert added == pytest.approx(found.logits, abs=1e-4)  # biases begin at 0
