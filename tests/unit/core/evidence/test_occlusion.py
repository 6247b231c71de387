"""Occlusion of a linear network has a closed form."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.log_odds import log_odds
from core.evidence.occlusion import blur, cell_indices, erase, occlusion_grid, occlusion_map
from tests.support.known_networks import CELLS, SIDE, explainer, green


def test_places_are_few_and_not_too_few():
    assert [occlusion_grid((n, n))[0] for n in (1, 2, 4, 6, 7, 14, 56)] == [4, 4, 4, 6, 7, 7, 7]


@pytest.mark.parametrize("size", [(56, 56), (64, 50), (9, 4)])
def test_each_pixel_has_its_cell(size):
    found = cell_indices(size, (4, 3))
    for row in range(size[0]):
        for column in range(size[1]):
            expected = int((row + 0.5) * 4 / size[0]) * 3 + int((column + 0.5) * 3 / size[1])
            assert found[row, column] == expected
    assert set(found.ravel()) == set(range(12))


def test_the_map_of_a_linear_network_is_what_its_weights_say():
    rng = np.random.default_rng(0)
    asked = explainer(rng.random((SIDE, SIDE)))
    pixels = rng.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)
    baseline, grid = blur(pixels), (CELLS, CELLS)
    gone = cell_indices((SIDE, SIDE), grid) == np.arange(49)[:, None, None]
    pictures = erase(pixels, baseline, gone)
    m = log_odds(asked.scores(np.concatenate([pixels[None], pictures])), 0, "softmax")
    found = occlusion_map(float(m[0]), m[1:], np.ones(49, bool), grid)
    lost = green(pixels / 255.0) - green(baseline / 255.0)
    step = SIDE // CELLS
    weighed = (lost * asked.network.weight).reshape(CELLS, step, CELLS, step)
    assert found == pytest.approx(60 * weighed.sum(axis=(1, 3)), abs=1e-3)


def test_what_shows_nothing_of_the_photo_is_not_known():
    shown = np.array([False, True, True, False])
    found = occlusion_map(2.0, np.array([0.5, 3.0], np.float32), shown, (2, 2))
    assert np.isnan(found).tolist() == [[True, False], [False, True]]
    assert found[shown.reshape(2, 2)].tolist() == [1.5, -1.0]


def test_blurred_keeps_the_light_and_loses_the_grains():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (60, 80, 3)).astype(np.uint8)
    soft = blur(pixels)
    assert soft.mean(axis=(0, 1)) == pytest.approx(pixels.mean(axis=(0, 1)), abs=4)
    assert soft.std(axis=(0, 1)).max() < 8
