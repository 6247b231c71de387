"""Score-CAM's masks and map: by hand, in loops, and on a network whose answers are known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from core.explain.score_cam import score_cam, score_cam_masks
from core.explain.score_gradients import contrastive, counterfactual


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def some(seed):
    rng = np.random.default_rng(seed)
    shapes = (2, 3, 4, 5), (2, 5, 3), (2, 3)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("seed", range(3))
def test_masks_reach_from_0_to_1_and_keep_the_order(seed):
    activations = some(seed)[0][0]
    activations[..., 2] = 7
    masks = score_cam_masks(activations)
    assert masks.shape == (5, 3, 4)
    assert masks.dtype == np.float32
    assert not masks[2].any()
    for k in (0, 1, 3, 4):
        assert (masks[k].min(), masks[k].max()) == (0, 1)
        assert (masks[k].ravel().argsort() == activations[..., k].ravel().argsort()).all()
        low, high = activations[..., k].min(), activations[..., k].max()
        assert masks[k] == pytest.approx((activations[..., k] - low) / (high - low), abs=1e-6)


@pytest.mark.parametrize("value", [0, 1, -3, 1e-40])
def test_a_layer_that_is_the_same_everywhere_masks_and_says_nothing(value):
    activations = np.full((1, 2, 2, 3), value, np.float32)
    assert not score_cam_masks(activations[0]).any()
    maps = score_cam(activations, np.ones((1, 3, 2), np.float32), np.zeros((1, 2), np.float32))
    assert maps.shape == (1, 2, 2, 2)
    assert not maps.any()


@pytest.mark.parametrize("seed", range(3))
def test_a_map_is_the_papers_sum(seed):
    activations, scores, baseline = some(seed)
    activations[:, :, :, 1] = 2  # the same everywhere: no weight
    maps = score_cam(activations, scores, baseline)
    assert maps.dtype == np.float32
    for n in range(2):
        for c in range(3):
            slow = np.zeros((3, 4))
            for k in (0, 2, 3, 4):
                increase = float(scores[n, k, c]) - float(baseline[n, c])
                slow += increase * activations[n, :, :, k].astype(float)
            assert maps[n, c] == pytest.approx(slow, abs=1e-5)


def test_a_contrast_is_the_difference_of_scores():
    activations, scores, baseline = some(4)
    maps = score_cam(activations, scores, baseline)
    asked = score_cam(activations, scores - scores[:, :, [1]], baseline - baseline[:, [1]])
    assert asked == pytest.approx(contrastive(maps, 1), abs=1e-5)
    assert score_cam(activations, -scores, -baseline) == pytest.approx(
        counterfactual(maps), abs=1e-6
    )


def test_the_cell_a_network_looks_at_is_brightest():
    """A network whose score is one cell of its input, explained at its input: known by hand."""
    photo = np.arange(1, 10, dtype=np.float32).reshape(3, 3)
    activations = np.zeros((1, 3, 3, 9), np.float32)
    activations.reshape(9, 9)[np.arange(9), np.arange(9)] = photo.ravel()  # a channel a cell
    shown = score_cam_masks(activations[0]) * photo
    looked_at = shown[:, 1, 2]  # the score of each masked photo
    maps = score_cam(activations, looked_at.reshape(1, 9, 1), np.zeros((1, 1), np.float32))[0, 0]
    assert maps[1, 2] == 36  # 6 by which the score rises, times the activation 6
    assert (np.delete(maps.ravel(), 5) == 0).all()
