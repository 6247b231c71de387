"""A sheet holds every tile, where its caption says."""

from __future__ import annotations

import numpy as np

from core.validation.contact_sheet import Tile, contact_sheet, draw_tile
from tests.support.known_networks import explainer, photo, rice


def tile(caption=""):
    mask = rice()
    shown = photo(mask, (60, 160, 60))
    (explanation,) = explainer(mask).explain([shown])
    return Tile(shown.rgb, explanation, mask, caption)


def test_tiles_stand_in_rows():
    one, two, four = (contact_sheet([tile()] * number, 3) for number in (1, 2, 4))
    assert one.shape == two.shape
    assert four.shape[0] > 1.9 * one.shape[0]
    assert (two != 255).any(axis=2).sum() > 1.9 * (one != 255).any(axis=2).sum()


def test_the_rice_has_an_outline_where_it_was_found():
    with_rice = draw_tile(tile())
    without = draw_tile(Tile(**{**vars(tile()), "rice": np.zeros_like(rice())}))
    assert (with_rice == 255).all(axis=2).sum() > 100
    assert not (without == 255).all(axis=2).any()


def test_a_caption_is_written():
    assert (contact_sheet([tile("looks at: rice\nwhy")]) != contact_sheet([tile()])).any()
