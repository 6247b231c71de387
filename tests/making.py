"""Small models of every kind that people have, with random weights that tell photos apart.

`KINDS` and `REFUSED` map a kind's name to a function that writes one into an empty folder and
returns its path. Beside every model of `KINDS`, `expected` finds what the model itself answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (48, 48)
NAMES = ("Basmati", "IR64", "Ketan")
_EXPECTED = "expected.npz"


def expected(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Inputs float32 [N, h, w, c] and what the model gave for them before it was saved."""
    with np.load(path.parent / _EXPECTED) as both:
        return both["inputs"], both["outputs"]


def generation(number: int) -> Any:
    """The Keras of a generation, as a module."""
    if number == 3:
        import keras

        return keras
    import tf_keras

    return tf_keras


def backbone(keras: Any, shape: tuple[int | None, int | None, int] = (*SIZE, 3)) -> Any:
    """A thinned EfficientNet: stem, two blocks with squeeze and excitation, top."""
    layers = keras.layers
    image = keras.Input(shape)
    x = layers.Conv2D(8, 3, 2, "same", use_bias=False, name="stem_conv")(image)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.Activation("swish", name="stem_activation")(x)
    x = _block(layers, x, "block1a_", 8, 12, strides=2)
    whole = x
    x = _block(layers, x, "block2a_", 24, 12, strides=1)
    x = layers.add([layers.Dropout(0.2, name="block2a_drop")(x), whole], name="block2a_add")
    x = layers.Conv2D(32, 1, 2, "same", use_bias=False, name="top_conv")(x)
    x = layers.BatchNormalization(name="top_bn")(x)
    x = layers.Activation("swish", name="top_activation")(x)
    return keras.Model(image, x, name="thinned")


def _block(layers: Any, x: Any, name: str, wide: int, out: int, strides: int) -> Any:
    """Expansion, depthwise convolution, squeeze and excitation, projection."""
    x = layers.Conv2D(wide, 1, padding="same", use_bias=False, name=name + "expand_conv")(x)
    x = layers.BatchNormalization(name=name + "expand_bn")(x)
    x = layers.Activation("swish", name=name + "expand_activation")(x)
    x = layers.DepthwiseConv2D(3, strides, "same", use_bias=False, name=name + "dwconv")(x)
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


def _note(folder: Path, inputs: np.ndarray, answer: Callable[[np.ndarray], Any]) -> None:
    outputs = np.asarray(answer(inputs)).astype(np.float32)
    np.savez(folder / _EXPECTED, inputs=inputs, outputs=outputs)


def _keep(model: Any, folder: Path, file: str, inputs: np.ndarray | None = None) -> Path:
    """Save a Keras model of either generation, and what it answers."""
    inputs = photos() if inputs is None else inputs
    _note(folder, inputs, lambda x: model(x, training=False))
    model.save(folder / file)
    return folder / file


# Files of both generations


def keras3(folder: Path) -> Path:
    return _keep(classifier(generation(3)), folder, "model.keras")


def keras3_h5(folder: Path) -> Path:
    return _keep(classifier(generation(3)), folder, "model.h5")


def keras3_export(folder: Path) -> Path:
    model = classifier(generation(3))
    _note(folder, photos(), lambda x: model(x, training=False))
    model.export(folder / "model", verbose=False)
    return folder / "model"


def keras2(folder: Path) -> Path:
    return _keep(classifier(generation(2)), folder, "model.keras")


def keras2_h5(folder: Path) -> Path:
    return _keep(classifier(generation(2)), folder, "model.h5")


def keras2_saved_model(folder: Path) -> Path:
    return _keep(classifier(generation(2)), folder, "model")


# SavedModels of other origins


def _plain(number_type: Any = None, scale: float = 1.0) -> Any:
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


def _keep_module(module: Any, folder: Path, inputs: np.ndarray) -> Path:
    import tensorflow as tf

    _note(folder, inputs.astype(np.float32), lambda x: module(x.astype(inputs.dtype)))
    tf.saved_model.save(module, str(folder / "model"), signatures=module.__call__)
    return folder / "model"


def plain(folder: Path) -> Path:
    return _keep_module(_plain(), folder, photos())


def plain_uint8(folder: Path) -> Path:
    import tensorflow as tf

    return _keep_module(_plain(tf.uint8, 1 / 64), folder, photos(low=0, high=255).astype(np.uint8))


def plain_float16(folder: Path) -> Path:
    import tensorflow as tf

    return _keep_module(_plain(tf.float16), folder, photos().astype(np.float16))


def tensorflow1(folder: Path) -> Path:
    """A graph with a session, as TensorFlow 1 saved it."""
    import tensorflow as tf

    v1, rng = tf.compat.v1, np.random.default_rng(7)
    with tf.Graph().as_default(), v1.Session() as session:
        image = v1.placeholder(tf.float32, [None, *SIZE, 3], "image")

        def variable(name: str, scale: float, shape: tuple[int, ...]) -> Any:
            values = rng.normal(0, scale, shape).astype(np.float32)
            return v1.get_variable(name, initializer=values, use_resource=False)

        x = tf.nn.conv2d(image, variable("first", 0.3, (3, 3, 3, 8)), 2, "SAME")
        x = tf.nn.conv2d(tf.nn.relu(x), variable("second", 0.2, (3, 3, 8, 16)), 2, "SAME")
        x = tf.reduce_mean(tf.nn.relu(x), [1, 2]) @ variable("last", 1.0, (16, 3))
        scores = tf.nn.softmax(x, name="scores")
        session.run(v1.global_variables_initializer())
        _note(folder, photos(), lambda x: session.run(scores, {image: x}))
        ends = {"inputs": {"image": image}, "outputs": {"scores": scores}}
        v1.saved_model.simple_save(session, str(folder / "model"), **ends)
    return folder / "model"


def hub(folder: Path) -> Path:
    """A Keras 2 model around a `hub.KerasLayer`, as transfer learning with TensorFlow Hub gives."""
    import tensorflow as tf

    model = _with_hub_layer(folder)
    _note(folder, photos(), lambda x: model(x, training=False))
    tf.saved_model.save(model, str(folder / "model"))
    return folder / "model"


def _with_hub_layer(folder: Path) -> Any:
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


# Weights of the article's network


@cache
def article(number: int) -> Any:
    """The article's classifier of three classes, of either generation of Keras."""
    from efficientnet import model, tfkeras

    keras, build = generation(number), tfkeras.EfficientNetB0
    if number == 2:
        names = ("backend", "layers", "models", "utils")
        build = partial(model.EfficientNetB0, **{name: getattr(keras, name) for name in names})
    body = build(include_top=False, weights=None, input_shape=(64, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(body.output)
    return awake(keras.Model(body.input, keras.layers.Dense(3, "softmax")(x)), photos((64, 64, 3)))


def _keep_weights(number: int, folder: Path, save: Callable[[Any], Path]) -> Path:
    model = article(number)
    _note(folder, photos((64, 64, 3)), lambda x: model(x, training=False))
    return save(model)


def _save_weights(folder: Path, file: str) -> Callable[[Any], Path]:
    def save(model: Any) -> Path:
        model.save_weights(str(folder / file))
        return folder / file

    return save


def _save_checkpoint(folder: Path) -> Callable[[Any], Path]:
    def save(model: Any) -> Path:
        import tensorflow as tf

        return Path(tf.train.Checkpoint(model=model).save(str(folder / "ckpt")))

    return save


def keras3_weights(folder: Path) -> Path:
    return _keep_weights(3, folder, _save_weights(folder, "rice.weights.h5"))


def keras2_weights(folder: Path) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice.h5"))


def keras2_new_weights(folder: Path) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice.weights.h5"))


def keras2_checkpoint(folder: Path) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice"))


def keras2_train_checkpoint(folder: Path) -> Path:
    return _keep_weights(2, folder, _save_checkpoint(folder))


def keras3_train_checkpoint(folder: Path) -> Path:
    return _keep_weights(3, folder, _save_checkpoint(folder))


# Nested models


def _nested(keras: Any, shape: tuple[int | None, int | None, int] = (*SIZE, 3)) -> Any:
    inner = keras.Sequential([keras.Input(shape), backbone(keras, shape)], name="features")
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    return awake(
        keras.Sequential([keras.Input(shape), inner, *head], name="nested"), photos(_fixed(shape))
    )


def nested(folder: Path) -> Path:
    return _keep(_nested(generation(3)), folder, "model.keras")


def nested_keras2(folder: Path) -> Path:
    return _keep(_nested(generation(2)), folder, "model.h5")


def teachable_machine(folder: Path) -> Path:
    """As Teachable Machine exports: two Sequential in one, Keras 2, with its own list of labels."""
    keras = generation(2)
    shape = (224, 224, 3)
    body = backbone(keras, shape)
    pooled = keras.layers.GlobalAveragePooling2D()(body.output)
    features = keras.Sequential([keras.Model(body.input, pooled, name="model1")])
    dense = [keras.layers.Dense(20, "relu"), keras.layers.Dense(3, "softmax", use_bias=False)]
    head = keras.Sequential([keras.Input((32,)), *dense])
    model = awake(keras.Sequential([keras.Input(shape), features, head]), photos(shape, -1, 1))
    lines = [f"{number} {name}\n" for number, name in enumerate(NAMES)]
    (folder / "labels.txt").write_text("".join(lines), "utf-8")
    return _keep(model, folder, "keras_model.h5", photos(shape, -1, 1))


# Other inputs and numbers


def one_channel(folder: Path) -> Path:
    model = classifier(generation(3), (*SIZE, 1))
    return _keep(model, folder, "model.keras", photos((*SIZE, 1)))


def free_size(folder: Path) -> Path:
    model = classifier(generation(3), (None, None, 3))
    return _keep(model, folder, "model.keras", photos((224, 224, 3)))


def free_size_saved_model(folder: Path) -> Path:
    model = _nested(generation(2), (None, None, 3))
    return _keep(model, folder, "model", photos((224, 224, 3)))


def resizing(folder: Path) -> Path:
    """A model that brings photos of any size to its own and rescales them."""
    keras = generation(3)
    own = [keras.layers.Resizing(48, 48), keras.layers.Rescaling(1 / 127.5, offset=-1)]
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((64, 80, 3)), *own, backbone(keras), *head])
    inputs = photos((64, 80, 3), 0, 255)
    return _keep(awake(model, inputs), folder, "model.keras", inputs)


def _in_precision(number: int, policy: str) -> Any:
    keras = generation(number)
    settings = keras.mixed_precision
    before = settings.global_policy() if number == 2 else keras.config.dtype_policy()
    settings.set_global_policy(policy)
    try:
        return classifier(keras)
    finally:
        settings.set_global_policy(before)


def float16(folder: Path) -> Path:
    return _keep(_in_precision(3, "float16"), folder, "model.keras")


def mixed_float16(folder: Path) -> Path:
    return _keep(_in_precision(3, "mixed_float16"), folder, "model.keras")


def mixed_float16_keras2(folder: Path) -> Path:
    return _keep(_in_precision(2, "mixed_float16"), folder, "model.h5")


# Other heads


def logits_only(folder: Path) -> Path:
    return _keep(classifier(generation(3), activation=None), folder, "model.keras")


def softmax_layer(folder: Path) -> Path:
    """The softmax apart from the dense layer."""
    keras = generation(3)
    model = classifier(keras, activation=None)
    scores = keras.layers.Softmax()(model.output)
    return _keep(keras.Model(model.input, scores), folder, "model.keras")


def one_sigmoid(folder: Path) -> Path:
    return _keep(classifier(generation(3), units=1, activation="sigmoid"), folder, "model.keras")


def one_sigmoid_keras2(folder: Path) -> Path:
    return _keep(classifier(generation(2), units=1, activation="sigmoid"), folder, "model.h5")


def several_sigmoids(folder: Path) -> Path:
    return _keep(classifier(generation(3), activation="sigmoid"), folder, "model.keras")


def deep_head(folder: Path) -> Path:
    keras = generation(3)
    dense = [keras.layers.Dense(12, "relu"), keras.layers.Dense(3, "softmax")]
    layers = [keras.layers.GlobalAveragePooling2D(), *dense]
    return _keep(awake(keras.Sequential([backbone(keras), *layers])), folder, "model.keras")


def flatten_head(folder: Path) -> Path:
    keras = generation(3)
    dense = [keras.layers.Dense(12, "relu"), keras.layers.Dense(3, "softmax")]
    layers = [keras.layers.Flatten(), *dense]
    return _keep(awake(keras.Sequential([backbone(keras), *layers])), folder, "model.keras")


# What cannot be explained


def _save(model: Any, path: Path) -> Path:
    model.save(path)
    return path


def segmenter(folder: Path) -> Path:
    keras = generation(3)
    body = backbone(keras)
    masks = keras.layers.Conv2D(3, 1, activation="softmax")(body.output)
    return _save(keras.Model(body.input, masks), folder / "model.keras")


def two_outputs(folder: Path) -> Path:
    keras = generation(3)
    body = backbone(keras)
    pooled = keras.layers.GlobalAveragePooling2D()(body.output)
    outputs = [keras.layers.Dense(units, "softmax")(pooled) for units in (3, 2)]
    return _save(keras.Model(body.input, outputs), folder / "model.keras")


def two_outputs_saved_model(folder: Path) -> Path:
    keras = generation(3)
    model = keras.saving.load_model(two_outputs(folder))
    model.export(folder / "model", verbose=False)
    return folder / "model"


def two_inputs(folder: Path) -> Path:
    keras = generation(3)
    first, second = backbone(keras), keras.Input((4,))
    pooled = keras.layers.GlobalAveragePooling2D()(first.output)
    joined = keras.layers.concatenate([pooled, second])
    scores = keras.layers.Dense(3, "softmax")(joined)
    return _save(keras.Model([first.input, second], scores), folder / "model.keras")


def no_grid(folder: Path) -> Path:
    """A classifier that never looks at places: flattened at once."""
    keras = generation(3)
    layers = [keras.layers.Flatten(), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((*SIZE, 3)), *layers, keras.layers.Softmax()])
    return _save(model, folder / "model.keras")


def _with_own_layer(keras: Any) -> Any:
    class Sharpen(keras.layers.Layer):  # nobody but this function knows it
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    body = backbone(keras)
    x = keras.layers.GlobalAveragePooling2D()(Sharpen()(body.output))
    return keras.Model(body.input, keras.layers.Dense(3, "softmax")(x))


def own_layer(folder: Path) -> Path:
    return _save(_with_own_layer(generation(3)), folder / "model.keras")


def own_layer_h5(folder: Path) -> Path:
    return _save(_with_own_layer(generation(3)), folder / "model.h5")


def own_layer_keras2(folder: Path) -> Path:
    return _save(_with_own_layer(generation(2)), folder / "model.keras")


def own_layer_keras2_h5(folder: Path) -> Path:
    return _save(_with_own_layer(generation(2)), folder / "model.h5")


def hub_h5(folder: Path) -> Path:
    """A `hub.KerasLayer` is a layer whose code does not come with the file."""
    return _save(_with_hub_layer(folder), folder / "model.h5")


def encoded_photos(folder: Path) -> Path:
    """A SavedModel that takes JPEG files as they are."""
    import tensorflow as tf

    module = _plain()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(files: Any) -> Any:
        def read(data: Any) -> Any:
            return tf.image.resize(tf.io.decode_jpeg(data, channels=3), SIZE)

        return module(tf.map_fn(read, files, fn_output_signature=tf.float32))

    tf.saved_model.save(module, str(folder / "model"), signatures=serve)
    return folder / "model"


KINDS: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        keras3, keras3_h5, keras3_export, keras2, keras2_h5, keras2_saved_model,
        plain, plain_uint8, plain_float16, tensorflow1, hub,
        keras3_weights, keras2_weights, keras2_new_weights,
        keras2_checkpoint, keras2_train_checkpoint, keras3_train_checkpoint,
        nested, nested_keras2, teachable_machine,
        one_channel, free_size, free_size_saved_model, resizing,
        float16, mixed_float16, mixed_float16_keras2,
        logits_only, softmax_layer, one_sigmoid, one_sigmoid_keras2, several_sigmoids,
        deep_head, flatten_head,
    )
}  # fmt: skip
"""Every kind that opens and can be explained."""

REFUSED: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        segmenter, two_outputs, two_outputs_saved_model, two_inputs, no_grid, encoded_photos,
        own_layer, own_layer_h5, own_layer_keras2, own_layer_keras2_h5, hub_h5,
    )
}  # fmt: skip
"""Every kind that is refused, with the reason."""
