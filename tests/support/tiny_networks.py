"""Small networks of both Keras generations and of none, whose random weights tell photos apart."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SIZE = (48, 48)
NAMES = ("Basmati", "IR64", "Ketan")


def generation(number: int) -> Any:
    """The Keras of a generation, as a module."""
    if number == 3:
        import keras

        return keras
    import tf_keras

    return tf_keras


def backbone(keras: Any, shape: tuple[int | None, int | None, int] = (*SIZE, 3)) -> Any:
    """A thinned EfficientNet: stem, one block with squeeze and excitation, top."""
    layers = keras.layers
    image = keras.Input(shape)
    x = layers.Conv2D(8, 3, 2, "same", use_bias=False, name="stem_conv")(image)
    x = layers.BatchNormalization(name="stem_bn")(x)
    stem = layers.Activation("swish", name="stem_activation")(x)
    x = _block(layers, stem, "block1a_", 16, 8)
    x = layers.add([layers.Dropout(0.2, name="block1a_drop")(x), stem], name="block1a_add")
    x = layers.Conv2D(32, 1, 2, "same", use_bias=False, name="top_conv")(x)
    x = layers.BatchNormalization(name="top_bn")(x)
    x = layers.Activation("swish", name="top_activation")(x)
    return keras.Model(image, x, name="thinned")


def _block(layers: Any, x: Any, name: str, wide: int, out: int) -> Any:
    """Expansion, depthwise convolution, squeeze and excitation, projection."""
    x = layers.Conv2D(wide, 1, padding="same", use_bias=False, name=name + "expand_conv")(x)
    x = layers.BatchNormalization(name=name + "expand_bn")(x)
    x = layers.Activation("swish", name=name + "expand_activation")(x)
    x = layers.DepthwiseConv2D(3, 1, "same", use_bias=False, name=name + "dwconv")(x)
    x = layers.BatchNormalization(name=name + "bn")(x)
    x = layers.Activation("swish", name=name + "activation")(x)
    gate = layers.GlobalAveragePooling2D(name=name + "se_squeeze")(x)
    gate = layers.Reshape((1, 1, wide), name=name + "se_reshape")(gate)
    gate = layers.Conv2D(4, 1, activation="swish", name=name + "se_reduce")(gate)
    gate = layers.Conv2D(wide, 1, activation="sigmoid", name=name + "se_expand")(gate)
    x = layers.multiply([x, gate], name=name + "se_excite")
    x = layers.Conv2D(out, 1, use_bias=False, name=name + "project_conv")(x)
    return layers.BatchNormalization(name=name + "project_bn")(x)


def classifier(
    keras: Any,
    shape: tuple[int | None, int | None, int] = (*SIZE, 3),
    units: int = len(NAMES),
    activation: str | None = "softmax",
) -> Any:
    """The thinned EfficientNet with the article's head, all in one graph."""
    body = backbone(keras, shape)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(body.output)
    # In float32 whatever the policy, as Keras advises for the last layer.
    scores = keras.layers.Dense(units, activation, dtype="float32", name="last_output")(x)
    return awake(keras.Model(body.input, scores, name="small"), photos(_fixed(shape)))


def awake(model: Any, inputs: np.ndarray | None = None) -> Any:
    """Weights with which photos, classes and places differ; Keras' own give nearly equal scores."""
    rng = np.random.default_rng(5)
    fresh = []
    for variable in model.weights:
        size = tuple(variable.shape)
        if len(size) >= 2:
            depthwise = "dwconv" in getattr(variable, "path", variable.name)
            fan_in = np.prod(size[:2] if depthwise else size[:-1])
            fresh.append(rng.normal(0, np.sqrt(2 / fan_in), size))
        elif "gamma" in variable.name or "variance" in variable.name:
            fresh.append(rng.uniform(0.6, 1.4, size))
        else:
            fresh.append(rng.normal(0, 0.1, size))
    model.set_weights(fresh)
    # Batch norms take the statistics of these photos, as if trained on them.
    changed = {"BatchNormalization": "momentum", "Dropout": "rate", "FixedDropout": "rate"}
    layers = [layer for layer in _flat(model) if type(layer).__name__ in changed]
    settings = [(layer, changed[type(layer).__name__]) for layer in layers]
    usual = [getattr(layer, name) for layer, name in settings]
    for layer, name in settings:
        setattr(layer, name, 0.0)
    model(photos() if inputs is None else inputs, training=True)
    for (layer, name), value in zip(settings, usual, strict=True):
        setattr(layer, name, value)
    return model


def _fixed(shape: tuple[int | None, int | None, int]) -> tuple[int, int, int]:
    return shape[0] or SIZE[0], shape[1] or SIZE[1], shape[2]


def _flat(model: Any) -> list[Any]:
    """All layers, those of nested models too."""
    return [inner for layer in model.layers for inner in _all(layer)]


def _all(layer: Any) -> list[Any]:
    return _flat(layer) if hasattr(layer, "layers") else [layer]


def photos(shape: tuple[int, int, int] = (*SIZE, 3), low: float = -2, high: float = 2) -> Any:
    """Four inputs, float32 [4, h, w, c]: noise of another strength each, a square elsewhere."""
    rng = np.random.default_rng(11)
    strengths = np.array([0.2, 0.5, 0.8, 1], np.float32)[:, None, None, None]
    inputs = rng.uniform(low, high, (4, *shape)).astype(np.float32) * strengths
    for index, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        top, left = row * shape[0] // 2, column * shape[1] // 2
        square = inputs[index, top : top + shape[0] // 3, left : left + shape[1] // 3]
        square[..., index % shape[2]] = high
    return inputs


def nested_network(keras: Any, shape: tuple[int | None, int | None, int] = (*SIZE, 3)) -> Any:
    inner = keras.Sequential([keras.Input(shape), backbone(keras, shape)], name="features")
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    return awake(
        keras.Sequential([keras.Input(shape), inner, *head], name="nested"), photos(_fixed(shape))
    )


THIN = {"EfficientNetB0": (0.1, 0.1), "EfficientNetB1": (0.1, 0.3)}
"""Width and depth of networks that stand for B0 and B1 where their size does not matter."""


def make_thin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the `efficientnet` package build thin networks.

    They have the layers' names, kinds and grids of the whole ones, and 1 % of their weights.
    """
    from efficientnet import inject_tfkeras_modules, model, tfkeras

    from core.models.tensorflow.efficientnet import FEATURES

    for name, scales in THIN.items():
        build = partial(model.EfficientNet, *scales, 64, 0.2)
        monkeypatch.setattr(tfkeras, name, inject_tfkeras_modules(build))
        monkeypatch.setitem(FEATURES, name.removeprefix("EfficientNet"), 128)


@cache
def article(number: int, whole: bool = False, name: str = "EfficientNetB0") -> Any:
    """The article's classifier of three classes, of either generation of Keras.

    Thin as `make_thin` has it; or whole, with the shipped weights: those of an untrained network
    of that depth make more of rounding than of photos.
    """
    from efficientnet import inject_tfkeras_modules, model

    keras, thin = generation(number), partial(model.EfficientNet, *THIN[name], 64, 0.2)
    build = model.EfficientNetB0 if whole else thin
    if number == 2:
        names = ("backend", "layers", "models", "utils")
        build = partial(build, **{name: getattr(keras, name) for name in names})
    else:
        build = inject_tfkeras_modules(build)
    body = build(include_top=False, weights=None, input_shape=(64, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(body.output)
    made = keras.Model(body.input, keras.layers.Dense(3, "softmax")(x))
    if not whole:
        return awake(made, photos((64, 64, 3)))
    import efficientnet.tfkeras  # noqa: F401  makes the shipped model's swish known to Keras
    import keras as keras3

    from core.models.registry import MODEL_FILE, find_model

    shipped = keras3.saving.load_model(find_model("rice-64") / MODEL_FILE, compile=False)
    for layer, trained in zip(made.layers, shipped.layers, strict=True):
        layer.set_weights(trained.get_weights())
    return made


def plain_network(number_type: Any = None, scale: float = 1.0) -> Any:
    """A classifier written in TensorFlow's own operations."""
    import tensorflow as tf

    rng = np.random.default_rng(6)
    kind = number_type or tf.float32

    class Plain(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = tf.Variable(rng.normal(0, 0.3, (3, 3, 3, 8)).astype(np.float32))
            self.second = tf.Variable(rng.normal(0, 0.2, (3, 3, 8, 16)).astype(np.float32))
            self.last = tf.Variable(rng.normal(0, 0.4, (16, 3)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None, *SIZE, 3], kind, name="image")])
        def __call__(self, image: Any) -> Any:
            x = tf.cast(image, tf.float32) * scale
            x = tf.nn.relu(tf.nn.conv2d(x, self.first, 2, "SAME"))
            x = tf.nn.relu(tf.nn.conv2d(x, self.second, 2, "SAME"))
            return tf.nn.softmax(tf.reduce_mean(x, [1, 2]) @ self.last)

    return Plain()


def hub_network(folder: Path) -> Any:
    import tensorflow as tf
    import tensorflow_hub

    rng = np.random.default_rng(8)

    class Features(tf.Module):
        """What a TensorFlow Hub module of features is: an image in, a vector out."""

        def __init__(self) -> None:
            super().__init__()
            self.first = tf.Variable(rng.normal(0, 0.3, (3, 3, 3, 8)).astype(np.float32))
            self.second = tf.Variable(rng.normal(0, 0.2, (3, 3, 8, 16)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
        def __call__(self, image: Any) -> Any:
            x = tf.nn.swish(tf.nn.conv2d(image, self.first, 2, "SAME"))
            x = tf.nn.swish(tf.nn.conv2d(x, self.second, 2, "SAME"))
            return tf.reduce_mean(x, [1, 2])

    tf.saved_model.save(Features(), str(folder / "module"))
    keras = generation(2)
    layer = tensorflow_hub.KerasLayer(str(folder / "module"), name="features")
    model = keras.Sequential([keras.Input((*SIZE, 3)), layer, keras.layers.Dense(3, "softmax")])
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([rng.normal(0, 1, kernel.shape), bias])
    return model
