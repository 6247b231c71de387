"""Heat on the rice, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.localization import Localization, localize_heat
from tests.support.known_networks import GREEN, explainer, photo, rice


def whole(shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_share_of_the_positive_heat(seed):
    rng = np.random.default_rng(seed)
    heat = rng.normal(size=(3, 4)).astype(np.float32)
    shown = rng.uniform(0.2, 1, (3, 4)).astype(np.float32)
    grains = shown * rng.uniform(0, 1, (3, 4)).astype(np.float32)
    on = total = 0.0
    for row in range(3):
        for column in range(4):
            if heat[row, column] > 0:
                on += heat[row, column] * grains[row, column]
                total += heat[row, column] * shown[row, column]
    found = localize_heat(heat, shown, grains)
    assert found.share == pytest.approx(on / total, rel=1e-5)
    assert found.chance == pytest.approx(grains.sum() / shown.sum(), rel=1e-5)


def test_even_heat_is_chance():
    rng = np.random.default_rng(1)
    shown = (rng.random((7, 7)) < 0.8).astype(np.float32)
    grains = shown * rng.random((7, 7)).astype(np.float32)
    found = localize_heat(np.full((7, 7), 0.3, np.float32), shown, grains)
    assert found.share == pytest.approx(found.chance)


@pytest.mark.parametrize("heat", [np.zeros((2, 2)), -np.ones((2, 2))])
def test_no_positive_evidence_is_a_result(heat):
    grains = np.array([[1, 0], [0, 0]], np.float32)
    found = localize_heat(heat.astype(np.float32), whole((2, 2)), grains)
    assert found == Localization(None, 0.25, None)
    assert found.hottest_on_rice is None


def test_heat_on_black_bars_counts_for_nothing():
    heat = np.array([[9.0], [1.0], [1.0]], np.float32)
    shown = np.array([[0], [1], [1]], np.float32)
    found = localize_heat(heat, shown, np.array([[0], [1], [0]], np.float32))
    assert found == Localization(0.5, 0.5, 1.0)
    only_bars = np.array([[9.0], [0], [0]], np.float32)
    assert localize_heat(only_bars, shown, shown).share is None


def test_the_hottest_cell_is_held_against_the_average():
    grains = np.array([[0.4, 0.1, 0.1]], np.float32)
    hottest = [
        localize_heat(np.eye(3, dtype=np.float32)[[k]], whole((1, 3)), grains) for k in range(3)
    ]
    assert [each.hottest_on_rice for each in hottest] == [True, False, False]


@pytest.mark.parametrize("looks_at_rice", [True, False])
def test_a_network_that_looks_at_the_rice_alone_has_all_its_heat_there(looks_at_rice):
    mask = rice()
    asked = explainer(mask == looks_at_rice)
    (explanation,) = asked.explain([photo(mask, GREEN, GREEN)])
    cells = mask[::8, ::8].astype(np.float32)
    found = localize_heat(explanation.map("green"), whole((7, 7)), cells)
    assert found.share == pytest.approx(float(looks_at_rice))
    assert found.chance == pytest.approx(4 / 49)
    assert found.hottest_on_rice is looks_at_rice
