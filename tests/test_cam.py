"""The formulas, on arrays small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.cam import grad_cam, probability_gradients, softmax


def test_a_channel_counts_by_its_mean_gradient():
    activations = np.zeros((1, 2, 2, 2), np.float32)
    activations[0, 0, 0, 0] = 3  # channel 0 fires in the first cell
    activations[0, 1, 1, 1] = 5  # channel 1 in the last
    gradients = np.zeros((1, 1, 2, 2, 2), np.float32)
    gradients[0, 0, 0, 0, 0] = 4  # mean over four cells: 1
    gradients[0, 0, :, :, 1] = -2  # mean: -2
    assert grad_cam(activations, gradients)[0, 0].tolist() == [[3, 0], [0, -10]]


def test_no_gradient_gives_no_map():
    activations = np.ones((2, 3, 3, 4), np.float32)
    maps = grad_cam(activations, np.zeros((2, 5, 3, 3, 4), np.float32))
    assert maps.shape == (2, 5, 3, 3)
    assert not maps.any()


def test_softmax_does_not_overflow():
    scores = softmax(np.array([[1000.0, 999.0], [-1000.0, -1000.0]], np.float32))
    assert scores[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert scores[1].tolist() == [0.5, 0.5]


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
