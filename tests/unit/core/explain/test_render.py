"""Scale, colour, overlay: what a picture's numbers mean."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.explain.explanation import Explanation
from core.explain.render import (
    COLORS,
    cell_levels,
    heat_on_photo,
    legend,
    render_pictures,
    rescale_intensity,
    side_by_side,
)
from core.explain.request import ExplainRequest
from core.images.preprocess import place

WHOLE = place((40, 60), (64, 64), "squash")


def explanation(maps: np.ndarray, placement=WHOLE) -> Explanation:
    scores = np.array([0.7, 0.3], np.float32)
    return Explanation(
        "0" * 64, "m", ExplainRequest(layers=("l",)), ("a", "b"), placement, scores, scores,
        maps.astype(np.float32),
    )  # fmt: skip


def test_own_scale_runs_from_the_least_to_the_most():
    drawn = heat_on_photo(np.array([[1, 2], [3, 5]], np.float32), WHOLE, (40, 60))
    assert (drawn.low, drawn.high) == (1, 5)
    assert drawn.levels.min() == 0
    assert drawn.levels.max() == 255
    assert drawn.levels[0, 0] == 0
    assert drawn.levels[-1, -1] == 255


def test_what_speaks_against_counts_as_nothing():
    drawn = heat_on_photo(np.array([[-9, 1]], np.float32), WHOLE, (40, 60))
    assert drawn.low == 0
    assert drawn.high == 1
    assert drawn.levels[0, 0] == 0


def test_a_shared_scale_starts_at_nothing():
    drawn = heat_on_photo(np.array([[1, 2]], np.float32), WHOLE, (40, 60), top=4.0)
    assert drawn.levels[0, 0] == 63
    assert drawn.levels[0, -1] == 127


def test_cells_stand_on_the_scale_of_the_heat_between_them():
    grid = np.array([[-9, 1], [3, 5]], np.float32)
    assert cell_levels(grid, heat_on_photo(grid, WHOLE, (40, 60))).tolist() == [[0, 51], [153, 255]]
    assert cell_levels(grid, heat_on_photo(grid, WHOLE, (40, 60), top=10.0)).max() == 127
    assert not cell_levels(-grid - 9, heat_on_photo(-grid - 9, WHOLE, (40, 60))).any()


@pytest.mark.parametrize("top", [None, 0.0])
def test_nothing_speaks_for_the_class_is_a_result(top):
    drawn = heat_on_photo(np.array([[-1, -2], [0, -1e-9]], np.float32), WHOLE, (40, 60), top)
    assert drawn.is_empty
    assert not drawn.levels.any()


def test_an_even_map_is_not_stretched_into_noise():
    drawn = heat_on_photo(np.full((2, 2), 3, np.float32) + 1e-7, WHOLE, (40, 60))
    assert drawn.levels.min() >= 254
    assert not drawn.is_empty


def test_blend_runs_from_the_photo_to_the_heatmap():
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)
    maps = rng.normal(size=(2, 3, 3))
    for name in COLORS:
        if name != "jet":
            none = render_pictures(rgb, explanation(maps), "a", 0, name)
            assert (none.overlay == rgb).all()
            assert none.original is rgb
        full = render_pictures(rgb, explanation(maps), "a", 1, name)
        assert (full.overlay == full.heatmap).all()
    half = render_pictures(rgb, explanation(maps), "a", 0.5)
    mean = (half.original.astype(int) + half.heatmap) / 2
    assert np.abs(half.overlay - mean).max() <= 1


def test_the_articles_colours_lay_jet_over_the_stretched_photo():
    rgb = np.full((40, 60, 3), 60, np.uint8)
    rgb[:20] = 160
    drawn = render_pictures(rgb, explanation(np.ones((2, 1, 1))), "b", 0.0, "jet")
    assert drawn.overlay.min() == 0
    assert drawn.overlay.max() == 255
    assert (
        drawn.heatmap == cv2.applyColorMap(np.full((40, 60), 255, np.uint8), 2)[..., ::-1]
    ).all()


def test_what_the_model_was_not_shown_is_grey():
    cropped = place((40, 60), (64, 64), "crop")
    drawn = render_pictures(
        np.zeros((40, 60, 3), np.uint8), explanation(np.ones((2, 2, 2)), cropped), "a", 1
    )
    assert (drawn.heatmap[:, :10] == 128).all()
    assert (drawn.heatmap[:, 50:] == 128).all()
    assert not (drawn.heatmap[:, 10:50] == 128).all(axis=2).any()


def test_an_unknown_class_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="a, b"):
        render_pictures(np.zeros((40, 60, 3), np.uint8), explanation(np.ones((2, 2, 2))), "c", 0.5)


@pytest.mark.parametrize("name", [name for name in COLORS if name != "jet"])
def test_colours_grow_lighter_evenly(name):
    """Perceptually uniform: lightness rises all along, without jumps; jet's does not."""
    ramp = cv2.cvtColor(legend(name, 256, 1).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0, :, 0]
    assert (np.diff(ramp) > -0.3).all()
    assert np.abs(np.diff(ramp, 2)).max() < 1.5


def test_stretching_a_flat_image_does_not_divide_by_zero():
    assert not rescale_intensity(np.full((2, 2, 3), 7.0)).any()


def test_a_panel_holds_its_threeside_by_side():
    three = [np.full((4, 6, 3), value, np.uint8) for value in (1, 2, 3)]
    joined = side_by_side(three, gap=2)
    assert joined.shape == (4, 22, 3)
    assert [joined[0, x, 0] for x in (0, 6, 8, 14, 16)] == [1, 255, 2, 255, 3]


def test_higher_threeare_shrunk_to_the_lowest():
    tall, low = np.full((40, 20, 3), 9, np.uint8), np.full((10, 6, 3), 8, np.uint8)
    joined = side_by_side([tall, low], gap=1)
    assert joined.shape == (10, 5 + 1 + 6, 3)
    assert joined[0, :, 0].tolist() == [9] * 5 + [255] + [8] * 6
