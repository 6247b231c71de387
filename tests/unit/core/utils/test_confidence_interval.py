"""Intervals against their definitions: what a test just does not reject."""

from __future__ import annotations

import math

import pytest

from core.utils.confidence_interval import mean_interval, wilson_interval


@pytest.mark.parametrize(("hits", "count"), [(1, 3), (85, 90), (81, 87), (5000, 10_000)])
def test_the_ends_are_where_a_score_test_is_at_its_limit(hits, count):
    for end in wilson_interval(hits, count):
        z = abs(hits / count - end) / math.sqrt(end * (1 - end) / count)
        assert z == pytest.approx(1.96)


def test_all_or_none_leave_room_on_one_side_only():
    assert wilson_interval(0, 10)[0] == 0
    assert wilson_interval(10, 10)[1] == 1
    assert wilson_interval(10, 10)[0] == pytest.approx(10 / (10 + 1.96**2))


@pytest.mark.parametrize("values", [[1.0, 2.0], [3.5, 2.25, 4.0, 3.0, 7.5]])
def test_the_ends_of_a_mean_are_where_a_t_test_is_at_its_limit(values):
    from scipy.stats import ttest_1samp

    mean, within = mean_interval(values)
    assert mean == pytest.approx(sum(values) / len(values))
    for end in (mean - within, mean + within):
        assert ttest_1samp(values, end).pvalue == pytest.approx(0.05)
