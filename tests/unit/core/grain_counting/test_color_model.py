"""A rough mask becomes the rice by its own colours; shadows and what is elsewhere do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.color_model import recoloured
from tests.support.drawn_grains import scattered, table

PAPER, GREY = np.array([226, 223, 214]), np.array([118, 112, 96])


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def rough(mask, reach):
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1,) * 2)) > 0


def on_paper(*grains):
    """Dull grains on white paper, each in a soft shadow of two thirds of the light."""
    _, mask = table(*grains)
    shadow = cv2.GaussianBlur(rough(mask, 2).astype(np.float32), (0, 0), 4)[..., None]
    noise = np.random.default_rng(0).normal(0, 2, (*mask.shape, 3))
    photo = np.where(mask[..., None], GREY, PAPER * (1 - 0.35 * shadow)) + noise
    return np.clip(photo, 0, 255).astype(np.uint8), mask


@pytest.mark.parametrize("draw", [table, on_paper])
def test_a_rough_mask_becomes_the_true_one(draw):
    photo, mask = draw(*scattered())
    assert overlap(rough(mask, 3), mask) < 0.7
    assert overlap(recoloured(photo, rough(mask, 3)).mask, mask) > 0.93


def test_a_shadow_between_grains_is_no_rice():
    pairs = [(x, y + off, 60, 20, 0) for x, y, *_ in scattered() for off in (-14, 14)]
    photo, mask = on_paper(*pairs)
    joined = rough(mask, 5)
    assert cv2.connectedComponents(joined.astype(np.uint8))[0] - 1 == 12
    assert cv2.connectedComponents(recoloured(photo, joined).mask.astype(np.uint8))[0] - 1 == 24


def test_what_has_nothing_of_the_mask_is_left():
    photo, mask = table(*scattered())
    left = mask & (np.arange(640) < 320)
    assert overlap(recoloured(photo, left).mask, left) > 0.97


def test_nothing_and_everything_stay():
    photo, mask = table(*scattered())
    for same in (np.zeros(mask.shape, bool), np.ones(mask.shape, bool)):
        assert (recoloured(photo, same).mask == same).all()


def test_the_photo_is_left_alone():
    photo, mask = table(*scattered())
    photo.setflags(write=False)
    once, again = recoloured(photo, mask), recoloured(np.asfortranarray(photo), mask)
    assert (once.mask == again.mask).all()
    assert once.alike == again.alike
