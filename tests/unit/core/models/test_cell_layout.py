"""Cells fill a photo evenly, or it is said where they lie."""

from __future__ import annotations

import pytest

from core.models.cell_layout import Axis, mean_layout, spans

EVEN = Axis(4, 8, 4)


def test_even_cells_need_no_spans():
    assert spans((EVEN, EVEN), (32, 32)) is None


def test_cells_of_a_part_say_of_which():
    inner = Axis(8, 4, 4, reach=6)
    rows, columns = spans((inner, EVEN), (32, 32))
    assert rows[:2] == pytest.approx((6 / 32, 22 / 32))
    assert rows[2:] == pytest.approx((2 / 32, 26 / 32))
    assert columns[:2] == (0, 1)


def test_a_stride_moves_the_middle_and_widens_the_step():
    assert EVEN.strided(2, 0.5, 2, 1) == Axis(8, 16, 2, 8.5)
    assert EVEN.divided(8).step == 4
    assert EVEN.divided(8).begin == EVEN.begin == 0


def test_what_lies_apart_is_not_put_together():
    near, far = Axis(6, 8, 4, 3), Axis(9, 8, 4)
    assert mean_layout([(EVEN, EVEN), (near, EVEN)])[0] == Axis(5, 8, 4, 3)
    assert mean_layout([(EVEN, EVEN), (EVEN, far)]) is None
    assert mean_layout([]) is None
