"""Rank agreement against its definition; maps on other grids."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from core.evidence.masked_input import cell_means
from core.evidence.rank_correlation import rank_correlation, resample


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_correlation_of_ranks(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, 4, 5)).astype(np.float32)
    ranks = [each.ravel().argsort().argsort() for each in (one, other)]
    n, d = 20, ranks[0] - ranks[1]
    assert rank_correlation(one, other) == pytest.approx(1 - 6 * (d**2).sum() / (n * (n**2 - 1)))


def test_only_the_order_counts():
    one = np.array([[0.1, 5], [-2, 3]], np.float32)
    assert rank_correlation(one, np.exp(one)) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)


@pytest.mark.parametrize("other", [np.ones((2, 2)), np.full((2, 2), np.nan)])
def test_without_an_order_there_is_no_agreement(other):
    one = np.arange(4, dtype=np.float32).reshape(2, 2)
    assert rank_correlation(one, other.astype(np.float32)) is None
    assert rank_correlation(other.astype(np.float32), one) is None


def test_cells_that_are_not_known_are_left_out():
    one = np.array([1, 2, 3, 99, 4], np.float32)
    other = np.array([10, 20, 30, np.nan, 40], np.float32)
    assert rank_correlation(one, other) == pytest.approx(1)
    assert rank_correlation(one[:3], other[[0, 1, 3]]) is None


def test_a_coarser_grid_takes_the_means():
    heat = np.random.default_rng(0).normal(size=(28, 14)).astype(np.float32)
    assert resample(heat, (7, 7)) == pytest.approx(cell_means(heat, (7, 7)), abs=1e-5)
    assert resample(heat, (28, 14)) == pytest.approx(heat)


def test_a_finer_grid_interpolates_between_the_centres():
    heat = np.array([[0, 1], [2, 3]], np.float32)
    expected = np.array([0, 0.25, 0.75, 1])
    assert resample(heat, (4, 4)) == pytest.approx(expected + 2 * expected[:, None], abs=1e-6)
    assert resample(np.array([[1, 3, 5, 7], [3, 5, 7, 9]], np.float32), (4, 1)).shape == (4, 1)
