"""What probabilities are worth: known answers, and a model that is made too sure."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.calibration import (
    bins_of_card,
    brier_score,
    calibrate,
    calibration_error,
    fit_temperature,
    measure_reliability,
    reliability_bins,
    to_card,
)
from core.models.card import Card, Input, card_from_dict, card_to_dict, class_names
from core.models.network import softmax


def drawn(count, seed=0):
    """Logits [N, 3], and classes drawn with just their probabilities."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 3)).astype(np.float32)
    uniform = rng.random((count, 1))
    return logits, (softmax(logits).cumsum(axis=1) < uniform).sum(axis=1).clip(0, 2)


def test_errors_of_known_scores():
    always = np.array([[0.9, 0.1]] * 10)
    assert calibration_error(always, np.array([0] * 9 + [1])) == pytest.approx(0)
    assert calibration_error(always, np.zeros(10, int)) == pytest.approx(0.1)
    assert calibration_error(always, np.ones(10, int)) == pytest.approx(0.9)
    assert brier_score(always, np.ones(10, int)) == pytest.approx(2 * 0.81)


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_the_temperature_undoes_what_made_a_model_too_sure_or_not_sure_enough(factor):
    logits, labels = drawn(20_000)
    assert fit_temperature(logits * factor, labels) == pytest.approx(factor, rel=0.05)


def test_a_temperature_of_few_photos_that_are_all_right_does_not_ask_for_certainty():
    logits = np.array([[4, 0, 0]] * 20, np.float32)
    likely = softmax(logits / np.float32(fit_temperature(logits, np.zeros(20, int))))[0, 0]
    assert likely == pytest.approx(20.5 / 21.5, abs=1e-3)  # Jeffreys' prior


def test_a_model_that_is_too_sure_is_off_and_its_temperature_mends_it():
    logits, labels = drawn(600)
    found = calibrate(logits * 4, labels, np.arange(600) // 3)
    raw, mended = found.raw, found.refitted
    assert raw.error.low < raw.error.value < raw.error.high
    assert raw.error.value > 0.1 > 0.07 > mended.error.value
    assert mended.brier.value < raw.brier.value
    assert raw.brier.low < raw.brier.value < raw.brier.high
    assert found.fitted == pytest.approx(4, rel=0.2)
    assert (found.own, found.now, found.improves) == (1, raw, True)


def test_the_temperature_of_the_card_counts_before_another_is_asked_for():
    logits, labels = drawn(600)
    found = calibrate(logits * 4, labels, np.arange(600) // 3, own=4.0)
    assert found.now.error.value < 0.07 < found.raw.error.value
    assert found.own == 4


def test_an_error_that_chance_alone_makes_is_called_so():
    logits, labels = drawn(90)
    fair = calibrate(logits, labels, np.arange(90)).raw
    assert fair.by_chance.low < fair.error.value < fair.by_chance.high
    assert fair.by_chance.value > 0.05  # of 90 photos, though the probabilities are right
    wrong = calibrate(logits * 9, labels, np.arange(90)).raw
    assert wrong.error.value > wrong.by_chance.high


def test_the_bins_hold_every_photo_once_and_go_into_the_card():
    logits, labels = drawn(300)
    scores = softmax(logits)
    found = measure_reliability(scores, labels, np.arange(300))
    assert sum(each.photos for each in found.bins) == 300
    assert all(each.low - 1e-3 <= each.confidence <= each.high for each in found.bins)
    right = sum(each.photos * each.right for each in found.bins)
    assert right == pytest.approx((scores.argmax(axis=1) == labels).sum())
    data = to_card(found)
    write = Card(class_names(["a", "b"]), Input(8, 8), calibration=data)
    kept = card_from_dict(card_to_dict(write)).calibration
    assert [each.photos for each in bins_of_card(kept)] == [each.photos for each in found.bins]
    assert bins_of_card({}) == ()


def test_a_probability_at_the_edge_of_two_bins_is_in_the_upper_one():
    bins = reliability_bins(np.array([0.7, 0.6999999, 0.69]), np.array([True, True, False]))
    assert [(each.low, each.photos) for each in bins] == [(0.6, 1), (0.7, 2)]


def test_one_scene_says_nothing():
    logits, labels = drawn(20)
    assert calibrate(logits, labels, np.zeros(20, int)) is None
