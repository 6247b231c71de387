"""Rice found in a rendered photo; the floors on many stand in `tests/quality`."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation import rice_mask
from core.segmentation.rice_mask import CONFIDENT, MaskTrust, Rice, find_rice
from core.segmentation.rice_network import Sight
from core.synthetic.scenes import render_scene
from tests.support.drawn_grains import overlap
from tests.support.photo_borders import framed


@pytest.fixture(scope="module")
def photo():
    """A photo of scattered grains, uint8 [384, 384, 3], and where they are."""
    scene = render_scene(
        "IR64", layout="scattered", background="blue cloth", height=384, width=384, seed=2200
    )
    return scene.rgb, scene.labels > 0


def test_rice_is_found(photo):
    rgb, mask = photo
    rice = find_rice(rgb)
    assert not rice.problem
    assert rice.confidence >= CONFIDENT
    assert overlap(rice.mask(), mask) > 0.85


def test_the_size_of_a_photo_hardly_matters(photo):
    rgb, _ = photo
    large = find_rice(cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)).mask()
    assert large.shape == (768, 768)
    assert overlap(find_rice(rgb).mask(), large[::2, ::2]) > 0.9


def test_the_same_photo_gives_the_same_rice_and_is_left_alone(photo):
    rgb = photo[0].copy()
    rgb.setflags(write=False)
    one, two = find_rice(rgb), find_rice(np.asfortranarray(rgb))
    assert np.array_equal(one.likelihood, two.likelihood)
    assert one.confidence == two.confidence


def test_rice_is_found_within_a_border_as_without(photo):
    rgb, _ = photo
    alone, inside = find_rice(rgb), find_rice(framed(rgb, 16))
    assert not inside.problem
    assert not inside.mask()[:14].any()
    assert not inside.mask()[:, -14:].any()
    within = np.s_[16:-16, 16:-16]
    assert overlap(inside.mask()[within], alone.mask()[within]) > 0.95


@pytest.mark.parametrize("colour", [(210, 45, 40), (40, 80, 200), (240, 190, 40)])
def test_a_coloured_mark_is_no_grain(photo, colour):
    rgb, mask = photo
    disc = cv2.circle(np.zeros(mask.shape, np.uint8), (42, 42), 24, 1, -1) > 0
    rgb = rgb.copy()
    rgb[disc] = colour
    rice = find_rice(rgb)
    assert not rice.problem
    assert (rice.mask() & disc).sum() < 0.1 * disc.sum()
    assert overlap(rice.mask(), mask & ~disc) > 0.85


def test_no_larger_view_is_looked_at_where_the_colours_agree(photo, monkeypatch):
    rgb, mask = photo
    seen, views = mask.astype(np.float32), []

    def see(_rgb):
        for longest in (226, 453, 905):
            views.append(longest)
            yield Sight(seen if longest > 226 else 0.4 * seen, 0.01, longest)

    monkeypatch.setattr(rice_mask, "look_around", see)
    assert overlap(find_rice(rgb).mask(), mask) > 0.9
    assert views == [226, 453]
    find_rice(rgb[::-1])  # the colours of another photo than what is seen
    assert views[2:] == [226, 453, 905]


def test_a_larger_view_draws_grains_better_but_makes_no_surer(photo, monkeypatch):
    rgb, mask = photo
    seen = mask.astype(np.float32)
    part = seen.copy()
    part[: len(part) // 2] = 0

    def found(length, views=3):
        sights = [(part, 226), (part, 453), (seen, 905)][:views]
        shown = [Sight(each, length, longest) for each, longest in sights]
        monkeypatch.setattr(rice_mask, "look_around", lambda _rgb: iter(shown))
        return find_rice(rgb)

    small, large, without = found(0.02), found(0.1), found(0.1, views=2)
    assert np.array_equal(small.mask(), large.mask())
    assert overlap(large.mask(), mask) > overlap(without.mask(), mask) + 0.2
    assert large.confidence == min(small.confidence, without.confidence)
    assert without.confidence < small.confidence  # in small views small grains are hardly seen


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (64, 64)])
@pytest.mark.parametrize("value", [0, 130, 255])
def test_one_colour_holds_no_rice(shape, value):
    rice = find_rice(np.full((*shape, 3), value, np.uint8))
    assert rice.problem == "no_rice"
    assert rice.likelihood.shape == shape
    assert rice.likelihood.dtype == np.float32
    assert 0 <= rice.confidence < CONFIDENT


def test_noise_holds_no_rice():
    noise = np.random.default_rng(0).integers(0, 256, (200, 260, 3), np.uint8)
    assert find_rice(noise).problem


def test_the_slider_takes_in_more_or_less(photo):
    rice = find_rice(photo[0])
    assert 0 <= rice.likelihood.min() <= rice.likelihood.max() <= 1
    areas = [int(rice.mask(level).sum()) for level in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > areas[-1]
    assert np.array_equal(rice.mask(0.3, inverted=True), ~rice.mask(0.3))
    assert rice.mask().dtype == bool


def test_a_mask_counts_from_its_level_on():
    rice = Rice(np.array([[0.2, 0.5, 0.8]], np.float32), 0.9, "")
    assert rice.mask().tolist() == [[False, True, True]]
    assert rice.mask(0.6).tolist() == [[False, False, True]]
    assert rice.mask(inverted=True).tolist() == [[True, False, False]]


def test_trust_is_a_logistic_curve():
    trust = MaskTrust(np.array([12.0, 2.0, 1.0, -2.0, 0.0, 0.0, 1.0]), -9.0)
    assert trust.confidence(np.array([0.5, 1.0, 1.0, 0.0, 7.0, 7.0, 0.0])) == 0.5
    features = np.array([0.8, 0.4, 0.3, 0.7, 0.2, 0.2, 0.5])
    log_odds = 12 * 0.8 + 2 * 0.4 + 0.3 - 2 * 0.7 + 0.5 - 9
    assert trust.confidence(features) == pytest.approx(1 / (1 + np.exp(-log_odds)))


def test_a_photo_full_of_rice_is_rice_everywhere():
    scene = render_scene(
        "IR64", layout="heap", background="slate", height=512, width=512, grains=900, seed=3
    )
    rows, columns = np.nonzero(scene.labels)
    part = np.s_[rows.min() + 120 : rows.max() - 120, columns.min() + 120 : columns.max() - 120]
    assert (scene.labels[part] > 0).mean() > 0.9
    rice = find_rice(np.ascontiguousarray(scene.rgb[part]))
    assert rice.mask().mean() > 0.9
