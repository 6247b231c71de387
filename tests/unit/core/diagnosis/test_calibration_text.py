"""Calibration in words: the errors with and without, the bins, and what would be saved."""

from __future__ import annotations

import numpy as np

from core.diagnosis.calibration_text import calibration_text
from core.models.calibration import calibrate


def text(factor, own=1.0):
    """Of a model whose logits are so many times what they should be."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (600, 2)).astype(np.float32)
    likely = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    labels = (rng.random(600) < likely).astype(int)
    said = calibration_text(calibrate(logits * factor, labels, np.arange(600), own))
    assert max(map(len, said.splitlines())) <= 80
    return said


def test_a_model_that_is_too_sure_would_be_saved_with_a_temperature():
    said = text(4)
    rows = [line for line in said.splitlines() if line.startswith("  ")]
    assert [row.split()[0] for row in rows[:3]] == ["temperature", "none", "of"]
    assert "its card's" not in said
    assert "90 to 100 %" in said
    joined = " ".join(said.split())
    assert "These photos ask for a temperature of 4." in joined
    assert "--save writes it into the card." in joined


def test_the_temperature_of_the_card_has_a_row_of_its_own():
    assert "its card's, 4.00" in text(4, own=4.0)


def test_a_temperature_that_does_not_help_is_not_saved():
    right = text(1)
    assert ("--save writes" in right) != ("it is not saved" in " ".join(right.split()))
