"""Drawn cloths follow from the seed, differ, and have a print, a weave or folds."""

from __future__ import annotations

import numpy as np
import pytest

from core.synthetic.cloths import draw_cloth


@pytest.fixture(scope="module")
def cloths():
    return [draw_cloth(96, np.random.default_rng(seed)) for seed in range(24)]


def test_the_same_seed_gives_the_same_cloth(cloths):
    np.testing.assert_array_equal(cloths[3], draw_cloth(96, np.random.default_rng(3)))


def test_no_cloth_is_like_another_or_without_any_texture(cloths):
    assert all(each.shape == (96, 96, 3) and each.dtype == np.uint8 for each in cloths)
    assert len({each.tobytes() for each in cloths}) == len(cloths)
    assert all(each.std(axis=(0, 1)).max() > 0.5 for each in cloths)


def test_most_are_pale_and_many_are_printed(cloths):
    assert sum(each.mean() > 130 for each in cloths) >= 8
    # A print has two colours far apart; weave and folds only shade one.
    spread = [np.ptp(np.percentile(each.reshape(-1, 3), [5, 95], axis=0), 0) for each in cloths]
    assert sum(each.max() > 60 for each in spread) >= 6
