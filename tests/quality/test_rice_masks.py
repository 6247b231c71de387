"""Masks of rice in hundreds of composed and rendered photos: the floors that are held."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.images.photo_border import inside_border
from core.segmentation.rice_mask import find_rice
from core.segmentation.watershed import label_grains
from core.synthetic.composites import LAYOUTS
from core.synthetic.scenes import BACKGROUNDS, render_background
from tests.support.drawn_grains import overlap
from tests.support.mask_overlap import measure_overlap
from tests.support.photo_borders import framed
from tests.support.rice_photos import close_to, composed, drawn, grains_of, rendered, shaded

pytestmark = pytest.mark.slow

SEEDS = range(2000, 2003)


@pytest.fixture(scope="module")
def grains(real_photos):
    """Grains that the quality was not fitted to."""
    return grains_of(real_photos, range(1200, 1206))


@pytest.fixture(scope="module")
def measured(grains):
    return [
        measure_overlap(composed(grains, ground, layout, seed))
        for ground in BACKGROUNDS
        for layout in LAYOUTS
        for seed in SEEDS
    ]


def test_masks_of_composed_photos_overlap_the_rice(measured):
    """The floors of `python -m tests.bench.rice_masks`, which measures hundreds."""
    confident = [each.overlap for each in measured if each.confident]
    assert len(confident) >= 0.88 * len(measured)
    assert np.median([each.overlap for each in measured]) >= 0.95
    assert np.median(confident) >= 0.95
    # 3 in 100 there; of so few as here, now and then some more.
    assert np.mean(np.array(confident) < 0.8) <= 0.06


def test_the_confidence_is_the_share_of_masks_that_are_right(measured):
    chance = np.array([each.rice.confidence for each in measured])
    right = np.array([each.overlap >= 0.8 for each in measured])
    assert chance.mean() == pytest.approx(right.mean(), abs=0.12)
    assert right[chance >= 0.9].mean() >= 0.9
    assert right[chance < 0.5].mean() < 0.7


def test_bare_grounds_hold_no_rice_with_confidence():
    found = [
        find_rice(rendered(ground, "heap", seed, grains=0).rgb).problem
        for ground in BACKGROUNDS
        for seed in (2100, 2101)
    ]
    assert found.count("") == 0
    assert found.count("no_rice") >= 0.9 * len(found)


def test_other_things_are_not_taken_for_rice():
    # Rods and blobs of about a grain's shape pass for some: 2 of these, and 4 of the bench's 100.
    found = [find_rice(drawn(seed).rgb).problem for seed in range(30_000, 30_060)]
    assert found.count("") <= 3
    assert found.count("no_rice") >= 0.85 * len(found)


@pytest.mark.parametrize("layout", ["heap", "scattered", "single"])
@pytest.mark.parametrize("ground", ["dark table", "slate", "wood", "blue cloth"])
def test_rendered_rice_is_found(ground, layout):
    each = measure_overlap(rendered(ground, layout, 2200))
    assert each.confident
    assert each.overlap >= 0.85


def test_a_grain_that_fills_the_photo_is_found(grains):
    found = [
        measure_overlap(close_to(composed(grains, ground, "single", seed, enlarge=2)))
        for ground in BACKGROUNDS
        for seed in range(2400, 2404)
    ]
    right = np.array([each.overlap >= 0.8 for each in found])
    relied = np.array([each.confident for each in found])
    assert right.mean() >= 0.95
    assert relied.mean() >= 0.86
    assert not (relied & ~right).any()


def test_white_rice_on_white_cloth_is_found_or_said_to_be_hard():
    for seed in range(2300, 2306):
        each = measure_overlap(rendered("white cloth", "scattered", seed))
        assert each.overlap >= 0.7 or not each.confident


def test_grains_counted_in_masks_that_were_found(grains):
    off = []
    for number, ground in enumerate(BACKGROUNDS):
        shot = composed(grains, ground, "touching", 2400 + number)
        rice = find_rice(shot.rgb)
        if not rice.problem:
            area = np.bincount(shot.labels.ravel())[1:]
            true = int((area >= 0.1 * np.median(area)).sum())
            off.append(label_grains(rice.mask()).max() / true - 1)
    assert len(off) >= 4
    # Of six photos: 0, 0, 3, 18, 25 and 48 % off, the last three on paper, wood and white cloth.
    assert np.median(np.abs(off)) <= 0.11


def test_the_size_of_a_photo_hardly_matters():
    shot = rendered("blue cloth", "scattered", 2200)
    small = find_rice(shot.rgb).mask()
    large = find_rice(cv2.resize(shot.rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)).mask()
    assert large.shape == (768, 768)
    again = large[::2, ::2]
    assert (small & again).sum() / (small | again).sum() > 0.9


def test_rice_in_a_hard_shadow_is_rice_too(grains):
    """A phone over a heap: what lies in its shadow is as dark as the ground in the light."""
    found = []
    for ground in ("dark table", "slate", "wood", "blue cloth"):
        for seed in range(2500, 2506):
            shot = composed(grains, ground, "heap", seed)
            found.append(measure_overlap(shaded(shot, seed)))
    relied = [each.overlap for each in found if each.confident]
    assert len(relied) >= 0.8 * len(found)
    assert np.median(relied) >= 0.9
    assert np.mean(np.array(relied) < 0.8) <= 0.3


@pytest.mark.parametrize("colour", [(210, 45, 40), (40, 80, 200), (240, 190, 40)])
@pytest.mark.parametrize("ground", ["dark table", "slate", "blue cloth"])
def test_a_coloured_mark_is_no_grain(ground, colour):
    shot = rendered(ground, "scattered", 2200)
    side = len(shot.rgb)
    disc = cv2.circle(np.zeros((side, side), np.uint8), (side // 9, side // 9), side // 16, 1, -1)
    rgb = shot.rgb.copy()
    rgb[disc > 0] = colour
    rice, true = find_rice(rgb), (shot.labels > 0) & (disc == 0)
    assert not rice.problem
    assert (rice.mask() & (disc > 0)).sum() < 0.1 * disc.sum()
    assert (rice.mask() & true).sum() / (rice.mask() | true).sum() >= 0.85


def test_a_bare_slate_holds_no_rice():
    ground = render_background("slate", 200, 260, np.random.default_rng(1))
    assert find_rice(ground).problem


def test_touching_grains_are_counted_in_true_masks(real_photos):
    """Grains pushed together until they touch: counted to within a few percent."""
    grains = grains_of(real_photos, range(1000, 1006))
    true, counted, off = 0, 0, []
    for seed in range(12):
        labels = composed(grains, BACKGROUNDS[seed % 7], "touching", 3000 + seed).labels
        area = np.bincount(labels.ravel())[1:]
        true += (number := int((area >= 0.1 * np.median(area)).sum()))
        counted += (found := int(label_grains(labels > 0).max()))
        off.append(abs(found / number - 1))
    assert counted == pytest.approx(true, rel=0.03)
    assert np.mean(off) < 0.05


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_a_photo_of_rice_has_no_border(ground):
    for layout in ("single", "scattered", "heap"):
        rgb = rendered(ground, layout, 2200).rgb
        assert inside_border(rgb) == (slice(0, rgb.shape[0]), slice(0, rgb.shape[1]))


@pytest.mark.parametrize("ground", ["slate", "wood", "blue cloth"])
def test_rice_is_found_within_a_border_as_without(ground):
    rgb = rendered(ground, "scattered", 2200).rgb
    alone, inside = find_rice(rgb), find_rice(framed(rgb, 16))
    assert inside.problem == alone.problem == ""
    assert not inside.mask()[:14].any()
    assert not inside.mask()[:, -14:].any()
    within = np.s_[16:-16, 16:-16]
    assert overlap(inside.mask()[within], alone.mask()[within]) > 0.95
