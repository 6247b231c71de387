"""Colours of a photo, held against pictures whose answers are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation.palette import (
    SUBSETS,
    fit_colors,
    reduce_colors,
)

BLUE, CREAM = (40, 60, 110), (228, 222, 205)


def photo(side=120):
    """Cream discs, softly noisy, on noisy blue; and where they are."""
    true = np.zeros((side, side), np.uint8)
    for x, y in ((30, 30), (80, 45), (50, 90)):
        cv2.circle(true, (x, y), 12, 1, -1)
    picture = np.where(true[..., None] > 0, np.array(CREAM), np.array(BLUE))
    noise = np.random.default_rng(0).normal(0, 3, (side, side, 3))
    return np.clip(picture + noise, 0, 255).astype(np.uint8), true > 0


def subset(reduced, true):
    """The number of the subset that is the true mask."""
    inside = np.bincount(reduced.index[true], minlength=12) > np.bincount(
        reduced.index[~true], minlength=12
    )
    return int(np.flatnonzero((inside == SUBSETS).all(axis=1))[0])


def test_every_subset_stands_there_once():
    assert SUBSETS.shape == (4094, 12)
    assert np.unique(SUBSETS, axis=0).shape == SUBSETS.shape
    assert SUBSETS.any(axis=1).all()
    assert not SUBSETS.all(axis=1).any()


def test_a_palette_parts_what_differs_and_repeats_itself():
    rgb, true = photo()
    reduced = reduce_colors(rgb)
    assert np.array_equal(reduced.index, reduce_colors(rgb.copy()).index)
    assert not set(reduced.index[true]) & set(reduced.index[~true])


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (300, 4)])
def test_tiny_and_even_photos_have_a_fit(shape):
    reduced = reduce_colors(np.full((*shape, 3), 90, np.uint8))
    votes, overlap = fit_colors(reduced, np.full(shape, 0.3, np.float32))
    assert votes.shape == (12,)
    assert 0 <= overlap <= 1


def test_the_colours_of_a_part_are_found_from_where_it_roughly_is():
    rgb, true = photo()
    reduced = reduce_colors(rgb)
    rough = cv2.GaussianBlur(true.astype(np.float32), (0, 0), 5)
    votes, overlap = fit_colors(reduced, rough)
    assert np.array_equal(votes[reduced.index] >= 0.5, true)
    inside = reduced.index[true]
    assert set(inside) == set(reduced.index[votes[reduced.index] >= 0.5])
    own = subset(reduced, true)
    both = (rough * SUBSETS[own][reduced.index]).sum()
    assert overlap == pytest.approx(both / (rough.sum() + true.sum() - both), rel=1e-5)


def test_where_nothing_is_seen_nothing_overlaps():
    reduced = reduce_colors(photo()[0])
    assert fit_colors(reduced, np.zeros((120, 120), np.float32))[1] == 0
