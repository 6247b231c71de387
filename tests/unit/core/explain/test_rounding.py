"""Maps that are zero but for rounding, told from maps that are small."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain import rounding
from core.explain.cam import METHODS
from core.explain.rounding import drop_rounding, size_of_sums
from core.explain.score_gradients import contrastive, probability_gradients

RNG = np.random.default_rng(0)
SCORES = np.full((2, 3), 4, np.float32)


def numbers(*shape):
    return RNG.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1, 1e-2])
def test_evidence_stays(method, scale):
    activations, gradients = numbers(2, 7, 7, 40), np.float32(scale) * numbers(2, 3, 7, 7, 40)
    maps = METHODS[method](activations, gradients)
    size = size_of_sums(method, activations, gradients, SCORES)
    assert drop_rounding(maps, size) is maps


def test_gradients_that_cancel_over_the_cells_leave_nothing():
    """As in front of a softmax over places, which takes no notice of a shift of them all."""
    activations, gradients = numbers(2, 8, 8, 1), numbers(2, 3, 8, 8, 1)
    gradients -= gradients.mean(axis=(2, 3), keepdims=True)
    maps = METHODS["grad-cam"](activations, gradients)
    assert maps.any()  # rounding alone, as bright as any map on a scale of its own
    size = size_of_sums("grad-cam", activations, gradients, np.zeros((2, 3), np.float32))
    assert not drop_rounding(maps, size).any()
    own_cells = METHODS["hires-cam"](activations, gradients)
    assert drop_rounding(own_cells, size_of_sums("hires-cam", activations, gradients, SCORES)).all()


def test_gradients_that_are_rounding_themselves_leave_nothing():
    gradients = np.float32(1e-7) * numbers(2, 3, 7, 7, 5)
    activations = numbers(2, 7, 7, 5)
    maps = METHODS["layer-cam"](activations, gradients)
    size = size_of_sums("layer-cam", activations, gradients, np.full((2, 3), 1000, np.float32))
    assert not drop_rounding(maps, size).any()


def test_one_class_alone_may_be_zero():
    activations, gradients = numbers(1, 4, 4, 6), numbers(1, 3, 4, 4, 6)
    against_itself = contrastive(gradients, 1)
    maps = METHODS["grad-cam"](activations, against_itself)
    size = size_of_sums("grad-cam", activations, against_itself, SCORES[:1])
    assert drop_rounding(maps, size).any(axis=(2, 3)).tolist() == [[True, False, True]]


def test_gradients_of_a_view_are_not_copied_out():
    activations = numbers(1, 3, 3, 4)
    one = numbers(1, 2, 1, 1, 4)
    view = np.broadcast_to(one, (1, 2, 3, 3, 4))
    for method in METHODS:
        sizes = [size_of_sums(method, activations, each, SCORES[:1, :2]) for each in (view, +view)]
        assert sizes[0] == pytest.approx(sizes[1], rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_many_classes_are_taken_some_at_a_time(method, monkeypatch):
    activations, gradients = numbers(2, 3, 3, 4), numbers(2, 7, 3, 3, 4)
    size = size_of_sums(method, activations, gradients, np.zeros((2, 7), np.float32))
    monkeypatch.setattr(rounding, "_NUMBERS", 3 * 2 * 3 * 3 * 4)  # three classes
    some = size_of_sums(method, activations, gradients, np.zeros((2, 7), np.float32))
    assert some == pytest.approx(size, rel=1e-5)


def test_a_saturated_probability_has_no_noise_for_a_gradient():
    """The likeliest class's gradient is the others' shares, not what 1 - p leaves of rounding."""
    gradients = 100 * numbers(1, 3, 2, 2, 4)
    scores = np.array([[1, 1e-12, 1e-20]], np.float32)
    found = probability_gradients(gradients, scores)
    exact = scores.astype(np.float64)[..., None, None, None]
    wide = gradients.astype(np.float64)
    expected = exact[:, :1] * (exact[:, 1:] * (wide[:, :1] - wide[:, 1:])).sum(axis=1)
    assert found[:, 0] == pytest.approx(expected[:, 0], rel=1e-5)
