"""Pictures made smaller."""

from __future__ import annotations

import numpy as np
import pytest

from core.images.resize import scaled_size, shrink, shrink_to


@pytest.mark.parametrize("shape", [(400, 10, 3), (10, 400, 3), (30, 20, 3)])
def test_a_picture_shrinks_in_proportion_and_never_grows(shape):
    small = shrink_to(np.zeros(shape, np.uint8), 100)
    assert max(small.shape[:2]) == min(100, max(shape))
    assert min(small.shape[:2]) >= 1
    assert shape[0] / shape[1] == pytest.approx(small.shape[0] / small.shape[1], rel=0.5)


def test_every_pixel_counts():
    rgb = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype(np.uint8)
    means = rgb.reshape(2, 4, 3, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrink(rgb, 0.25) - means).max() <= 0.5


def test_what_is_small_enough_is_left_alone():
    rgb = np.zeros((3, 4, 3), np.uint8)
    assert shrink(rgb, 1) is rgb
    assert shrink(rgb, 1.5) is rgb


def test_a_size_has_one_pixel_at_least():
    assert scaled_size(1, 1000, 0.01) == (10, 1)
    assert scaled_size(30, 20, 2) == (40, 60)
