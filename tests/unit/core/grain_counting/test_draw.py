"""Grains drawn in the colour of their variety, and one by one with their heat."""

from __future__ import annotations

import numpy as np
import pytest

from core.grain_counting.count_grains import count_grains
from core.grain_counting.draw import (
    UNCLASSIFIED,
    draw_close_up,
    draw_numbered,
    provenance,
    variety_colors,
)
from core.images.decode import Photo
from tests.support.drawn_grains import scattered, table

RGB, MASK = table(*scattered(6), (300, 400, 88, 30, 0))


@pytest.fixture(scope="module")
def found(explainer):
    return count_grains(Photo(RGB, "f" * 64, (640, 480), "PNG"), explainer, MASK)


def test_grains_are_outlined_in_the_colour_of_their_variety(found, explainer):
    drawn = draw_numbered(RGB, found, explainer.card.names)
    of = variety_colors(explainer.card.names)
    for grain in found.grains:
        part = drawn[grain.piece.place][grain.piece.inside]
        painted = of.get(grain.variety, UNCLASSIFIED)
        assert (np.abs(part.astype(int) - painted).max(axis=1) < 40).sum() > 20
    assert (drawn[5, 5] == RGB[5, 5]).all()


def test_small_grains_are_still_seen_within_their_outlines(explainer):
    rgb, mask = table(*scattered(12, 26, 12))
    small = count_grains(Photo(rgb, "f" * 64, (640, 480), "PNG"), explainer, mask)
    assert len(small.grains) == 12
    drawn = draw_numbered(rgb, small, explainer.card.names)
    for grain in small.grains:
        own = grain.piece.place, grain.piece.inside
        kept = (drawn[own[0]][own[1]] == rgb[own[0]][own[1]]).all(axis=1)
        assert kept.mean() > 0.15  # with their numbers less than that of most


def test_as_many_colours_as_varieties():
    assert len({*variety_colors([str(n) for n in range(30)]).values()}) == 30


def test_a_close_up_shows_the_grain_and_its_heat(found):
    shown = draw_close_up(found.grains[0], 96)
    assert shown.shape == (96, 2 * 96 + 6, 3)
    assert (shown[:, :96] != shown[:, -96:]).any()


def test_a_picture_says_where_it_comes_from(found):
    about = provenance(found, "grains-64")
    assert (about["Photo SHA-256"], about["Model"]) == ("f" * 64, "grains-64")
