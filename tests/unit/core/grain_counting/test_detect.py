"""Grains are found by colour, by outline where the colour is a shadow's, and none in a heap."""

from __future__ import annotations

import numpy as np

from core.grain_counting.color_model import recoloured
from core.grain_counting.detect import find_grains
from tests.support.drawn_grains import scattered, table
from tests.unit.core.grain_counting.test_color_model import on_paper, rough


def test_a_grain_of_a_shadows_colour_is_found_by_its_outline():
    grains = scattered()
    photo, mask = on_paper(*grains)
    _, one = table(grains[0])
    photo[one] = (170, 167, 160)  # paper with three quarters of its light
    assert recoloured(photo, rough(mask, 2)).mask[one].mean() < 0.4
    found = find_grains(photo, rough(mask, 2)).pieces
    assert len(found) == 12
    drawn = np.zeros(mask.shape, bool)
    for piece in found:
        assert not drawn[piece.place][piece.inside].any()
        drawn[piece.place] |= piece.inside
    assert drawn[one].mean() > 0.9


def test_pieces_come_from_top_to_bottom():
    found = find_grains(*table(*scattered(24))).pieces
    tops = [piece.box.top for piece in found]
    assert len(tops) == 24
    assert tops == sorted(tops)


def test_what_fills_the_photo_is_no_grain():
    assert find_grains(*table((320, 240, 600, 400, 0))) == ([], True, False)
    assert len(find_grains(*table((320, 240, 400, 200, 0))).pieces) == 1


def test_rice_and_ground_of_like_colours_are_told():
    rng = np.random.default_rng(0)
    photo, mask = table(*scattered())
    assert not find_grains(photo, mask).alike
    near = np.where(mask[..., None], (205, 203, 198), (200, 198, 193)) + rng.normal(
        0, 8, (480, 640, 1)
    )
    assert find_grains(np.clip(near, 0, 255).astype(np.uint8), mask).alike


def test_nothing_is_no_grain():
    assert find_grains(*table()) == ([], False, False)
