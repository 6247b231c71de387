"""Small pictures with captions."""

from __future__ import annotations

import numpy as np

from core.images.preprocess import fit, place
from dashboard.components import thumbnails
from tests.support.page import Network, explained, jpeg


def test_a_picture_is_made_small_in_its_own_proportions():
    assert thumbnails.small(np.zeros((1000, 2000, 3), np.uint8)).shape == (220, 440, 3)


def test_what_a_model_was_shown_comes_without_bars_in_the_photos_proportions():
    photo = np.full((50, 100, 3), 200, np.uint8)
    placement = place((50, 100), (64, 64), "letterbox")
    shown = thumbnails.shown(fit(photo, placement), placement)
    assert shown.shape == (220, 440, 3)
    assert (shown == 200).all()


def test_a_heatmap_has_the_photos_proportions_and_its_own_scale():
    answer = explained(Network(), jpeg(1, 60, 40))
    grid = np.float32([[0, 1], [0, 0]])
    drawn = thumbnails.heatmap(answer, grid, "viridis")
    assert drawn.shape == (293, 440, 3)
    assert np.array_equal(drawn, thumbnails.heatmap(answer, 5 * grid, "viridis"))
    assert not np.array_equal(drawn[0, -1], drawn[-1, 0])
