"""A cut-out shows the grain and nothing else, however it lay and whatever the light was."""

from __future__ import annotations

import numpy as np
import pytest

from core.grain_counting.components import find_components
from core.grain_counting.cut_out import cut_out, cut_out_piece
from tests.support.drawn_grains import table


def one(turn=0, long=120, wide=40):
    photo, mask = table((320, 240, long, wide, turn))
    (piece,) = find_components(photo, mask)
    return photo, piece


@pytest.mark.parametrize("turn", [0, 30, 77, 90, 150])
@pytest.mark.parametrize(("long", "wide"), [(120, 40), (240, 80), (30, 10)])
def test_however_a_grain_lies_and_however_near_it_looks_the_same(turn, long, wide):
    photo, piece = one(turn, long, wide)
    shown = cut_out_piece(photo, piece, 64)
    rows, columns = np.nonzero(shown.max(axis=2) > 100)
    assert np.ptp(rows) + 1 == pytest.approx(0.9 * 64, abs=3)
    assert np.ptp(columns) + 1 == pytest.approx(0.3 * 64, abs=3)
    assert (rows.mean(), columns.mean()) == pytest.approx((31.5, 31.5), abs=1)


def test_background_and_light_leave_nothing():
    photo, piece = one(30)
    as_it_was = cut_out_piece(photo, piece, 64)
    other = photo.copy()
    rgb = np.random.default_rng(0).integers(0, 255, other.shape)
    inside = (photo == photo[240, 320]).all(axis=2)
    other[~inside] = rgb[~inside]
    assert (cut_out_piece(other, piece, 64) == as_it_was).all()
    tinted = (photo * (0.5, 0.45, 0.3)).astype(np.uint8)
    assert np.abs(cut_out_piece(tinted, piece, 64).astype(int) - as_it_was).max() <= 3


def test_a_black_thing_does_not_become_rice():
    box = np.full((20, 60, 3), 5, np.uint8)
    assert cut_out(box, np.ones((20, 60), bool), 0.0, 32).max() <= 20


def test_which_end_is_up_is_the_photos():
    """The right half is darker: a grain that lies level stands with it down."""
    box = np.full((20, 60, 3), 200, np.uint8)
    box[:, 30:] = 100
    shown = cut_out(box, np.ones((20, 60), bool), 0.0, 64)
    assert shown[10:30, 32].mean() > 1.5 * shown[34:54, 32].mean()
