"""A border is told from a plain ground."""

from __future__ import annotations

import numpy as np
import pytest

from core.images.photo_border import inside_border
from core.synthetic.scenes import BACKGROUNDS, render_background
from tests.support.photo_borders import framed


@pytest.mark.parametrize("width", [3, 10, 30])
@pytest.mark.parametrize("ground", ["slate", "white cloth", "blue cloth", "patterned"])
def test_a_border_ends_where_it_was_drawn(ground, width):
    rgb = render_background(ground, 200, 260, np.random.default_rng(3))
    noisy = framed(rgb, width) + np.random.default_rng(0).normal(0, 3, rgb.shape)
    photo = np.clip(noisy, 0, 255).astype(np.uint8)
    assert inside_border(photo) == (slice(width, 200 - width), slice(width, 260 - width))


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_a_ground_is_no_border(ground):
    rgb = render_background(ground, 200, 260, np.random.default_rng(3))
    assert inside_border(rgb) == (slice(0, 200), slice(0, 260))


def test_a_border_on_three_sides_is_none():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 6)
    assert inside_border(photo) != inside_border(photo[6:])
    assert inside_border(photo[6:]) == (slice(0, 84), slice(0, 90))


def test_what_is_wider_than_a_sixth_is_a_ground():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 16)
    assert inside_border(photo) == (slice(0, 90), slice(0, 90))


def test_something_on_a_border_does_not_hide_it():
    photo = framed(np.full((90, 90, 3), 120, np.uint8), 6)
    photo[:15, 3:18] = 250
    assert inside_border(photo) == (slice(6, 84), slice(6, 84))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (40, 2)])
def test_tiny_photos_have_no_border(shape):
    assert inside_border(np.zeros((*shape, 3), np.uint8)) == (
        slice(0, shape[0]),
        slice(0, shape[1]),
    )
