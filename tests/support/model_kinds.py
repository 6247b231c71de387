"""Model files of every kind that people have, small, with what the model itself answers.

`KINDS` maps a kind's name to a function that writes one into a folder and returns its path.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.tiny_networks import (
    NAMES,
    SIZE,
    article,
    awake,
    backbone,
    classifier,
    generation,
    hub_network,
    nested_network,
    photos,
    plain_network,
)  # fmt: skip

_EXPECTED = "expected.npz"


def expected(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Inputs float32 [N, h, w, c] and what the model gave for them before it was saved."""
    with np.load(path.parent / _EXPECTED) as both:
        return both["inputs"], both["outputs"]


def _note(folder: Path, inputs: np.ndarray, answer: Callable[[np.ndarray], Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
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


def _keep_module(module: Any, folder: Path, inputs: np.ndarray) -> Path:
    import tensorflow as tf

    _note(folder, inputs.astype(np.float32), lambda x: module(x.astype(inputs.dtype)))
    tf.saved_model.save(module, str(folder / "model"), signatures=module.__call__)
    return folder / "model"


def plain(folder: Path) -> Path:
    return _keep_module(plain_network(), folder, photos())


def plain_uint8(folder: Path) -> Path:
    import tensorflow as tf

    return _keep_module(
        plain_network(tf.uint8, 1 / 64), folder, photos(low=0, high=255).astype(np.uint8)
    )


def plain_float16(folder: Path) -> Path:
    import tensorflow as tf

    return _keep_module(plain_network(tf.float16), folder, photos().astype(np.float16))


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

    model = hub_network(folder)
    _note(folder, photos(), lambda x: model(x, training=False))
    tf.saved_model.save(model, str(folder / "model"))
    return folder / "model"


# Weights of the article's network


def _keep_weights(
    number: int, folder: Path, save: Callable[[Any], Path], whole: bool = False
) -> Path:
    model = article(number, whole)
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


# Thin ones open only while `tiny_networks.make_thin` holds.


def keras3_weights(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(3, folder, _save_weights(folder, "rice.weights.h5"), whole)


def keras2_weights(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice.h5"), whole)


def keras2_new_weights(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice.weights.h5"), whole)


def keras2_checkpoint(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(2, folder, _save_weights(folder, "rice"), whole)


def keras2_train_checkpoint(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(2, folder, _save_checkpoint(folder), whole)


def keras3_train_checkpoint(folder: Path, whole: bool = False) -> Path:
    return _keep_weights(3, folder, _save_checkpoint(folder), whole)


WEIGHTS: dict[str, Callable[..., Path]] = {
    make.__name__: make
    for make in (
        keras3_weights, keras2_weights, keras2_new_weights,
        keras2_checkpoint, keras2_train_checkpoint, keras3_train_checkpoint,
    )
}  # fmt: skip


# Nested models


def nested(folder: Path) -> Path:
    return _keep(nested_network(generation(3)), folder, "model.keras")


def nested_keras2(folder: Path) -> Path:
    return _keep(nested_network(generation(2)), folder, "model.h5")


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
    path = _keep(model, folder, "keras_model.h5", photos(shape, -1, 1))
    (folder / "labels.txt").write_text("".join(lines), "utf-8")
    return path


# Other inputs and numbers


def one_channel(folder: Path) -> Path:
    model = classifier(generation(3), (*SIZE, 1))
    return _keep(model, folder, "model.keras", photos((*SIZE, 1)))


def free_size(folder: Path) -> Path:
    model = classifier(generation(3), (None, None, 3))
    return _keep(model, folder, "model.keras", photos((224, 224, 3)))


def free_size_saved_model(folder: Path) -> Path:
    model = nested_network(generation(2), (None, None, 3))
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


KINDS: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        keras3, keras3_h5, keras3_export, keras2, keras2_h5, keras2_saved_model,
        plain, plain_uint8, plain_float16, tensorflow1, hub,
        *WEIGHTS.values(), nested, nested_keras2, teachable_machine,
        one_channel, free_size, free_size_saved_model, resizing,
        float16, mixed_float16, mixed_float16_keras2,
        logits_only, softmax_layer, one_sigmoid, one_sigmoid_keras2, several_sigmoids,
        deep_head, flatten_head,
    )
}  # fmt: skip
"""Every kind that opens and can be explained."""
