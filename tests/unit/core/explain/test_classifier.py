"""Photos are shown to a classifier as its card says, a few at a time, and it answers each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.explain.classifier import Classifier
from core.images.preprocess import normalize
from core.models.card import Input
from core.models.network import softmax
from tests.support.pooled_network import SIDE, photo_of, pooled_explainer

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(3, 3)).astype(np.float32)
PIXELS = RNG.integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture
def classifier():
    made = pooled_explainer(WEIGHTS)
    return Classifier(made.name, made.card, made.network)


def test_logits_are_those_of_the_closed_form_however_many_are_shown_in_a_run(classifier):
    expected = (PIXELS / 255).mean(axis=(1, 2)) @ WEIGHTS
    for batch in (classifier.batch, 2, 1):
        classifier.batch = batch
        assert classifier.logits(PIXELS) == pytest.approx(expected, abs=1e-5)
    assert classifier.scores(PIXELS) == pytest.approx(softmax(expected), abs=1e-5)


def test_a_run_holds_fewer_photos_the_larger_they_are(classifier):
    card = classifier.card
    large = Classifier("large", replace(card, input=Input(224, 224)), classifier.network)
    huge = Classifier("huge", replace(card, input=Input(4000, 4000)), classifier.network)
    assert classifier.batch > large.batch > huge.batch == 1


def test_the_temperature_divides_the_logits_of_the_probabilities_alone(classifier):
    warm = Classifier("warm", replace(classifier.card, temperature=2.0), classifier.network)
    logits = classifier.logits(PIXELS)
    assert (warm.logits(PIXELS) == logits).all()
    assert warm.scores(PIXELS) == pytest.approx(softmax(logits / 2), abs=1e-6)
    assert warm.probabilities(logits) == pytest.approx(softmax(logits / 2), abs=1e-6)


@pytest.mark.parametrize(("values", "order"), [("0-1", "rgb"), ("-1-1", "rgb"), ("0-255", "bgr")])
def test_numbers_are_those_of_the_card(values, order, classifier):
    card = replace(classifier.card, input=Input(SIDE, SIDE, values, order=order))
    found = Classifier("other", card, classifier.network).prepare(PIXELS)
    assert (found == normalize(PIXELS, values, order, 3)).all()


@pytest.mark.parametrize("geometry", ["squash", "crop", "letterbox"])
def test_a_photo_is_fitted_as_the_card_says(geometry, classifier):
    card = replace(classifier.card, input=Input(SIDE, SIDE, "0-1", geometry))
    photo = photo_of(RNG.integers(0, 256, (40, 60, 3)).astype(np.uint8))
    fitted = Classifier("other", card, classifier.network).fit(photo)
    assert fitted.pixels.shape == (SIDE, SIDE, 3)
    assert fitted.placement.photo == (40, 60)
    assert (fitted.sha256, fitted.assumed_bits) == (photo.sha256, photo.assumed_bits)
