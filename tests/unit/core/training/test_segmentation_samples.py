"""Samples follow from their seed; rice, cores and lengths are those of the grains laid."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.segmentation_samples import SIDE, make_sample
from core.training.segmentation_stock import MaskedPhoto, Stock
from tests.support.drawn_cutouts import stock as drawn_stock

GROUNDS = (np.full((90, 120, 3), (40, 60, 110), np.uint8),)


@pytest.fixture(scope="module")
def grains():
    return tuple(grain for some in drawn_stock().values() for grain in some)


@pytest.fixture(scope="module")
def samples(grains):
    stock = Stock(grains, GROUNDS, GROUNDS, ())
    return [make_sample(stock, seed) for seed in range(12)]


def test_the_same_seed_gives_the_same_sample(grains, samples):
    again = make_sample(Stock(grains, GROUNDS, GROUNDS, ()), 5)
    np.testing.assert_array_equal(again.rgb, samples[5].rgb)
    np.testing.assert_array_equal(again.rice, samples[5].rice)


def test_some_have_rice_and_know_its_length_and_some_have_none(samples):
    for each in samples:
        assert each.rgb.shape == (SIDE, SIDE, 3)
        assert set(np.unique(each.rice)) <= {0, 1}
        assert 0 <= each.core.min() <= each.core.max() <= 1
        assert not each.core[each.rice == 0].any()
    with_rice = [each for each in samples if each.rice.any()]
    assert 3 <= len(with_rice) <= 11
    assert all(-3 < each.length < 3 for each in with_rice)
    assert any(np.isnan(each.length) for each in samples)


@pytest.mark.slow
def test_of_a_real_photo_nobody_knows_the_cores(grains):
    rice = np.zeros((90, 120), bool)
    rice[:, 60:] = True
    photo = MaskedPhoto("a", np.where(rice[..., None], 220, 40).astype(np.uint8).repeat(3, 2), rice)
    stock = Stock(grains, GROUNDS, GROUNDS, (photo,))
    made = [make_sample(stock, seed) for seed in range(24)]
    real = [each for each in made if (each.core < 0).any()]
    assert 1 <= len(real) <= 9
    for each in real:
        np.testing.assert_array_equal(each.core < 0, each.rice > 0)
        assert np.isnan(each.length)
