"""Other rice: what it covers, and what it leaves as it is."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.other_rice import lay_other_rice, render_heaps, render_scattered


def table_with_a_place(side=64):
    """An even table, and a place for rice in the middle of it."""
    pixels = np.full((side, side, 3), (40, 90, 160), np.uint8)
    rice = np.zeros((side, side), np.float32)
    rice[20:44, 20:44] = 1
    return pixels, rice


def test_heaps_lie_in_the_very_place_and_nowhere_else():
    pixels, rice = table_with_a_place()
    laid = lay_other_rice(pixels, rice, None)
    assert len(laid) == len(render_heaps()) == 2
    for each in laid:
        assert (each[rice == 0] == pixels[rice == 0]).all()
        # Hardly anything of that blue is left.
        assert (each[rice == 1] == (40, 90, 160)).all(axis=1).mean() < 0.01


def test_scattered_grains_lie_on_the_emptied_photo_and_leave_most_of_it_free():
    pixels, rice = table_with_a_place()
    scattered = lay_other_rice(pixels, rice, pixels)[2:]
    assert len(scattered) == len(render_scattered()) == 2
    for each in scattered:
        assert 0.5 < (each == pixels).all(axis=2).mean() < 0.99


@pytest.mark.parametrize("pictures", [render_heaps, render_scattered])
def test_each_is_other_rice(pictures):
    shown = [each if pictures is render_heaps else each[0] for each in pictures()]
    assert len({each.tobytes() for each in shown}) == len(shown)
