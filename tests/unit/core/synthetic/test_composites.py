"""Composed photos: the labels are exact, nothing but what is asked for changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.synthetic.composites import LAYOUTS, compose
from core.synthetic.grain_cutouts import cut_out
from tests.support.drawn_cutouts import drawn

GREY = np.full((160, 200, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def grains():
    return [cut_out(drawn(140, 60, turn), "Oval", f"{turn}.jpg") for turn in (0, 35, 110)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_only_what_the_mask_calls_rice_and_its_shadow_differ_from_the_background(grains, layout):
    photo = compose(grains, GREY, layout=layout, count=12, length=30, seed=3)
    assert photo.rgb.shape == (160, 200, 3)
    assert photo.labels.max() == len(photo.varieties) <= 12
    assert set(np.unique(photo.labels)) == set(range(len(photo.varieties) + 1))
    level = photo.rgb.mean(axis=2)
    assert level[photo.mask].mean() > 120
    # The rim is shared between grain and table: half a pixel of it may be brighter.
    outside = ~cv2.dilate(photo.mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert level[outside].max() <= 91
    assert (level[outside] < 88).any()  # the shadow
    far = ~cv2.dilate(photo.mask.astype(np.uint8), np.ones((41, 41))).astype(bool)
    assert (photo.rgb[far] == 90).all()


def test_a_grain_has_the_length_that_is_asked_for(grains):
    for length in (20, 60, 150):
        photo = compose(grains, GREY, layout="single", length=length, seed=1)
        (_, size, _) = cv2.minAreaRect(np.argwhere(photo.mask).astype(np.float32))
        assert max(size) == pytest.approx(length, rel=0.25)
        assert max(size) / min(size) == pytest.approx(140 / 60, rel=0.12)


def test_grains_point_where_they_are_asked_to(grains):
    for direction in (0.0, np.pi / 2):
        photo = compose(grains, GREY, count=6, length=30, direction=direction, seed=4)
        for number in range(1, photo.labels.max() + 1):
            down, across = np.ptp(np.argwhere(photo.labels == number), axis=0) + 1
            if min(down, across) > 8 and photo.labels[0].max() == 0:
                assert (across > down) == (direction == 0)


def test_grains_have_their_middle_where_it_is_allowed(grains):
    left = np.zeros(GREY.shape[:2], bool)
    left[:, :60] = True
    photo = compose(grains, GREY, layout="heap", length=30, within=left, seed=4)
    assert photo.labels.max() > 5
    assert photo.mask[:, :50].mean() > 0.3
    assert not photo.mask[:, 60 + 22 :].any()  # no farther than half a grain


def test_touching_grains_touch_and_do_not_cover_each_other(grains):
    photo = compose(grains, GREY, layout="touching", count=14, length=30, seed=5)
    whole = np.bincount(photo.labels.ravel())[1:]
    area = np.pi / 4 * 30 * 30 * 60 / 140
    inner = [
        k
        for k in range(1, len(whole) + 1)
        if not np.isin(k, photo.labels[[0, -1]]) and not np.isin(k, photo.labels[:, [0, -1]])
    ]
    assert whole[np.array(inner) - 1].min() > 0.6 * area
    spots, _ = cv2.connectedComponents(
        cv2.dilate(photo.mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    )
    assert spots - 1 < len(photo.varieties) / 2


def test_a_seed_decides_all_and_each_choice_changes_only_its_own(grains):
    again = [compose(grains, "wood", count=9, seed=4) for _ in range(2)]
    assert (again[0].rgb == again[1].rgb).all()
    assert (compose(grains, "wood", count=9, seed=5).rgb != again[0].rgb).any()
    other = compose(grains, "slate", count=9, seed=4)
    assert (other.labels == again[0].labels).all()
    inside = cv2.erode(other.mask.astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert (other.rgb[inside] == again[0].rgb[inside]).all()
    empty = compose(grains, "wood", count=0, seed=4)
    assert empty.varieties == ()
    assert not empty.mask.any()
    far = ~cv2.dilate(again[0].mask.astype(np.uint8), np.ones((61, 61))).astype(bool)
    assert (empty.rgb[far] == again[0].rgb[far]).all()


def test_the_light_tints_all_of_the_photo(grains):
    plain = compose(grains, GREY, count=5, seed=0).rgb.astype(float)
    warm = compose(grains, GREY, count=5, seed=0, light=(1.0, 0.9, 0.7)).rgb
    unsaturated = plain.max(axis=2) < 250
    assert np.abs(warm - plain * (1.0, 0.9, 0.7))[unsaturated].max() <= 1


def test_names_that_nobody_knows_are_refused(grains):
    with pytest.raises(ValueError, match="scattered"):
        compose(grains, GREY, layout="tower")
    with pytest.raises(ValueError, match="wood"):
        compose(grains, "lava")
