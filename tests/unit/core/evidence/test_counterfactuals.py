"""Photos without background, rice or light: what stays is exact, what goes leaves no trace."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.evidence.blank_images import neutral_backgrounds
from core.evidence.counterfactuals import (
    average_background,
    blur_background,
    remove_rice,
    replace_background,
)
from core.synthetic.scenes import render_scene

FORMS = [blur_background, average_background]


def grains(seed=0, background="slate"):
    """A rendered photo with exact mask, and the same table without rice."""
    asked = {"layout": "scattered", "background": background, "height": 192, "width": 256}
    scene = render_scene("Ketan", **asked, seed=seed)
    empty = render_scene("Ketan", **asked, seed=seed, grains=0)
    return scene.rgb, scene.mask.astype(np.float32), empty.rgb


@pytest.mark.parametrize("form", FORMS)
def test_the_rice_stays_as_it_is(form):
    rgb, rice, _ = grains()
    assert (form(rgb, rice)[rice == 1] == rgb[rice == 1]).all()
    other = neutral_backgrounds(rgb.shape[:2])[1]
    placed = replace_background(rgb, rice, other)
    assert (placed[rice == 1] == rgb[rice == 1]).all()
    assert (placed[rice == 0] == other[rice == 0]).all()


def test_half_a_pixel_of_rice_is_half_of_each():
    pixel = np.full((1, 1, 3), 100, np.uint8)
    half = np.full((1, 1), 0.5, np.float32)
    assert replace_background(pixel, half, np.full((1, 1, 3), 200, np.uint8)).tolist() == [
        [[150] * 3]
    ]


def test_the_mean_is_of_the_background_alone():
    rgb, rice, _ = grains()
    mean = rgb[rice == 0].mean(axis=0)
    assert average_background(rgb, rice)[rice == 0] == pytest.approx(
        np.broadcast_to(mean, ((rice == 0).sum(), 3)), abs=0.51
    )


def test_rice_does_not_bleed_into_a_blurred_background():
    rice = np.zeros((64, 64), np.float32)
    rice[16:48, 16:48] = 1
    rgb = np.where(rice[..., None] > 0, np.uint8(250), np.uint8(40)).repeat(3, axis=2)
    rgb[0:4, 0:4] = 255  # a mark
    blurred = blur_background(rgb, rice)
    assert blurred[rice == 0].max() < 80
    assert np.ptp(blurred[0:8, 0:8].astype(int)) < 25


@pytest.mark.parametrize("background", ["slate", "wood", "blue cloth", "dark table"])
def test_the_filled_table_is_like_the_table_that_was_there(background):
    rgb, rice, empty = grains(background=background)
    filled = remove_rice(rgb, rice)
    was = np.abs(rgb.astype(int) - empty)[rice > 0].mean()
    now = np.abs(filled.astype(int) - empty)[rice > 0].mean()
    assert now < was / 4
    far = cv2.distanceTransform((rice == 0).astype(np.uint8), cv2.DIST_L2, 5) > 12
    assert far.any()
    assert (filled[far] == rgb[far]).all()


@pytest.mark.parametrize("background", ["slate", "wood", "paper"])
def test_the_hole_does_not_show_what_lay_in_it(background):
    """Neither by its colour nor by its texture: inside it is as outside."""
    rgb, rice, _ = grains(3, background)
    filled = remove_rice(rgb, rice).astype(np.float32).mean(axis=2)
    inside, outside = filled[rice > 0], filled[rice == 0]
    assert abs(inside.mean() - outside.mean()) < 0.35 * outside.std() + 2
    detail = np.abs(np.diff(filled, axis=1))
    within = rice[:, 1:] > 0
    assert 0.6 < detail[within].mean() / detail[~within].mean() < 1.4


def test_a_fill_is_the_same_each_time():
    rgb, rice, _ = grains(1)
    assert (remove_rice(rgb, rice) == remove_rice(rgb, rice)).all()


def test_a_plain_table_is_filled_plain():
    rgb = np.full((40, 40, 3), (90, 60, 30), np.uint8)
    rice = np.zeros((40, 40), np.float32)
    rice[10:25, 10:25] = 1
    shown = np.where(rice[..., None] > 0, np.uint8(230), rgb)
    assert remove_rice(shown, rice) == pytest.approx(rgb, abs=1)


def test_without_background_nothing_can_be_filled_in():
    rgb = np.full((32, 32, 3), 200, np.uint8)
    rice = np.ones((32, 32), np.float32)
    assert remove_rice(rgb, rice) is None
    rice[:, :2] = 0  # too narrow a strip for a hole wider than the rice
    assert remove_rice(rgb, rice) is not None


@pytest.mark.parametrize("kind", ["border", "mark"])
def test_what_stands_out_is_not_copied_into_the_hole(kind):
    rng = np.random.default_rng(0)
    rgb = np.clip(60 + rng.normal(0, 3, (96, 96, 3)), 0, 255).astype(np.uint8)
    rice = np.zeros((96, 96), np.float32)
    rice[30:60, 30:60] = 1
    place = np.s_[:6] if kind == "border" else np.s_[4:16, 4:16]
    rgb[place] = (200, 40, 40)
    filled = remove_rice(rgb, rice)
    assert filled[30:60, 30:60].max() < 90
    assert (filled[place] == rgb[place]).all()


def test_a_shadow_goes_with_the_rice_and_a_mark_beside_it_stays():
    rgb = np.full((96, 96, 3), (90, 120, 90), np.uint8)
    rice = np.zeros((96, 96), np.float32)
    rice[30:60, 30:60] = 1
    rgb[30:60, 30:60] = 230
    rgb[61:63, 30:60] = (63, 84, 63)  # a shadow
    rgb[22:28, 30:60] = (200, 40, 40)  # a mark
    filled = remove_rice(rgb, rice)
    assert filled[61:63, 34:56] == pytest.approx(np.full((2, 22, 3), (90, 120, 90)), abs=12)
    assert (filled[22:26, 34:56] == (200, 40, 40)).all()
