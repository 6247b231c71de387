"""Grains are found by colour, by outline where the colour is a shadow's, and none in a heap."""

from __future__ import annotations

import numpy as np

from core.grain_counting import detect
from core.grain_counting.classify_pieces import AT_EDGE, NOT_SEPARATED
from core.grain_counting.color_model import segment_by_color
from core.grain_counting.detect import detect_grains
from tests.support.drawn_grains import on_paper, rough, scattered, table


def test_a_grain_of_a_shadows_colour_is_found_by_its_outline():
    grains = scattered()
    photo, mask = on_paper(*grains)
    _, one = table(grains[0])
    photo[one] = (170, 167, 160)  # paper with three quarters of its light
    assert segment_by_color(photo, rough(mask, 2)).mask[one].mean() < 0.4
    found = detect_grains(photo, rough(mask, 2)).pieces
    assert len(found) == 12
    drawn = np.zeros(mask.shape, bool)
    for piece in found:
        assert not drawn[piece.place][piece.inside].any()
        drawn[piece.place] |= piece.inside
    assert drawn[one].mean() > 0.9


def test_pieces_come_from_top_to_bottom():
    found = detect_grains(*table(*scattered(24), (300, 450, 88, 30, 0))).pieces
    tops = [piece.box.top for piece in found]
    assert len(tops) == 25
    assert tops == sorted(tops)


def test_detected_pieces_are_classified():
    found = detect_grains(*table(*scattered(12), (300, 400, 88, 30, 0), (2, 450, 60, 20, 0)))
    assert sorted((piece.problem, piece.count) for piece in found.pieces if piece.problem) == [
        (AT_EDGE, 1),
        (NOT_SEPARATED, 2),
    ]


def test_what_fills_the_photo_is_no_grain():
    assert detect_grains(*table((320, 240, 600, 400, 0))) == ([], True, False, False)
    assert len(detect_grains(*table((320, 240, 400, 200, 0))).pieces) == 1


def test_similar_colours_of_rice_and_ground_are_noted():
    rng = np.random.default_rng(0)
    photo, mask = table(*scattered())
    assert not detect_grains(photo, mask).similar_colors
    near = np.where(mask[..., None], (205, 203, 198), (200, 198, 193)) + rng.normal(
        0, 8, (480, 640, 1)
    )
    assert detect_grains(np.clip(near, 0, 255).astype(np.uint8), mask).similar_colors


def test_nothing_is_no_grain():
    assert detect_grains(*table()) == ([], False, False, False)


def test_thousands_of_specks_are_not_looked_at_one_by_one(monkeypatch):
    photo, mask = table(*[(5 + 8 * (n % 78), 5 + 8 * (n // 78), 4, 3, 0) for n in range(4000)])

    def looks(labels):
        raise AssertionError

    monkeypatch.setattr(detect, "measure_regions", looks)
    assert detect_grains(photo, mask) == ([], False, False, True)
