"""Model files that cannot be explained, each for a reason of its own.

`REFUSED` maps a kind's name to a function that writes one into a folder and returns its path.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.tiny_networks import SIZE, backbone, generation, hub_network, plain_network


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
    return _save(hub_network(folder), folder / "model.h5")


def encoded_photos(folder: Path) -> Path:
    """A SavedModel that takes JPEG files as they are."""
    import tensorflow as tf

    module = plain_network()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(files: Any) -> Any:
        def read(data: Any) -> Any:
            return tf.image.resize(tf.io.decode_jpeg(data, channels=3), SIZE)

        return module(tf.map_fn(read, files, fn_output_signature=tf.float32))

    tf.saved_model.save(module, str(folder / "model"), signatures=serve)
    return folder / "model"


REFUSED: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        segmenter, two_outputs, two_outputs_saved_model, two_inputs, no_grid, encoded_photos,
        own_layer, own_layer_h5, own_layer_keras2, own_layer_keras2_h5, hub_h5,
    )
}  # fmt: skip
"""Every kind that is refused, with the reason."""
