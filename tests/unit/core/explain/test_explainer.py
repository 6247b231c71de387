"""The explainer against closed forms, the article's tool, and the network itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.cam import grad_cam, probability_gradients
from core.explain.open_explainer import tensorflow_explainer
from core.explain.vizgradcam import VizGradCAM
from core.images.decode import Photo
from core.models.card import Card, Input, class_names
from core.models.registry import open_loaded
from core.models.tensorflow.load import from_keras


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    coarse = rng.normal(0, 1, (3, 8, 8, 3)).astype(np.float32)
    return np.stack([cv2.resize(each, (64, 64)) for each in coarse])


def photo(rgb: np.ndarray) -> Photo:
    return Photo(rgb=rgb, sha256="0" * 64, full_size=rgb.shape[1::-1], format="PNG")


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


def test_the_articles_model_has_the_articles_layers(small_model, explainer):
    model = small_model.keras
    assert model.count_params() == 4_053_407
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trainable == 4_011_391
    assert model.count_params() - trainable == 42_016
    assert explainer.layer().name == "top_activation"
    assert explainer.layer().grid == (2, 2)
    assert explainer.layer().channels == 1280
    assert model.layers[-1].name == "last_output"


def test_the_frozen_network_answers_as_the_model_does(small_model, explainer, inputs):
    run = explainer.forward(inputs)
    assert run.scores == pytest.approx(np.asarray(small_model.keras(inputs)), abs=1e-5)


def test_maps_equal_the_classic_class_activation_map(small_model, explainer, inputs):
    """Global average pooling and one dense layer: the map is W . A / (h w), Zhou et al. 2016."""
    run = explainer.forward(inputs)
    weights, bias = small_model.keras.get_layer("last_output").get_weights()
    classic = np.einsum("nhwk,kc->nchw", run.activations, weights) / 4
    maps = grad_cam(run.activations, run.gradients)
    assert maps == pytest.approx(classic, rel=1e-4, abs=1e-5)
    # and a class's cells add up to its logit, less the bias
    assert maps.sum(axis=(2, 3)) + bias == pytest.approx(run.logits, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("layer", ["top_conv", "block6a_expand_activation"])
def test_gradients_equal_a_gradient_tape(small_model, explainer, inputs, layer):
    import keras
    import tensorflow as tf

    model = small_model.keras
    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    run = explainer.forward(inputs, layer)
    ours = probability_gradients(run.gradients, run.scores)
    for index in range(3):
        with tf.GradientTape() as tape:
            activations, scores = both(inputs)
            score = scores[:, index]
        theirs = tape.gradient(score, activations).numpy()
        limit = 1e-4 * float(np.abs(theirs).max())
        assert np.abs(ours[:, index] - theirs).max() <= limit


def assert_within_3_grey_levels(ours, theirs):
    difference = np.abs(ours.astype(int) - theirs)
    # Jet climbs by 4 from one of its 256 colours to the next, so a value that rounding puts on the
    # other side of an edge between two may differ by 4; that is rare.
    assert difference.max() <= 4
    assert (difference > 3).mean() < 0.01


@pytest.mark.parametrize("interpolant", [0.2, 0.5, 0.9])
def test_vizgradcam_is_reproduced(small_model, inputs, interpolant, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    shown = []
    monkeypatch.setattr(pyplot, "imshow", shown.append)
    heatmap, overlay = vizgradcam(small_model.keras, inputs[0], interpolant)
    ours = VizGradCAM(small_model.keras, inputs[0], interpolant, plot_results=False)
    assert_within_3_grey_levels(ours, heatmap)
    assert VizGradCAM(small_model.keras, inputs[0], interpolant) is None
    assert_within_3_grey_levels(shown[0], overlay)


def test_vizgradcam_takes_an_engine_too(small_model, explainer, inputs):
    ours = VizGradCAM(explainer, inputs[0], plot_results=False)
    assert (ours == VizGradCAM(small_model.keras, inputs[0], plot_results=False)).all()
    for wrong in ({"interpolant": 1.0}, {"image": inputs[0][:32]}):
        with pytest.raises(ValueError, match=r"interpolant|takes"):
            VizGradCAM(**({"model": explainer, "image": inputs[0]} | wrong))


@pytest.mark.parametrize("geometry", ["squash", "letterbox", "crop"])
def test_the_heat_lies_on_what_causes_it(geometry):
    """A network that answers to brightness alone: the heat must follow a bright square."""
    import keras

    image = keras.Input((64, 64, 3))
    cells = keras.layers.AveragePooling2D(4, name="cells")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    scores = keras.layers.Dense(2, activation="softmax")(pooled)
    model = keras.Model(image, scores)
    model.layers[-1].set_weights([np.array([[1, -1]] * 3, np.float32), np.zeros(2, np.float32)])
    card = Card(class_names(["bright", "dark"]), Input(64, 64, "0-1", geometry))
    bright = tensorflow_explainer(open_loaded("brightness", from_keras(model), card))
    rng = np.random.default_rng(4)
    for height, width in [(120, 240), (300, 200)]:
        side = 40
        top = int(rng.integers(60 if height > width else 0, height - side - 60 * (height > width)))
        left = int(rng.integers(60 if width > height else 0, width - side - 60 * (width > height)))
        rgb = np.zeros((height, width, 3), np.uint8)
        rgb[top : top + side, left : left + side] = 255
        (explained,) = bright.explain([photo(rgb)])
        from core.explain.render import heat_on_photo

        drawn = heat_on_photo(explained.map("bright"), explained.placement, (height, width))
        inside = drawn.levels[top : top + side, left : left + side]
        assert explained.predicted == "bright"
        assert np.argwhere(drawn.levels == 255).mean(axis=0) == pytest.approx(
            (top + side / 2, left + side / 2), abs=8
        )
        assert inside.mean() > 150
        assert drawn.levels.mean() < 40
        negate = heat_on_photo(explained.map("dark"), explained.placement, (height, width))
        assert negate.is_empty
        assert not negate.levels.any()


def test_a_batch_gives_what_single_photos_give(explainer):
    rng = np.random.default_rng(5)
    photos = [photo(rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)) for _ in range(18)]
    together = explainer.explain(photos)
    for one, explained in zip(photos[::6], together[::6], strict=True):
        (alone,) = explainer.explain([one])
        assert alone.maps == pytest.approx(explained.maps, abs=1e-4)
        assert alone.scores == pytest.approx(explained.scores, abs=1e-5)
    assert explainer.explain([]) == []


def test_threads_do_not_disturb_each_other(explainer, inputs):
    expected = [explainer.forward(inputs[i : i + 1]).logits for i in range(3)]
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(lambda i: explainer.forward(inputs[i % 3 : i % 3 + 1]).logits, range(24))
        )
    for number, logits in enumerate(results):
        assert logits == pytest.approx(expected[number % 3], abs=1e-5)


def test_an_unknown_layer_is_answered_with_the_known_ones(explainer):
    with pytest.raises(ModelError, match="top_activation"):
        explainer.layer("conv_last")


def test_a_model_without_softmax_is_refused(small_model):
    import keras

    model = keras.Sequential(
        [keras.Input((64, 64, 3)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
    )
    with pytest.raises(ModelError, match="softmax"):
        tensorflow_explainer(open_loaded("bare", from_keras(model)))
