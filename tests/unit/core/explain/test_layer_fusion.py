"""Fused maps: placed as on a photo, in shares of each layer's best, signs kept."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
import pytest

from core.explain.layer_fusion import fuse_layers

TOP = np.tanh(2)


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def some(seed, *sizes, classes=3):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(classes, *size)).astype(np.float32) for size in sizes]


@pytest.mark.parametrize("seed", range(3))
def test_on_one_grid_cut_off_at_zero_it_is_the_papers_sum(seed):
    layers = some(seed, (4, 5), (4, 5))
    fused = fuse_layers(layers)
    assert fused.dtype == np.float32
    for c in range(3):
        slow = np.zeros((4, 5))
        for layer in layers:
            positive = np.maximum(layer[c].astype(float), 0)  # the paper's maps have their ReLU
            slow = np.maximum(slow, np.tanh(2 * positive / positive.max()))
        assert np.maximum(fused[c], 0) == pytest.approx(slow, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_coarse_layer_is_enlarged_as_opencv_does(seed):
    coarse, fine = some(seed, (2, 3), (8, 12))
    coarse[:, 1, 1] = 0.5  # something speaks for each class
    fused = fuse_layers([coarse, fine])
    assert fused.shape == (3, 8, 12)
    for c in range(3):
        low = np.tanh(2 * coarse[c] / coarse[c].max())
        enlarged = cv2.resize(low, (12, 8), interpolation=cv2.INTER_LINEAR)
        expected = np.maximum(enlarged, np.tanh(2 * fine[c] / fine[c].max()))
        assert fused[c] == pytest.approx(expected, abs=1e-5)


def test_the_grid_is_the_finest_both_ways():
    assert fuse_layers(some(0, (2, 8), (5, 3))).shape == (3, 5, 8)


def test_a_spot_stays_where_it_was():
    coarse, fine = np.zeros((1, 2, 2), np.float32), np.zeros((1, 8, 8), np.float32)
    coarse[0, 1, 0] = 1
    fused = fuse_layers([fine, coarse])[0]
    assert fused[6:, :2] == pytest.approx(np.full((2, 2), TOP))  # beyond the cell's centre
    assert not fused[:2].any()
    assert not fused[:, 6:].any()


@pytest.mark.parametrize("seed", range(3))
def test_order_and_each_layers_unit_do_not_matter_and_flips_carry_over(seed):
    layers = some(seed, (2, 2), (4, 6), (3, 3))
    fused = fuse_layers(layers)
    assert (fuse_layers(layers[::-1]) == fused).all()
    assert fuse_layers([layers[0] * 1000, *layers[1:]]) == pytest.approx(fused, abs=1e-5)
    for axis in (1, 2):
        flipped = fuse_layers([np.flip(layer, axis) for layer in layers])
        assert flipped == pytest.approx(np.flip(fused, axis), abs=1e-5)


def test_what_speaks_against_in_every_layer_stays_below_zero():
    one = np.array([[[-1, 4]]], np.float32)
    two = np.array([[[-1, 1]]], np.float32)
    fused = fuse_layers([one, two])
    assert fused[0, 0] == pytest.approx([np.tanh(-0.5), TOP])


def test_a_layer_in_which_nothing_speaks_for_the_class_divides_by_no_zero():
    nothing, lowered = np.zeros((1, 1, 2), np.float32), np.array([[[-3, -1.5]]], np.float32)
    assert not fuse_layers([nothing, nothing]).any()
    assert fuse_layers([lowered, lowered])[0, 0] == pytest.approx([-TOP, np.tanh(-1)])
    assert not fuse_layers([lowered, nothing]).any()
    hardly = np.array([[[1e-45, -3e38]]], np.float32)
    assert fuse_layers([hardly, hardly])[0, 0] == pytest.approx([TOP, -1])
