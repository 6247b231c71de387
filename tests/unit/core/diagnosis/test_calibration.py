"""What probabilities are worth: known answers, and a model that is made too sure."""

from __future__ import annotations

import numpy as np
import pytest

from core.diagnosis.calibration import (
    brier_score,
    calibrate,
    calibration_error,
    fit_temperature,
)
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


def test_a_model_that_is_too_sure_is_off_and_its_temperature_mends_it():
    logits, labels = drawn(600)
    found = calibrate(logits * 4, labels, np.arange(600) // 3)
    assert found.error.low < found.error.value < found.error.high
    assert found.error.value > 0.1 > 0.07 > found.error_after.value
    assert found.brier_after.value < found.brier.value
    assert found.brier.low < found.brier.value < found.brier.high
    assert found.temperature == pytest.approx(4, rel=0.2)


def test_one_scene_says_nothing():
    logits, labels = drawn(20)
    assert calibrate(logits, labels, np.zeros(20, int)) is None
