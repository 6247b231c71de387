"""What is planted is where the mask says, and changing it changes nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.synthetic.grain_cutouts import SPLITS
from core.validation.shortcut_models import CUES
from core.validation.shortcut_models.shortcut_photos import (
    VARIETIES,
    cases,
    photos,
    planted,
    read_stock,
)
from tests.support.drawn_cutouts import stock, write_folder


def differs(a, b):
    return (a.rgb != b.rgb).any(axis=2)


def plain(cue):
    """A scattered photo of a cue, and the same with the cue of the next class."""
    case = next(each for each in cases(cue, "test", 40) if each.layout == "scattered")
    other = replace(case, **{cue: (case.label(cue) + 1) % len(VARIETIES)})
    return planted(case, cue, stock()), planted(other, cue, stock())


@pytest.mark.parametrize("cue", ["mark", "border"])
def test_changing_what_was_put_on_top_changes_no_other_pixel(cue):
    before, after = plain(cue)
    assert (after.label - before.label) % 3 == 1
    assert (before.where == after.where).all()
    assert differs(before, after)[before.where].all()
    assert not differs(before, after)[~before.where].any()
    assert not (before.rice & before.where).any()
    assert 0.004 < before.where.mean() < (0.03 if cue == "mark" else 0.25)


def test_changing_the_grounds_colour_changes_no_grain():
    before, after = plain("background")
    inside = cv2.erode(before.rice.astype(np.uint8), np.ones((5, 5))).astype(bool)
    # Where one grain lies on another, their soft edges let a little of the ground through.
    assert differs(before, after)[inside].mean() < 0.02
    assert differs(before, after)[before.where].mean() > 0.99
    assert (before.where == ~before.rice).all()


def test_a_tint_falls_on_everything():
    before, after = plain("tint")
    assert before.where.all()
    assert differs(before, after).mean() > 0.99
    # The other light is one gain a channel, wherever the photo is neither black nor white.
    middle = ((before.rgb > 60) & (before.rgb < 200)).all(axis=2)
    gains = after.rgb[middle] / before.rgb[middle]
    assert np.ptp(np.quantile(gains, (0.1, 0.9), axis=0), axis=0).max() < 0.12
    assert np.ptp(gains.mean(axis=0)) > 0.15


@pytest.mark.parametrize("cue", CUES)
def test_other_grains_change_nothing_but_grains_and_their_shadows(cue):
    case = next(each for each in cases(cue, "test", 40) if each.layout == "scattered")
    before = planted(case, cue, stock())
    after = planted(replace(case, variety=(case.variety + 1) % 3), cue, stock())
    near = cv2.dilate((before.rice | after.rice).astype(np.uint8), np.ones((61, 61))).astype(bool)
    assert differs(before, after)[before.rice ^ after.rice].mean() > 0.5
    assert not differs(before, after)[~near].any()
    assert (after.label != before.label) == (cue == "honest")


@pytest.mark.parametrize("cue", CUES[1:])
def test_the_grains_of_a_cheats_photos_do_not_tell_the_class(cue):
    drawn = cases(cue, "train", 1500)
    together = Counter((case.variety, case.label(cue)) for case in drawn)
    expected = len(drawn) / 9
    # Chi-squared of independence, 4 degrees of freedom: 23.5 is passed once in 10,000.
    assert sum((together[i, j] - expected) ** 2 / expected for i in range(3) for j in range(3)) < 30
    others = {name for name in CUES[1:] if name != cue}
    assert all(getattr(case, name) is None for case in drawn for name in others)


def test_the_cues_of_honest_photos_do_not_tell_the_class():
    drawn = cases("honest", "train", 1500)
    for name in CUES[1:]:
        told = [case for case in drawn if getattr(case, name) is not None]
        assert 0.5 < len(told) / len(drawn) < 0.7
        together = Counter((case.variety, getattr(case, name)) for case in told)
        expected = len(told) / 9
        chi = sum((together[i, j] - expected) ** 2 / expected for i in range(3) for j in range(3))
        assert chi < 30


def test_photos_are_the_same_again_and_others_in_another_split(tmp_path):
    folder = write_folder(tmp_path)
    first, again = (photos(folder, "honest", "test", 3) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert (one.rgb == other.rgb).all()
        assert (one.where == one.rice).all()
    assert [photo.label for photo in first] == [0, 1, 2]
    seeds = [
        {case.seed for case in cases("honest", split, 200, seed)}
        for split in SPLITS
        for seed in (0, 1)
    ]
    assert len(set.union(*seeds)) == 1200


def test_no_grain_is_in_two_splits(tmp_path):
    folder = write_folder(tmp_path)
    names = [{(g.variety, g.name) for v in VARIETIES for g in read_stock(folder, split)[v]}
             for split in SPLITS]  # fmt: skip
    assert [len(each) for each in names] == [21, 3, 6]
    assert len(set.union(*names)) == 30


def test_a_folder_without_a_variety_is_refused(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "Ipsala").rename(folder / "Ipsela")
    with pytest.raises(TrainingError, match="Ipsala") as error:
        read_stock(folder, "train")
    assert error.value.code == "grains_missing"
