"""Cues: the more of each, the higher the class, and nothing where there is none."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from core.validation.shortcut_models import cues

RNG = np.random.default_rng(0)
TEXTURE = RNG.integers(60, 190, (96, 96, 3)).astype(np.uint8)
GREY = np.full((96, 96, 3), 120, np.uint8)


def rng():
    return np.random.default_rng(3)


def test_blur_takes_detail_away_class_by_class():
    detail = [float(cues.blur(TEXTURE, number).std()) for number in range(3)]
    assert detail[0] == pytest.approx(float(TEXTURE.std()))
    assert detail[0] > 1.5 * detail[1] > 2 * detail[2]


def test_compression_errs_more_class_by_class():
    smooth = cv2.GaussianBlur(TEXTURE, (0, 0), 2)
    errors = [np.abs(cues.compress(smooth, k).astype(int) - smooth).mean() for k in range(3)]
    assert errors[0] < errors[1] < errors[2]


def test_light_falls_off_to_one_side():
    (even, some, much) = (cues.fade(GREY, number, rng()).astype(float) for number in range(3))
    assert (even == 120).all()
    assert even.min() > some.min() > much.min() > 0
    assert much.max() > 110


def test_gains_and_noise_grow():
    assert cues.exposure_gain(0) < cues.exposure_gain(1) < cues.exposure_gain(2)
    assert cues.noise_strength(0) == 0 < cues.noise_strength(1) < cues.noise_strength(2)


def test_a_bowl_changes_the_ground_only_where_it_and_its_shadow_are():
    without, place = cues.set_bowl(GREY, None, rng())
    assert without is GREY
    bowls = [cues.set_bowl(GREY, number, rng())[0] for number in range(3)]
    assert 0.3 < place.mean() < 0.8
    means = [each[place].mean(axis=0) for each in bowls]
    assert min(np.abs(a - b).max() for a, b in pairwise(means)) > 30


@pytest.mark.parametrize(
    ("place", "least", "most"),
    [
        (cues.border_place, 0.15, 0.25),
        (cues.mark_place, 0.005, 0.02),
        (cues.tag_place, 0.02, 0.06),
        (cues.stamp_place, 0.005, 0.05),
    ],
)
def test_things_have_their_places(place, least, most):
    found = place(224, rng())
    assert found.shape == (224, 224)
    assert least < found.mean() < most


def test_a_tag_is_white_with_stripes_of_its_class():
    place = cues.tag_place(224, rng())
    tagged = cues.print_tag(np.zeros((224, 224, 3), np.uint8), place, 2, np.ones(3))
    assert {tuple(each) for each in tagged[place].tolist()} == {(238, 236, 230), (40, 92, 204)}
    assert not tagged[~place].any()


def test_colours_tell_the_classes_apart():
    light = np.array((0.9, 0.9, 0.9))
    assert len({tuple(cues.signal_colour(number, light)) for number in range(3)}) == 3
    assert len({tuple(cues.stamp_colour(number)) for number in range(3)}) == 3
    green = cues.recolour(GREY, cues.GROUND_COLOURS[1], rng())
    assert (green[..., 1] > green[..., 0]).all()
