"""Features of rice, held against pictures whose answers are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation.rice_features import (
    COLOR_FEATURES,
    SHAPE_FEATURES,
    SUBSETS,
    color_features,
    reduce_colors,
    shape_features,
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
def test_tiny_and_even_photos_have_features_too(shape):
    reduced = reduce_colors(np.full((*shape, 3), 90, np.uint8))
    assert np.isfinite(color_features(reduced)).all()


def test_features_of_colour_are_what_they_are_called():
    rgb, true = photo()
    reduced = reduce_colors(rgb)
    own = subset(reduced, true)
    feature = dict(zip(COLOR_FEATURES, color_features(reduced)[own], strict=True))
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    rice, ground = lab[true], lab[~true]
    assert feature["area"] == pytest.approx(np.log(true.mean() + 0.003) ** 2)
    assert feature["border"] == feature["corner"] == 0
    hue = np.linalg.norm((rice.mean(0) - ground.mean(0))[1:])
    assert feature["hue"] == pytest.approx(hue / (hue + 10), rel=1e-4)
    assert feature["darker"] == feature["shadow"] == 0  # it is lighter
    assert feature["lightness spread"] == pytest.approx(rice[:, 0].std() / 10, rel=1e-3)
    rest = np.sqrt(ground[:, 1].var() + ground[:, 2].var())
    assert feature["colour spread else"] == pytest.approx(np.sqrt(rest / 10), rel=1e-3)
    # The discs' outline is where the strong edges are: no other part of the colours has more.
    assert feature["edge"] > 0.6
    features = color_features(reduced)
    assert (
        features[own, COLOR_FEATURES.index("edge")]
        == features[:, COLOR_FEATURES.index("edge")].max()
    )


def test_the_rest_of_a_part_is_darker_where_the_part_is_lighter():
    rgb, true = photo()
    reduced = reduce_colors(rgb)
    own = subset(reduced, true)
    other = int(np.flatnonzero((~SUBSETS[own] == SUBSETS).all(axis=1))[0])
    features = color_features(reduced)
    darker, border = COLOR_FEATURES.index("darker"), COLOR_FEATURES.index("border")
    assert features[own, darker] == 0 > features[other, darker]
    assert features[own, border] + features[other, border] == pytest.approx(1)


def test_features_of_shape_are_what_they_are_called():
    mask = np.zeros((160, 160), np.uint8)
    assert dict(zip(SHAPE_FEATURES, shape_features(mask > 0), strict=True))["solid"] == 0
    for x in (40, 110):
        cv2.ellipse(mask, (x, 60), (12, 36), 0, 0, 360, 1, -1)
    ellipses = dict(zip(SHAPE_FEATURES, shape_features(mask > 0), strict=True))
    assert ellipses["pieces"] == pytest.approx(np.log(3))
    assert ellipses["solid"] > 0.9
    assert ellipses["long"] == pytest.approx(np.log(1 + 3), abs=0.1)
    assert ellipses["dust"] == ellipses["rectangle"] == 0
    mask[130, 5:150:4] = 1
    assert shape_features(mask > 0)[SHAPE_FEATURES.index("dust")] > 0.1
    card = np.zeros((160, 160), bool)
    card[40:120, 30:130] = True
    assert shape_features(card)[SHAPE_FEATURES.index("rectangle")] > 0.6
    star = np.zeros((160, 160), bool)
    star[75:85] = star[:, 75:85] = True
    assert shape_features(star)[SHAPE_FEATURES.index("solid")] < 0.2
