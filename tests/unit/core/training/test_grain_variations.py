"""Grains are varied in colour and length, and follow from the seed."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.grain_variations import vary_grains
from tests.support.drawn_cutouts import stock


@pytest.fixture(scope="module")
def grains():
    return [grain for some in stock().values() for grain in some]


@pytest.fixture(scope="module")
def varied(grains):
    return [vary_grains(grains, np.random.default_rng(seed)) for seed in range(40)]


def test_the_same_seed_gives_the_same_grains(grains, varied):
    for one, other in zip(vary_grains(grains, np.random.default_rng(3)), varied[3], strict=True):
        np.testing.assert_array_equal(one.rgba, other.rgba)


def test_they_are_of_one_variety(varied):
    assert all(len({grain.variety for grain in some}) == 1 for some in varied)
    assert len({some[0].variety for some in varied}) > 1


def test_some_are_dark_some_are_brown_and_most_are_pale(varied):
    colours = np.array(
        [[g.rgba[..., :3][g.rgba[..., 3] > 200].mean(axis=0) for g in some[:1]] for some in varied]
    ).reshape(-1, 3)
    light = colours.mean(axis=1)
    assert light.min() < 0.5 * light.max()
    assert (colours[:, 2] < 0.75 * colours[:, 0]).any()  # far less blue than red


def test_some_are_broken(grains, varied):
    whole = np.median([(grain.rgba[..., 3] >= 128).sum() for grain in grains])
    areas = [[(grain.rgba[..., 3] >= 128).sum() for grain in some] for some in varied]
    assert any(min(some) < 0.75 * max(some) for some in areas)
    assert max(map(max, areas)) <= 2 * whole
