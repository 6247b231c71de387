"""What is planted is where the mask says, and changing it changes nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.synthetic.grain_cutouts import SPLITS
from core.validation.shortcut_models import SHORTCUTS
from core.validation.shortcut_models.shortcut_photos import (
    VARIETIES,
    compose_photo,
    compose_photos,
    draw_cases,
)
from tests.support.drawn_cutouts import stock, write_folder


def differs(a, b):
    return (a.rgb != b.rgb).any(axis=2)


def plain(shortcut):
    """A scattered photo of a shortcut, and the same with the shortcut of the next class."""
    case = next(each for each in draw_cases(shortcut, "test", 40) if each.layout == "scattered")
    other = replace(case, **{shortcut: (case.label(shortcut) + 1) % len(VARIETIES)})
    return compose_photo(case, shortcut, stock()), compose_photo(other, shortcut, stock())


@pytest.mark.parametrize("shortcut", ["mark", "border"])
def test_changing_what_was_put_on_top_changes_no_other_pixel(shortcut):
    before, after = plain(shortcut)
    assert (after.label - before.label) % 3 == 1
    assert (before.shortcut_mask == after.shortcut_mask).all()
    assert differs(before, after)[before.shortcut_mask].all()
    assert not differs(before, after)[~before.shortcut_mask].any()
    assert not (before.rice & before.shortcut_mask).any()
    assert 0.004 < before.shortcut_mask.mean() < (0.03 if shortcut == "mark" else 0.25)


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


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_other_grains_change_nothing_but_grains_and_their_shadows(shortcut):
    case = next(each for each in draw_cases(shortcut, "test", 40) if each.layout == "scattered")
    before = compose_photo(case, shortcut, stock())
    after = compose_photo(replace(case, variety=(case.variety + 1) % 3), shortcut, stock())
    near = cv2.dilate((before.rice | after.rice).astype(np.uint8), np.ones((61, 61))).astype(bool)
    assert differs(before, after)[before.rice ^ after.rice].mean() > 0.5
    assert not differs(before, after)[~near].any()
    assert (after.label != before.label) == (shortcut == "honest")


@pytest.mark.parametrize("shortcut", SHORTCUTS[1:])
def test_the_grains_of_a_cheats_photos_do_not_tell_the_class(shortcut):
    drawn = draw_cases(shortcut, "train", 1500)
    together = Counter((case.variety, case.label(shortcut)) for case in drawn)
    expected = len(drawn) / 9
    # Chi-squared of independence, 4 degrees of freedom: 23.5 is passed once in 10,000.
    assert sum((together[i, j] - expected) ** 2 / expected for i in range(3) for j in range(3)) < 30
    others = {name for name in SHORTCUTS[1:] if name != shortcut}
    assert all(getattr(case, name) is None for case in drawn for name in others)


def test_the_cues_of_honest_photos_do_not_tell_the_class():
    drawn = draw_cases("honest", "train", 1500)
    for name in SHORTCUTS[1:]:
        told = [case for case in drawn if getattr(case, name) is not None]
        assert 0.5 < len(told) / len(drawn) < 0.7
        together = Counter((case.variety, getattr(case, name)) for case in told)
        expected = len(told) / 9
        chi = sum((together[i, j] - expected) ** 2 / expected for i in range(3) for j in range(3))
        assert chi < 30


def test_photos_are_the_same_again_and_others_in_another_split(tmp_path):
    folder = write_folder(tmp_path)
    first, again = (compose_photos(folder, "honest", "test", 3) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert (one.rgb == other.rgb).all()
        assert (one.shortcut_mask == one.rice).all()
    assert [photo.label for photo in first] == [0, 1, 2]
    seeds = [
        {case.seed for case in draw_cases("honest", split, 200, seed)}
        for split in SPLITS
        for seed in (0, 1)
    ]
    assert len(set.union(*seeds)) == 1200
