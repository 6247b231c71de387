"""The peers on TensorFlow, each as its own documentation uses it, and TensorFlow's forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from core.images.preprocess import normalize
from tests.bench.answer import Answer, Array, ForwardPass, Pixels, answer, class_by_class, split
from tests.bench.job import Job, open_keras

LAYER = "top_activation"
CHUNK = 16  # photos an eager call, which costs much itself; 64 of 224 pixels take 10 GB


def xplique(job: Job) -> ForwardPass:
    """Xplique: one `tf.function` for photos and their classes."""
    from xplique.attributions import GradCAM

    network = logits_model(open_keras(job.model))
    explainer = GradCAM(network, conv_layer=LAYER)

    def explain(inputs: Array, classes: list[int]) -> Array:
        targets = np.eye(network.output_shape[-1], dtype=np.float32)[classes]
        return explainer.explain(inputs, targets).numpy()[..., 0]

    return each_class(job, explain)


def tf_keras_vis(job: Job) -> ForwardPass:
    """tf-keras-vis: builds a model and tapes it eagerly at each call."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    network = logits_model(open_keras(job.model))
    explainer = Gradcam(network)

    def explain(inputs: Array, classes: list[int]) -> Array:
        return np.asarray(
            explainer(
                CategoricalScore(classes),
                inputs,
                penultimate_layer=LAYER,
                seek_penultimate_conv_layer=False,
                expand_cam=False,
                normalize_cam=False,
            )
        )

    return each_class(job, explain, CHUNK)


def tf_explain(job: Job) -> ForwardPass:
    """tf-explain: builds a model and tapes it eagerly at each call; one class a call.

    Without guided gradients, which are another method, and without its grid of pictures.
    """
    from tf_explain.core.grad_cam import GradCAM

    network = logits_model(open_keras(job.model))

    def explain(inputs: Array, index: int) -> Array:
        found = GradCAM.get_gradients_and_filters(network, inputs, LAYER, index, False)
        return np.stack(GradCAM.generate_ponderated_output(*found))

    def run(photos: Pixels, draw: bool) -> Answer:
        parts = split(normalize(photos, job.values), CHUNK)
        maps = [
            np.concatenate([explain(part, index) for part in parts])
            for index in range(network.output_shape[-1])
        ]
        return answer(photos, np.stack(maps, 1), draw)

    return run


def vizgradcam(job: Job) -> ForwardPass:
    """VizGradCAM's algorithm, step by step as the article's tool takes them.

    It explains the predicted class alone, so it is called once where others explain every class.
    """
    import keras
    import tensorflow as tf

    model = open_keras(job.model)

    def run(photos: Pixels, draw: bool) -> Answer:
        image = normalize(photos[0], job.values)
        predicted = int(np.argmax(model.predict(image[None], verbose=0)))
        last = next(x for x in reversed(model.layers) if isinstance(x, keras.layers.Conv2D))
        with tf.GradientTape() as tape:
            both = keras.Model(model.inputs, [model.get_layer(last.name).output, model.output])
            activations, scores = both(image[None])
            score = scores[:, predicted]
        weights = tf.reduce_mean(tape.gradient(score, activations)[0], axis=(0, 1))
        grid = np.zeros(activations.shape[1:3], np.float32)
        for index, weight in enumerate(weights):  # a channel at a time
            grid += weight * activations[0][:, :, index]
        grid = grid.numpy()
        picture = in_jet(image, grid) if draw else None
        return Answer(np.log(scores.numpy()), [grid[None]], picture)

    return run


def in_jet(image: Array, grid: Array, interpolant: float = 0.5) -> Pixels:
    """The overlay as the article's tool draws it: jet over the photo at full contrast."""
    shown = np.maximum(cv2.resize(grid, image.shape[1::-1]), 0)
    levels = np.uint8(255 * (shown - shown.min()) / max(np.ptp(shown), 1e-12))
    heatmap = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    photo = np.uint8((image - image.min()) / np.ptp(image) * 255)
    return np.uint8(photo * interpolant + heatmap * (1 - interpolant))


def bare_tensorflow(job: Job) -> ForwardPass:
    """The Keras model frozen into one TensorFlow function, with nothing but logits asked of it."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    network = logits_model(open_keras(job.model))
    traced = tf.function(lambda inputs: network(inputs, training=False))
    signature = tf.TensorSpec([None, *job.photos.shape[1:]], tf.float32)
    frozen = convert_variables_to_constants_v2(traced.get_concrete_function(signature))

    def run(inputs: Array, draw: bool) -> Answer:
        parts = [frozen(tf.constant(part))[0].numpy() for part in split(inputs)]
        return Answer(np.concatenate(parts))

    return run


def each_class(
    job: Job, explain: Callable[[Array, list[int]], Array], chunk: int | None = None
) -> ForwardPass:
    """A run from what explains one class of each input [N, h, w, 3]."""
    count = len(job.weights["last_output/bias"])

    def run(photos: Pixels, draw: bool) -> Answer:
        inputs = normalize(photos, job.values)
        return answer(photos, class_by_class(photos, inputs, count, explain, chunk), draw)

    return run


def logits_model(model: Any) -> Any:
    """The same network without its softmax, which is how each of these asks to be given it."""
    import keras

    last = model.get_layer("last_output")
    bare = keras.layers.Dense(last.units, name="logits")
    network = keras.Model(model.inputs[0], bare(last.input))
    bare.set_weights(last.get_weights())
    return network
