"""Variations of a photo, and how far answers and maps moved."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.robustness import (
    FLIPPED,
    PERTURBATIONS,
    cosine_similarity,
    measure_robustness,
    perturb,
)


def test_variations_are_what_their_names_say():
    part = np.random.default_rng(0).integers(0, 200, (64, 96, 3)).astype(np.uint8)
    found = dict(zip(PERTURBATIONS, perturb(part), strict=True))
    assert all(each.shape == part.shape and each.dtype == np.uint8 for each in found.values())
    assert (found["down right"][2:, 2:] == part[:-2, :-2]).all()
    assert (found["up left"][:-2, :-2] == part[2:, 2:]).all()
    assert (found[FLIPPED] == part[:, ::-1]).all()
    assert found["brighter"] == pytest.approx(part * 1.15, abs=0.51)
    assert found["darker"] == pytest.approx(part * 0.85, abs=0.51)
    assert (found["warmer"][..., 0] >= part[..., 0]).all()
    assert (found["warmer"][..., 2] <= part[..., 2]).all()
    white = perturb(np.full((8, 8, 3), 255, np.uint8))
    assert (white[3] == 255).all()


def test_a_map_that_follows_the_photo_is_the_same_map():
    heat = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
    heats = [heat[:, ::-1] if name == FLIPPED else heat for name in PERTURBATIONS]
    scores = np.tile(np.array([0.7, 0.3], np.float32), (6, 1))
    scores[4] = 0.4, 0.6
    found = measure_robustness(scores, 0, 0, heat, heats)
    assert found.similarity == pytest.approx(np.ones(6))
    assert found.mean_similarity == pytest.approx(1)
    assert found.same_class == pytest.approx(5 / 6)
    assert found.lowest_score == pytest.approx(0.4)
    still = measure_robustness(scores, 0, 0, heat, [heat] * 6)
    assert still.similarity[2] < 1


def test_likeness_has_its_ends():
    one, other = np.array([[1, 0], [0, 2]], np.float32), np.array([[0, 1], [5, 0]], np.float32)
    assert cosine_similarity(one, one * 3) == pytest.approx(1)
    assert cosine_similarity(one, -one) == pytest.approx(-1)
    assert cosine_similarity(one, other) == 0
    assert np.isnan(cosine_similarity(one, one * 0))


def test_no_maps_are_no_likeness():
    scores = np.full((6, 2), 0.5, np.float32)
    assert measure_robustness(scores, 0, 1, None, []).mean_similarity is None
    heat = np.zeros((2, 2), np.float32)
    assert measure_robustness(scores, 0, 1, heat, [heat] * 6).mean_similarity is None
