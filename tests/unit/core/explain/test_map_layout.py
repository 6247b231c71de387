"""Maps of layers that do not fill the input, laid onto all of it."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.map_layout import fill_input
from core.models.network import Layer, Span


def layer(grid, spans):
    return Layer("a", "Conv2D", "a:0", grid, 1, spans=spans)


def test_a_layer_that_fills_the_input_is_left_alone():
    maps = np.ones((3, 2, 2), np.float32)
    assert fill_input(maps, layer((2, 2), None)) is maps


def test_values_between_middles_are_interpolated_and_stay_constant_beyond():
    inner = Span(0.25, 0.75, 0.0, 1.0)
    filled = fill_input(np.array([[2.0, 6.0]], np.float32), layer((1, 2), (WHOLE, inner)))
    assert filled.tolist() == [[2, 2, 6, 6]]


WHOLE = Span(0.0, 1.0, 0.0, 1.0)


def test_what_no_cell_sees_has_no_heat():
    right = Span(0.5, 1.0, 0.45, 1.0)
    filled = fill_input(np.full((5, 2, 2), 7, np.float32), layer((2, 2), (WHOLE, right)))
    assert filled.shape == (5, 2, 4)
    assert filled[0].tolist() == [[0, 0, 7, 7]] * 2


@pytest.mark.parametrize("cells", [4, 5, 9])
def test_a_ramp_stays_where_it_was(cells):
    """Heat that grows with the place on the input grows as much with the place on the map."""
    span = Span(0.2, 0.8, 0.0, 1.0)
    middles = span.begin + (np.arange(cells) + 0.5) * (span.end - span.begin) / cells
    filled = fill_input(middles[None].astype(np.float32), layer((1, cells), (WHOLE, span)))[0]
    places = (np.arange(len(filled)) + 0.5) / len(filled)
    inside = (places > middles[0]) & (places < middles[-1])
    assert filled[inside] == pytest.approx(places[inside], abs=1e-6)
