"""Gradients of what a map answers: by their derivatives, and without copies of what is one cell."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.score_gradients import (
    contrastive,
    counterfactual,
    once,
    probability_gradients,
)
from core.models.network import softmax


def test_a_question_to_a_view_is_a_view():
    """1,000 classes must not become gigabytes."""
    one = np.random.default_rng(0).normal(size=(1, 1000, 1, 1, 8)).astype(np.float32)
    view = np.broadcast_to(one, (1, 1000, 7, 7, 8))
    scores = softmax(np.zeros((1, 1000), np.float32))
    for asked in (contrastive(view, -1), counterfactual(view), probability_gradients(view, scores)):
        assert asked.shape == view.shape
        assert asked.dtype == np.float32
        assert asked.strides[2:4] == (0, 0)
    assert (contrastive(view, -1) == view - view[:, -1:]).all()


def test_only_a_view_of_one_cell_is_taken_once():
    one = np.ones((1, 2, 1, 1, 3), np.float32)
    assert once(np.broadcast_to(one, (1, 2, 4, 5, 3))).shape == one.shape
    assert once(np.ones((1, 2, 4, 5, 3), np.float32)).shape == (1, 2, 4, 5, 3)


def test_probability_gradients_are_the_softmax_derivative():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 6))  # logits = weights @ a, for activations a

    def probability(a):
        return softmax((weights @ a)[None])[0]

    point, step = rng.normal(size=6), 1e-5
    numeric = np.stack(
        [(probability(point + step * e) - probability(point - step * e)) / (2 * step)
         for e in np.eye(6)], axis=1,
    )  # fmt: skip
    gradients = weights.reshape(1, 3, 1, 1, 6)
    exact = probability_gradients(gradients, probability(point)[None])
    assert exact.reshape(3, 6) == pytest.approx(numeric, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_probability_gradients_of_several_photos_are_each_ones(seed):
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=(2, 3, 3, 4, 5)).astype(np.float32)
    scores = softmax(rng.normal(size=(2, 3)).astype(np.float32))
    exact = probability_gradients(gradients, scores)
    for n in range(2):
        for c in range(3):
            mean = sum(scores[n, j] * gradients[n, j] for j in range(3))
            expected = scores[n, c] * (gradients[n, c] - mean)
            assert exact[n, c] == pytest.approx(expected, abs=1e-6)
