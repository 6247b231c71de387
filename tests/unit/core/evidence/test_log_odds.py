"""Log odds against logits, also where probabilities are rounded off."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.log_odds import log_odds, to_probability
from core.models.network import probabilities


@pytest.mark.parametrize("strength", [1, 12])
def test_of_a_softmax_they_are_the_logit_over_all_others(strength):
    logits = (np.random.default_rng(0).normal(size=(9, 3)) * strength).astype(np.float32)
    exact = logits.astype(float)
    expected = exact[:, 1] - np.logaddexp(exact[:, 0], exact[:, 2])
    scores = probabilities(logits, "softmax")
    assert log_odds(scores, 1, "softmax") == pytest.approx(expected, abs=1e-3)
    assert log_odds(scores, 1, "softmax", negate=True) == pytest.approx(-expected, abs=1e-3)
    assert log_odds(scores, 1, "softmax", contrast_class=2) == pytest.approx(
        exact[:, 1] - exact[:, 2], abs=1e-3
    )


def test_of_a_sigmoid_they_are_the_logit():
    logits = np.array([[-5, 3], [0, 0], [4, -1]], np.float32)
    assert log_odds(probabilities(logits, "sigmoid"), 0, "sigmoid") == pytest.approx(
        logits[:, 0], abs=1e-3
    )


def test_certainty_is_finite_and_share_is_their_inverse():
    scores = np.array([[1, 0], [0, 1], [0.25, 0.75]], np.float32)
    found = log_odds(scores, 0, "softmax")
    assert np.isfinite(found).all()
    assert to_probability(found) == pytest.approx(scores[:, 0])
