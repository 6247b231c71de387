"""Rice cut out and laid elsewhere: nothing of its own place goes with it."""

from __future__ import annotations

import numpy as np
import pytest

from core.evidence.cutouts import CutOut, cut_out, lay_on
from core.images.preprocess import place
from core.segmentation.rice_mask import Rice, find_rice
from core.synthetic.scenes import render_scene

SIDE = 224


def cut(background, seed=1):
    scene = render_scene(
        "Basmati", layout="scattered", background=background, height=300, width=300, seed=seed
    )
    found = cut_out(
        scene.rgb, find_rice(scene.rgb), place(scene.rgb.shape[:2], (SIDE, SIDE), "squash")
    )
    assert found is not None
    return found


@pytest.fixture(scope="module")
def on_blue():
    return cut("blue cloth")


def test_rice_on_another_ground_has_none_of_the_blue_around_it(on_blue):
    red = np.full((SIDE, SIDE, 3), (150, 40, 30), np.uint8)
    laid = lay_on(on_blue, red).astype(int)
    blue = laid[..., 2] - laid[..., 0] > 25  # as on the cloth, nowhere on rice or red
    before = on_blue.pixels.astype(int)
    assert (before[..., 2] - before[..., 0] > 25).mean() > 0.3
    assert blue.mean() < 0.002
    inside = on_blue.rice == 1
    assert (laid[inside] == on_blue.pixels[inside]).all()


def test_its_place_is_left_without_it(on_blue):
    assert on_blue.ground is not None
    pale = on_blue.pixels[..., 0] > 90  # of the cloth, red is 30
    assert pale.mean() > 0.01
    assert (on_blue.ground[..., 0] > 90).mean() < 0.1 * pale.mean()


def test_rice_takes_the_colour_of_the_rice_that_lay_there(on_blue):
    target = np.array([140, 120, 90], np.float32)
    laid = lay_on(on_blue, on_blue.pixels, target)
    assert np.allclose(CutOut(laid, on_blue.rice, None).color, target, atol=6)


def test_where_no_rice_is_surely_found_nothing_is_cut_out():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    assert cut_out(noise, find_rice(noise), place((64, 64), (32, 32), "squash")) is None


def test_rice_that_fills_a_photo_leaves_no_ground():
    everywhere = Rice(np.ones((20, 20), np.float32), 1.0, "")
    black = np.zeros((20, 20, 3), np.uint8)
    found = cut_out(black, everywhere, place((20, 20), (20, 20), "squash"))
    assert found is not None
    assert found.ground is None
    assert (found.color == 1).all()  # of black rice no gains can be had
