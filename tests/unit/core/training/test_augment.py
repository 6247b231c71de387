"""Augmentation varies what must not matter, and keeps the grain's texture."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.augment import augment, source_side

pytestmark = pytest.mark.tensorflow

SIZE = (64, 64)
SOURCE = source_side(64)


def test_the_same_seed_gives_the_same_photos():
    pixels = np.random.default_rng(0).integers(0, 255, (3, SOURCE, SOURCE, 3)).astype(np.uint8)
    first, again, other = (augment(pixels, SIZE, [1, step]).numpy() for step in (5, 5, 6))
    assert first.shape == (3, 64, 64, 3)
    assert (first == again).all()
    assert (first != other).any()
    assert first.min() >= 0
    assert first.max() <= 255


def test_the_colour_of_light_varies():
    grey = np.full((200, SOURCE, SOURCE, 3), 128, np.uint8)
    means = augment(grey, SIZE, [0, 0]).numpy().mean(axis=(1, 2))
    assert means.mean(axis=1).std() > 15  # brightness
    assert (means[:, 0] / means[:, 2]).std() > 0.05  # red against blue
    assert abs(np.log(means[:, 0] / means[:, 2]).mean()) < 0.05  # to neither side


def test_the_place_varies_to_all_sides():
    spot = np.zeros((200, SOURCE, SOURCE, 3), np.uint8)
    spot[:, 48:80, 96:128] = 255
    moved = augment(spot, SIZE, [0, 0]).numpy().sum(axis=3)
    rows, columns = np.indices(SIZE)
    weight = moved.sum(axis=(1, 2))
    y = (moved * rows).sum(axis=(1, 2)) / weight
    x = (moved * columns).sum(axis=(1, 2)) / weight
    for place in (y, x):
        assert place.std() > 5
        assert abs(place.mean() - 31.5) < 6


def test_fine_texture_survives():
    """Stripes as narrow as the model can see keep most of their contrast."""
    stripes = np.zeros((50, SOURCE, SOURCE, 3), np.uint8)
    stripes[:, :, np.arange(SOURCE) % 16 < 8] = 200  # 4 pixels of the input a pair
    moved = augment(stripes, SIZE, [0, 0]).numpy().mean(axis=3)
    inside = moved[:, 16:48, 16:48]
    contrast = inside.std(axis=(1, 2)) / inside.mean(axis=(1, 2))
    assert np.median(contrast) > 0.6
