"""Variations of a photo, and how far answers and maps moved."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.robustness import FLIPPED, VARIATIONS, likeness, stability, varied


def test_variations_are_what_their_names_say():
    part = np.random.default_rng(0).integers(0, 200, (64, 96, 3)).astype(np.uint8)
    found = dict(zip(VARIATIONS, varied(part), strict=True))
    assert all(each.shape == part.shape and each.dtype == np.uint8 for each in found.values())
    assert (found["down right"][2:, 2:] == part[:-2, :-2]).all()
    assert (found["up left"][:-2, :-2] == part[2:, 2:]).all()
    assert (found[FLIPPED] == part[:, ::-1]).all()
    assert found["brighter"] == pytest.approx(part * 1.15, abs=0.51)
    assert found["darker"] == pytest.approx(part * 0.85, abs=0.51)
    assert (found["warmer"][..., 0] >= part[..., 0]).all()
    assert (found["warmer"][..., 2] <= part[..., 2]).all()
    white = varied(np.full((8, 8, 3), 255, np.uint8))
    assert (white[3] == 255).all()


def test_a_map_that_follows_the_photo_is_the_same_map():
    heat = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
    heats = [heat[:, ::-1] if name == FLIPPED else heat for name in VARIATIONS]
    scores = np.tile(np.array([0.7, 0.3], np.float32), (6, 1))
    scores[4] = 0.4, 0.6
    found = stability(scores, 0, 0, heat, heats)
    assert found.likeness == pytest.approx(np.ones(6))
    assert found.map_likeness == pytest.approx(1)
    assert found.same == pytest.approx(5 / 6)
    assert found.lowest == pytest.approx(0.4)
    still = stability(scores, 0, 0, heat, [heat] * 6)
    assert still.likeness[2] < 1


def test_likeness_has_its_ends():
    one, other = np.array([[1, 0], [0, 2]], np.float32), np.array([[0, 1], [5, 0]], np.float32)
    assert likeness(one, one * 3) == pytest.approx(1)
    assert likeness(one, -one) == pytest.approx(-1)
    assert likeness(one, other) == 0
    assert np.isnan(likeness(one, one * 0))


def test_no_maps_are_no_likeness():
    scores = np.full((6, 2), 0.5, np.float32)
    assert stability(scores, 0, 1, None, []).map_likeness is None
    heat = np.zeros((2, 2), np.float32)
    assert stability(scores, 0, 1, heat, [heat] * 6).map_likeness is None
