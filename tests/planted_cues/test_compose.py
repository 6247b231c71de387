"""Composed photos: the labels are exact, nothing but what is asked for changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.planted.compose import LAYOUTS, compose, cut_out, read_grains
from core.training.dataset import natural

GREY = np.full((160, 200, 3), 90, np.uint8)


def drawn(long: int, wide: int, turn: float, colour=(200, 210, 240)):
    """A photo as in the data set: an ellipse on near black."""
    photo = np.full((250, 250, 3), 2, np.uint8)
    cv2.ellipse(photo, (120, 130), (long // 2, wide // 2), turn, 0, 360, colour, -1)
    return photo


@pytest.fixture(scope="module")
def grains():
    return [cut_out(drawn(140, 60, turn), "Oval", f"{turn}.jpg") for turn in (0, 35, 110)]


@pytest.mark.parametrize("turn", [0, 30, 90, 140])
def test_a_grain_is_cut_out_with_its_direction_and_length(turn):
    grain = cut_out(drawn(140, 60, turn))
    assert abs((np.degrees(grain.angle) - turn + 90) % 180 - 90) < 1
    assert grain.length == pytest.approx(141, abs=2)
    inside = grain.paint[..., 3] >= 128
    assert inside.sum() == pytest.approx(np.pi / 4 * 140 * 60, rel=0.03)
    # Blue as it was photographed, it is as white as all others here; its rim is not black.
    colour = grain.paint[inside][:, :3] / (grain.paint[inside][:, 3:] / 255)
    assert np.ptp(colour, axis=0).max() < 4
    assert np.abs(colour.mean(axis=0) - (222, 216, 200)).max() < 3


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


def test_real_grains_are_cut_out_almost_exactly(real_photos):
    folder = real_photos / "grains"
    grains = read_grains(folder, ("Basmati", "Ipsala"), range(3, 40, 9))
    assert [grain.variety for grain in grains] == ["Basmati"] * 5 + ["Ipsala"] * 5
    files = sorted((folder / "Basmati").iterdir(), key=lambda path: natural(path.name))
    assert grains[1].name == files[12].name
    for grain in grains:
        photo = cv2.imread(str(folder / grain.variety / grain.name))
        bright = int((photo.max(axis=2) > 60).sum())
        assert int((grain.paint[..., 3] >= 128).sum()) == pytest.approx(bright, rel=0.03)
