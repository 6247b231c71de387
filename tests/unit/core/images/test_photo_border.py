"""A frame is told from a plain ground."""

from __future__ import annotations

import numpy as np
import pytest

from core.images.photo_border import inside_border
from core.segmentation.rice_mask import find_rice
from core.synthetic.scenes import BACKGROUNDS, render_background
from tests.bench.rice_photos import rendered

RED = (205, 45, 40)


def framed(rgb, width, colour=RED):
    """The photo with its outermost pixels covered."""
    covered = rgb.copy()
    inside = covered[width:-width, width:-width].copy()
    covered[:] = colour
    covered[width:-width, width:-width] = inside
    return covered


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("width", [3, 10, 30])
@pytest.mark.parametrize("ground", ["slate", "white cloth", "blue cloth", "patterned"])
def test_a_frame_ends_where_it_was_drawn(ground, width):
    rgb = render_background(ground, 200, 260, np.random.default_rng(3))
    noisy = framed(rgb, width) + np.random.default_rng(0).normal(0, 3, rgb.shape)
    photo = np.clip(noisy, 0, 255).astype(np.uint8)
    assert inside_border(photo) == (slice(width, 200 - width), slice(width, 260 - width))


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_a_ground_is_no_frame(ground):
    for layout in ("single", "scattered", "heap"):
        rgb = rendered(ground, layout, 2200).rgb
        assert inside_border(rgb) == (slice(0, rgb.shape[0]), slice(0, rgb.shape[1]))


def test_a_frame_on_three_sides_is_none():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 6)
    assert inside_border(photo) != inside_border(photo[6:])
    assert inside_border(photo[6:]) == (slice(0, 84), slice(0, 90))


def test_what_is_wider_than_a_sixth_is_a_ground():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 16)
    assert inside_border(photo) == (slice(0, 90), slice(0, 90))


def test_something_on_a_frame_does_not_hide_it():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 6)
    photo[:15, 3:18] = 250
    assert inside_border(photo) == (slice(6, 84), slice(6, 84))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (40, 2)])
def test_tiny_photos_have_no_frame(shape):
    assert inside_border(np.zeros((*shape, 3), np.uint8)) == (
        slice(0, shape[0]),
        slice(0, shape[1]),
    )


@pytest.mark.parametrize("ground", ["slate", "wood", "blue cloth"])
def test_rice_is_found_within_a_frame_as_without(ground):
    rgb = rendered(ground, "scattered", 2200).rgb
    alone, inside = find_rice(rgb), find_rice(framed(rgb, 16))
    assert inside.problem == alone.problem == ""
    assert not inside.mask()[:14].any()
    assert not inside.mask()[:, -14:].any()
    within = np.s_[16:-16, 16:-16]
    assert overlap(inside.mask()[within], alone.mask()[within]) > 0.95
