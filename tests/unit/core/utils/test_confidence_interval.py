"""Wilson's interval against its definition: shares that a score test just does not reject."""

from __future__ import annotations

import math

import pytest

from core.utils.confidence_interval import wilson_interval


@pytest.mark.parametrize(("hits", "count"), [(1, 3), (85, 90), (81, 87), (5000, 10_000)])
def test_the_ends_are_where_a_score_test_is_at_its_limit(hits, count):
    for end in wilson_interval(hits, count):
        z = abs(hits / count - end) / math.sqrt(end * (1 - end) / count)
        assert z == pytest.approx(1.96)


def test_all_or_none_leave_room_on_one_side_only():
    assert wilson_interval(0, 10)[0] == 0
    assert wilson_interval(10, 10)[1] == 1
    assert wilson_interval(10, 10)[0] == pytest.approx(10 / (10 + 1.96**2))
