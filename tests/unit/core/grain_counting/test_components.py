"""Pieces have the size, direction and place that they were drawn with."""

from __future__ import annotations

import numpy as np
import pytest

from core.grain_counting.components import find_components
from tests.support.drawn_grains import scattered, table


def test_sizes_and_directions_are_those_drawn():
    grains = scattered(12)
    photo, mask = table(*grains)
    pieces = find_components(photo, mask)
    assert len(pieces) == 12
    for x, y, long, wide, turn in grains:
        (piece,) = (p for p in pieces if abs(p.box.left + p.box.width / 2 - x) < 5
                    and abs(p.box.top + p.box.height / 2 - y) < 5)  # fmt: skip
        assert piece.length == pytest.approx(long, abs=2.5)
        assert piece.width == pytest.approx(wide, abs=2.5)
        assert piece.area == pytest.approx(np.pi / 4 * long * wide, rel=0.1)
        assert abs((np.degrees(piece.angle) - turn + 90) % 180 - 90) < 2
        assert piece.solidity > 0.95
        assert not piece.at_edge


def test_a_grain_that_the_edge_cuts_is_noted():
    photo, mask = table((5, 200, 60, 20, 0), (300, 200, 60, 20, 0), (300, 478, 60, 20, 90))
    assert sorted(piece.at_edge for piece in find_components(photo, mask)) == [False, True, True]


def test_nothing_is_no_grain():
    photo, mask = table()
    assert find_components(photo, mask) == []
