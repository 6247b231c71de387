"""`VizGradCAM` gives what the article's own code gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.vizgradcam import VizGradCAM
from tests.support.pooled_network import pooled_explainer


@pytest.fixture(scope="module")
def image():
    coarse = np.random.default_rng(0).normal(0, 1, (8, 8, 3)).astype(np.float32)
    return cv2.resize(coarse, (64, 64))


def vizgradcam(model, image, interpolant):
    """VizGradCAM's algorithm, written down for comparison: (heatmap, overlay), uint8."""
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
    heatmap = cv2.applyColorMap(np.uint8(255 * drawn), cv2.COLORMAP_JET)[..., ::-1]
    shown = np.uint8((image - image.min()) / (image.max() - image.min()) * 255)
    return heatmap, np.uint8(shown * interpolant + heatmap * (1 - interpolant))


def assert_within_3_grey_levels(ours, theirs):
    difference = np.abs(ours.astype(int) - theirs)
    # Jet climbs by 4 from one of its 256 colours to the next, so a value that rounding puts on the
    # other side of an edge between two may differ by 4; that is rare.
    assert difference.max() <= 4
    assert (difference > 3).mean() < 0.01


@pytest.mark.tensorflow
@pytest.mark.parametrize("interpolant", [0.2, 0.5, 0.9])
def test_vizgradcam_is_reproduced(small_model, image, interpolant, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    shown = []
    monkeypatch.setattr(pyplot, "imshow", shown.append)
    heatmap, overlay = vizgradcam(small_model.keras, image, interpolant)
    ours = VizGradCAM(small_model.keras, image, interpolant, plot_results=False)
    assert_within_3_grey_levels(ours, heatmap)
    assert VizGradCAM(small_model.keras, image, interpolant) is None
    assert_within_3_grey_levels(shown[0], overlay)


@pytest.mark.tensorflow
def test_an_explainer_is_taken_too(small_model, explainer, image):
    ours = VizGradCAM(explainer, image, plot_results=False)
    assert (ours == VizGradCAM(small_model.keras, image, plot_results=False)).all()


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
