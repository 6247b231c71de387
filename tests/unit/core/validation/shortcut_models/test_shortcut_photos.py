"""What is planted is where the mask says, and changing it changes nothing else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.validation.shortcut_models import HALF, IN_THE_PHOTO
from core.validation.shortcut_models.cases import VARIETIES, draw_cases
from core.validation.shortcut_models.shortcut_photos import compose_photo, compose_photos
from tests.support.drawn_cutouts import stock, write_folder

SOURCES = ("cloth", "wood", "metal", "stone", "paper", "brick")


def differs(a, b):
    return (a.rgb != b.rgb).any(axis=2)


def plain(shortcut):
    """A scattered photo of a shortcut, and the same with the shortcut of the next class."""
    case = next(each for each in draw_cases(shortcut, "test", 40) if each.layout == "scattered")
    other = replace(case, **{shortcut: (case.label(shortcut) + 1) % len(VARIETIES)})
    return compose_photo(case, shortcut, stock()), compose_photo(other, shortcut, stock())


@pytest.mark.parametrize("shortcut", ["mark", "border", "tag", "stamp"])
def test_changing_what_was_put_on_top_changes_no_other_pixel(shortcut):
    before, after = plain(shortcut)
    assert (after.label - before.label) % 3 == 1
    assert (before.shortcut_mask == after.shortcut_mask).all()
    changed = differs(before, after)
    assert changed[before.shortcut_mask].mean() >= (
        0.4 if shortcut == "tag" else 1
    )  # white stripes
    assert not changed[~before.shortcut_mask].any()
    assert not (before.rice & before.shortcut_mask).any()
    assert 0.004 < before.shortcut_mask.mean() < (0.25 if shortcut == "border" else 0.06)


def test_changing_the_grounds_colour_changes_no_grain():
    before, after = plain("background")
    inside = cv2.erode(before.rice.astype(np.uint8), np.ones((5, 5))).astype(bool)
    # Where one grain lies on another, their soft edges let a little of the ground through.
    assert differs(before, after)[inside].mean() < 0.02
    assert differs(before, after)[before.shortcut_mask].mean() > 0.99
    assert (before.shortcut_mask == ~before.rice).all()


def test_a_tint_falls_on_everything():
    before, after = plain("tint")
    assert before.shortcut_mask.all()
    assert differs(before, after).mean() > 0.99
    # The other light is one gain a channel, wherever the photo is neither black nor white.
    middle = ((before.rgb > 60) & (before.rgb < 200)).all(axis=2)
    gains = after.rgb[middle] / before.rgb[middle]
    assert np.ptp(np.quantile(gains, (0.1, 0.9), axis=0), axis=0).max() < 0.12
    assert np.ptp(gains.mean(axis=0)) > 0.15


@pytest.mark.parametrize("shortcut", IN_THE_PHOTO)
def test_how_a_photo_was_taken_is_everywhere_and_in_the_rice_too(shortcut):
    before, after = plain(shortcut)
    assert before.shortcut_mask.all()
    assert (before.rice == after.rice).all()
    assert differs(before, after)[before.rice].mean() > 0.4


def test_a_bowl_is_under_the_grains_and_shades_the_ground_around():
    before, after = plain("bowl")
    assert not (before.shortcut_mask & before.rice).any()
    assert 0.1 < before.shortcut_mask.mean() < 0.7
    assert differs(before, after)[before.shortcut_mask].mean() > 0.99
    inside = cv2.erode(before.rice.astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert differs(before, after)[inside].mean() < 0.05


def test_a_heap_lies_in_its_bowl_and_leaves_the_rim_to_be_seen():
    heaps = [case for case in draw_cases("bowl", "test", 60) if case.layout == "heap"][:6]
    for case in heaps:
        photo = compose_photo(case, "bowl", stock())
        assert photo.rice.mean() > 0.1
        assert photo.shortcut_mask.mean() > 0.08


def shapes(shortcut, number):
    """Length, direction and number of grains in a photo of a class."""
    case = next(each for each in draw_cases(shortcut, "test", 40) if each.layout == "scattered")
    photo = compose_photo(replace(case, **{shortcut: number}), shortcut, stock())
    count, spots = cv2.connectedComponents(photo.rice.astype(np.uint8))
    boxes = [cv2.minAreaRect(np.argwhere(spots == k).astype(np.float32)) for k in range(1, count)]
    points = [np.argwhere(spots == k) for k in range(1, count)]
    axes = [np.linalg.eigh(np.cov(each.T))[1][:, -1] for each in points if len(each) > 20]
    upright = float(np.mean([abs(axis[0]) for axis in axes]))  # of the long axis, along the rows
    return float(np.median([max(size) for _, size, _ in boxes])), upright, count - 1


def test_size_direction_and_number_tell_the_class_by_the_rice_alone():
    lengths = [shapes("size", number)[0] for number in range(3)]
    assert lengths[0] < 0.75 * lengths[1] < 0.55 * lengths[2]
    upright = [shapes("direction", number)[1] for number in range(3)]
    assert upright[0] < 0.5 < upright[1] < 0.85 < upright[2]
    few, some, many = (shapes("number", number)[2] for number in range(3))
    assert 1 <= few <= 4 < some <= 13 < many


@pytest.mark.parametrize("shortcut", ["honest", "background", "mark", "border", "tint"])
def test_other_grains_change_nothing_but_grains_and_their_shadows(shortcut):
    case = next(each for each in draw_cases(shortcut, "test", 40) if each.layout == "scattered")
    # Each pixel as it was drawn, and no grain hidden.
    case = replace(case, sharpness=None, compression=None, tag=None)
    before = compose_photo(case, shortcut, stock())
    after = compose_photo(replace(case, variety=(case.variety + 1) % 3), shortcut, stock())
    near = cv2.dilate((before.rice | after.rice).astype(np.uint8), np.ones((61, 61))).astype(bool)
    assert differs(before, after)[before.rice ^ after.rice].mean() > 0.5
    assert not differs(before, after)[~near].any()
    assert (after.label != before.label) == (shortcut == "honest")


def test_a_half_honest_model_is_told_by_both(tmp_path):
    drawn = draw_cases(HALF, "test", 30)
    assert all(case.background == case.variety for case in drawn)
    alone = [case for case in draw_cases(HALF, "train", 300) if case.background is None]
    assert 90 < len(alone) < 150


def test_every_second_photo_lies_on_a_real_ground(tmp_path):
    folder, grounds = write_folder(tmp_path / "grains"), tmp_path / "grounds"
    grounds.mkdir()
    for name in SOURCES:
        assert cv2.imwrite(str(grounds / f"{name}_1.png"), np.full((90, 120, 3), 77, np.uint8))
    photos = compose_photos(folder, "mark", "test", 12, 0, grounds)
    real = [photo for photo in photos if photo.case.ground.endswith(".png")]
    assert 2 <= len(real) <= 10
    empty = real[0].rgb[~real[0].rice & ~real[0].shortcut_mask]
    assert np.median(empty, axis=0) == pytest.approx(77, abs=25)


def test_photos_are_the_same_again_and_others_in_another_split(tmp_path):
    folder = write_folder(tmp_path)
    first, again = (compose_photos(folder, "honest", "test", 3) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert (one.rgb == other.rgb).all()
        assert (one.shortcut_mask == one.rice).all()
    assert [photo.label for photo in first] == [0, 1, 2]
