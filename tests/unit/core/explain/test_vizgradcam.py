"""`VizGradCAM` gives what the article's own code gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.vizgradcam import VizGradCAM
from tests.support import tiny_networks
from tests.support.pooled_network import pooled_explainer


@pytest.fixture(scope="module")
def image():
    coarse = np.random.default_rng(0).normal(0, 1, (8, 8, 3)).astype(np.float32)
    return cv2.resize(coarse, (64, 64))


def articles_heatmap(model, image):
    """The article's algorithm, written down for comparison: uint8 [h, w, 3]."""
    import keras
    import tensorflow as tf

    last = next(x for x in reversed(model.layers) if isinstance(x, keras.layers.Conv2D))
    both = keras.Model(model.inputs, [last.output, model.output])
    with tf.GradientTape() as tape:
        activations, scores = both(image[None])
        loss = scores[:, int(np.argmax(scores))]
    gradients = tape.gradient(loss, activations)
    weights = tf.reduce_mean(gradients[0], axis=(0, 1))
    grid = tf.reduce_sum(weights * activations[0], axis=-1).numpy()
    drawn = np.maximum(cv2.resize(grid, image.shape[1::-1]), 0)
    drawn = (drawn - drawn.min()) / (drawn.max() - drawn.min())
    return cv2.applyColorMap(np.uint8(255 * drawn), cv2.COLORMAP_JET)[..., ::-1]


def articles_overlay(image, heatmap, interpolant):
    shown = np.uint8((image - image.min()) / (image.max() - image.min()) * 255)
    return np.uint8(shown * interpolant + heatmap * (1 - interpolant))


def assert_within_3_grey_levels(ours, theirs):
    difference = np.abs(ours.astype(int) - theirs)
    # Jet climbs by 4 from one of its 256 colours to the next, so a value that rounding puts on the
    # other side of an edge between two may differ by 4; that is rare.
    assert difference.max() <= 4
    assert (difference > 3).mean() < 0.01


@pytest.mark.tensorflow
def test_the_articles_pictures_are_reproduced(small_model, explainer, image, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    shown = []
    monkeypatch.setattr(pyplot, "imshow", shown.append)
    heatmap = articles_heatmap(small_model.keras, image)
    assert_within_3_grey_levels(VizGradCAM(explainer, image, plot_results=False), heatmap)
    for interpolant in (0.2, 0.5, 0.9):
        assert VizGradCAM(explainer, image, interpolant) is None
        assert_within_3_grey_levels(shown.pop(), articles_overlay(image, heatmap, interpolant))


@pytest.mark.tensorflow
def test_a_keras_model_is_taken_as_it_is(image):
    model = tiny_networks.classifier(tiny_networks.generation(3), (64, 64, 3))
    ours = VizGradCAM(model, image, plot_results=False)
    assert_within_3_grey_levels(ours, articles_heatmap(model, image))


def test_wrong_arguments_are_answered_with_what_is_expected(image):
    explainer = pooled_explainer(np.eye(3))
    assert VizGradCAM(explainer, image, plot_results=False).shape == (64, 64, 3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        VizGradCAM(explainer, image, 1.0)
    with pytest.raises(ValueError, match="the model takes"):
        VizGradCAM(explainer, image[:32])


def test_a_model_without_a_convolution_is_refused(image):
    explainer = pooled_explainer(np.eye(3))
    explainer.layers = explainer.layers[-1:]
    with pytest.raises(ModelError, match="no convolution"):
        VizGradCAM(explainer, image)
