"""The explainer against closed forms, and against the network itself."""

from __future__ import annotations

import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.cam import METHODS, grad_cam
from core.explain.explainer import Explainer
from core.explain.render import heat_on_photo
from core.explain.request import SCORE_CAM, ExplainRequest
from core.explain.score_gradients import probability_gradients
from core.models.network import softmax
from tests.support.pooled_network import photo_of, pooled_explainer, red_explainer

WEIGHTS = np.array([[2, -1, 0.5], [-0.5, 1, 1], [1, -2, 1.5]], np.float32)
BIAS = np.array([0.1, -0.2, 0.3], np.float32)


@pytest.fixture(scope="module")
def pooled():
    return pooled_explainer(WEIGHTS, bias=BIAS)


@pytest.fixture(scope="module")
def photo():
    return photo_of(np.random.default_rng(4).integers(0, 256, (40, 60, 3)).astype(np.uint8))


@pytest.fixture(scope="module")
def inputs():
    coarse = np.random.default_rng(0).normal(0, 1, (3, 8, 8, 3)).astype(np.float32)
    return np.stack([cv2.resize(each, (64, 64)) for each in coarse])


def maps(explainer, photo, **request):
    (explained,) = explainer.explain([photo], ExplainRequest(**request))
    return explained.maps


def test_an_explanation_says_what_it_is_of(pooled, photo):
    (explained,) = pooled.explain([photo])
    assert (explained.sha256, explained.model) == (photo.sha256, "pooled")
    assert explained.classes == ("a", "b", "c")
    assert explained.request == ExplainRequest("grad-cam", layers=("last",))
    assert explained.placement.photo == (40, 60)
    assert explained.scores.sum() == pytest.approx(1)
    assert explained.shifted is None


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_temperature_changes_the_probabilities_and_nothing_else(pooled, photo, temperature):
    card = replace(pooled.card, temperature=temperature)
    other = Explainer(pooled.name, card, pooled.network)
    for request in (
        *({}, {"score": "probability"}, {"method": "score-cam"}),
        *({"contrast_class": "b"}, {"upsampling": 2}),
    ):
        (own,), (changed,) = (
            each.explain([photo], ExplainRequest(**request)) for each in (pooled, other)
        )
        assert changed.scores == pytest.approx(softmax(own.logits / temperature), rel=1e-5)
        assert (changed.maps == own.maps).all()
        assert (changed.logits == own.logits).all()
        assert changed.predicted == own.predicted
    pixels = pooled.fit(photo).pixels[None]
    assert other.scores(pixels)[0] == pytest.approx(changed.scores, rel=1e-5)


def test_the_cells_of_a_class_add_up_to_its_logit_less_the_bias(pooled, photo):
    for layer in pooled.layers:
        (explained,) = pooled.explain([photo], ExplainRequest(layers=(layer.name,)))
        assert explained.maps.shape == (3, *layer.grid)
        assert explained.maps.sum(axis=(1, 2)) + BIAS == pytest.approx(explained.logits, abs=1e-4)


@pytest.mark.parametrize("method", [*METHODS, SCORE_CAM])
def test_every_method_gives_a_map_a_class(pooled, photo, method):
    found = maps(pooled, photo, method=method)
    assert found.shape == (3, 2, 2)
    assert found.dtype == np.float32
    assert np.ptp(found) > 0


def test_behind_pooling_three_methods_are_one(pooled, photo):
    for method in ("hires-cam", "xgrad-cam"):
        assert maps(pooled, photo, method=method) == pytest.approx(maps(pooled, photo), rel=1e-4)


def test_a_contrast_is_the_difference_and_what_speaks_against_the_opposite(pooled, photo):
    plain = maps(pooled, photo)
    assert maps(pooled, photo, contrast_class="b") == pytest.approx(plain - plain[1], abs=1e-6)
    assert maps(pooled, photo, negate=True) == pytest.approx(-plain)
    scored = maps(pooled, photo, method="score-cam", contrast_class="b", negate=True)
    expected = maps(pooled, photo, method="score-cam")
    assert scored == pytest.approx(expected[1] - expected, abs=1e-6)


def test_a_probability_has_the_gradient_of_the_softmax(pooled, photo):
    (explained,) = pooled.explain([photo])
    p, logit_maps = explained.scores, explained.maps
    mean = np.einsum("c,chw->hw", p, logit_maps)
    expected = p[:, None, None] * (logit_maps - mean)
    assert maps(pooled, photo, score="probability") == pytest.approx(expected, abs=1e-6)


def test_classes_that_do_not_exclude_each_other_have_the_gradient_of_the_sigmoid(photo):
    explainer = pooled_explainer(WEIGHTS, head="sigmoid")
    (explained,) = explainer.explain([photo])
    assert explained.scores == pytest.approx(1 / (1 + np.exp(-explained.logits)), abs=1e-6)
    slopes = (explained.scores * (1 - explained.scores))[:, None, None]
    assert maps(explainer, photo, score="probability") == pytest.approx(
        slopes * explained.maps, abs=1e-6
    )


def test_score_cam_weighs_each_channel_by_the_score_under_its_mask(pooled, photo):
    """The masks enlarged, the input multiplied and the network run, one channel at a time."""
    (explained,) = pooled.explain([photo], ExplainRequest("score-cam", layers=("late",)))
    shown = cv2.resize(photo.rgb, (64, 64), interpolation=cv2.INTER_LINEAR)
    inputs = pooled.prepare(shown[None])
    activations = pooled.forward(inputs, "late").activations[0]
    baseline = pooled.scores(np.zeros((1, 64, 64, 3), np.uint8))[0]
    expected = np.zeros((3, 4, 4))
    for k in range(3):
        channel = activations[..., k]
        mask = (channel - channel.min()) / (channel.max() - channel.min())
        masked = inputs * cv2.resize(mask, (64, 64))[..., None]
        increase = pooled.forward(masked).scores[0] - baseline
        expected += increase[:, None, None] * channel
    assert explained.maps == pytest.approx(expected, abs=1e-4)


def test_layers_are_named_and_fused(pooled, photo):
    (explained,) = pooled.explain([photo], ExplainRequest(layers=("late", "last", "late")))
    assert explained.grid == (4, 4)
    assert explained.layer == "late + last"
    assert np.abs(explained.maps).max() <= 1
    assert pooled.resolve(ExplainRequest()).layers == ("last",)


def test_forward_passes_are_counted_before_they_are_made(pooled):
    assert pooled.forward_passes(ExplainRequest()) == 1
    assert pooled.forward_passes(ExplainRequest(layers=("late", "last"))) == 2
    assert pooled.forward_passes(ExplainRequest(upsampling=8)) == 65
    assert pooled.forward_passes(ExplainRequest(method="score-cam")) == 5


def test_a_finer_map_says_what_the_shifted_photos_were_classified_as(photo):
    explainer, request = red_explainer(), ExplainRequest(upsampling=4)
    (explained,) = explainer.explain([photo], request)
    (plain,) = explainer.explain([photo])
    assert explained.grid == (8, 8)
    assert explainer.forward_passes(request) == 17
    assert explained.shifted.passes == 16
    assert 0 <= explained.shifted.same <= 1
    assert explained.shifted.scores.sum() == pytest.approx(1, abs=1e-5)
    assert explained.scores == pytest.approx(plain.scores, abs=1e-6)


@pytest.mark.parametrize("geometry", ["squash", "letterbox", "crop"])
def test_the_heat_lies_on_what_causes_it(geometry):
    """A network that answers to brightness alone: the heat must follow a bright square."""
    bright = pooled_explainer([[1, -1]] * 3, ("bright", "dark"), geometry)
    rng = np.random.default_rng(4)
    for height, width in [(120, 240), (300, 200)]:
        side = 40
        top = int(rng.integers(60 if height > width else 0, height - side - 60 * (height > width)))
        left = int(rng.integers(60 if width > height else 0, width - side - 60 * (width > height)))
        rgb = np.zeros((height, width, 3), np.uint8)
        rgb[top : top + side, left : left + side] = 255
        (explained,) = bright.explain([photo_of(rgb)], ExplainRequest(layers=("early",)))
        drawn = heat_on_photo(explained.map("bright"), explained.placement, (height, width))
        inside = drawn.levels[top : top + side, left : left + side]
        assert explained.predicted == "bright"
        assert np.argwhere(drawn.levels == 255).mean(axis=0) == pytest.approx(
            (top + side / 2, left + side / 2), abs=8
        )
        assert inside.mean() > 150
        assert drawn.levels.mean() < 40
        against = heat_on_photo(explained.map("dark"), explained.placement, (height, width))
        assert against.is_empty
        assert not against.levels.any()


def test_a_batch_gives_what_single_photos_give(pooled):
    rng = np.random.default_rng(5)
    photos = [photo_of(rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)) for _ in range(70)]
    together = pooled.explain(photos)  # more than are explained in one run
    for one, explained in zip(photos[::23], together[::23], strict=True):
        (alone,) = pooled.explain([one])
        assert alone.maps == pytest.approx(explained.maps, abs=1e-6)
        assert alone.scores == pytest.approx(explained.scores, abs=1e-6)
    assert len(together) == 70
    assert pooled.explain([]) == []


def test_photos_of_a_stream_are_taken_few_at_a_time_and_not_kept(pooled):
    made, alive, seen = [], [], []

    def photos():
        for number in range(150):
            photo = photo_of(np.full((40, 60, 3), number, np.uint8))
            made.append(weakref.ref(photo))
            seen.append(photo.sha256)
            yield photo
            del photo
            alive.append(sum(each() is not None for each in made))

    stream = pooled.explain_stream(map(pooled.fit, photos()))
    assert next(stream).sha256 == seen[0]
    assert len(made) < 150
    assert [each.sha256 for each in stream] == seen[1:]
    assert max(alive) <= 1


def test_a_map_is_as_fine_as_the_photos_pixels_at_most(pooled):
    height, width = pooled.card.input.size
    rows, columns = pooled.layer().grid
    finest = min(height // rows, width // columns)
    assert pooled.resolve(ExplainRequest(upsampling=finest)).upsampling == finest
    for too_fine in (finest + 1, 100_000):
        with pytest.raises(ModelError, match=f"Give at most {finest}") as error:
            pooled.resolve(ExplainRequest(upsampling=too_fine))
        assert error.value.code == "question_too_fine"


def test_what_the_model_lacks_is_answered_with_what_it_has(pooled):
    with pytest.raises(ModelError, match="early, late, last"):
        pooled.layer("conv_last")
    with pytest.raises(ModelError, match="has no class 'Arborio'; it has a, b, c"):
        pooled.resolve(ExplainRequest(contrast_class="Arborio"))


def test_a_network_without_a_grid_cannot_be_explained(pooled):
    class Flat:
        layers = ()

    with pytest.raises(ModelError, match="no layer whose rows and columns lie as the photo's do"):
        type(pooled)("flat", pooled.card, Flat())


@pytest.mark.tensorflow
def test_the_articles_layers_are_there(small_model, explainer):
    assert explainer.layer().name == "top_activation"
    assert explainer.layer().grid == (2, 2)
    assert small_model.keras.layers[-1].name == "last_output"


@pytest.mark.tensorflow
def test_the_frozen_network_answers_as_the_model_does(small_model, explainer, inputs):
    found = explainer.forward(inputs)
    assert found.scores == pytest.approx(np.asarray(small_model.keras(inputs)), abs=1e-5)


@pytest.mark.tensorflow
def test_maps_equal_the_classic_class_activation_map(small_model, explainer, inputs):
    """Global average pooling and one dense layer: the map is W . A / (h w), Zhou et al. 2016."""
    found = explainer.forward(inputs)
    weights, bias = small_model.keras.get_layer("last_output").get_weights()
    classic = np.einsum("nhwk,kc->nchw", found.activations, weights) / 4
    maps = grad_cam(found.activations, found.gradients)
    assert maps == pytest.approx(classic, rel=1e-4, abs=1e-5)
    # and a class's cells add up to its logit, less the bias
    assert maps.sum(axis=(2, 3)) + bias == pytest.approx(found.logits, rel=1e-3, abs=1e-3)


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["top_conv", "block6a_expand_activation"])
def test_gradients_equal_a_gradient_tape(small_model, explainer, inputs, layer):
    import keras
    import tensorflow as tf

    model = small_model.keras
    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    found = explainer.forward(inputs, layer)
    ours = probability_gradients(found.gradients, found.scores)
    for index in range(3):
        with tf.GradientTape() as tape:
            activations, scores = both(inputs)
            score = scores[:, index]
        theirs = tape.gradient(score, activations).numpy()
        limit = 1e-4 * float(np.abs(theirs).max())
        assert np.abs(ours[:, index] - theirs).max() <= limit


@pytest.mark.tensorflow
def test_threads_do_not_disturb_each_other(explainer, inputs):
    expected = [explainer.forward(inputs[i : i + 1]).logits for i in range(3)]
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(lambda i: explainer.forward(inputs[i % 3 : i % 3 + 1]).logits, range(24))
        )
    for number, logits in enumerate(results):
        assert logits == pytest.approx(expected[number % 3], abs=1e-5)


@pytest.mark.tensorflow
def test_three_methods_are_one_for_the_articles_model_too(explainer, photo):
    assert explainer.layer().pooled
    for method in ("hires-cam", "xgrad-cam"):
        assert maps(explainer, photo, method=method) == pytest.approx(
            maps(explainer, photo), rel=1e-3, abs=1e-4
        )


@pytest.mark.tensorflow
def test_a_batch_of_the_articles_model_gives_what_single_photos_give(explainer):
    rng = np.random.default_rng(5)
    photos = [photo_of(rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)) for _ in range(18)]
    together = explainer.explain(photos)
    for one, explained in zip(photos[::6], together[::6], strict=True):
        (alone,) = explainer.explain([one])
        assert alone.maps == pytest.approx(explained.maps, abs=1e-4)
        assert alone.scores == pytest.approx(explained.scores, abs=1e-5)


@pytest.mark.tensorflow
def test_layers_of_the_articles_model_are_fused_and_priced(explainer, photo):
    request = ExplainRequest(layers=("block6a_expand_activation", "top_activation"))
    (explained,) = explainer.explain([photo], request)
    assert explained.grid == (4, 4)
    assert np.abs(explained.maps).max() <= 1
    every_channel = explainer.layer().channels + 2
    assert explainer.forward_passes(ExplainRequest(method="score-cam")) == every_channel


def test_what_is_no_number_is_refused_in_words(photo):
    broken = pooled_explainer(WEIGHTS, bias=np.array([np.nan, 0, 0], np.float32))
    with pytest.raises(ModelError, match="no number"):
        broken.explain([photo])
