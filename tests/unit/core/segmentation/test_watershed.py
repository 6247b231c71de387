"""Grains that touch are told apart, and nothing else is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation import watershed
from core.segmentation.watershed import label_grains


def ellipses(*places, size=(120, 160)):
    mask = np.zeros(size, np.uint8)
    for x, y, long, short, turn in places:
        cv2.ellipse(mask, (x, y), (long, short), turn, 0, 360, 1, -1)
    return mask > 0


APART = (30, 30, 18, 7, 20), (90, 40, 18, 7, 100), (60, 90, 18, 7, 60)
END_TO_END = (40, 60, 20, 8, 0), (79, 60, 20, 8, 0)
SIDE_BY_SIDE = (70, 50, 22, 9, 0), (70, 68, 22, 9, 0)
CROSSWISE = (60, 60, 24, 8, 0), (92, 60, 24, 8, 90)


@pytest.mark.parametrize(
    ("places", "count"),
    [(APART, 3), (END_TO_END, 2), (SIDE_BY_SIDE, 2), (CROSSWISE, 2), (APART[:1], 1), ((), 0)],
    ids=["apart", "end to end", "side by side", "crosswise", "one", "none"],
)
def test_grains_are_counted(places, count):
    mask = ellipses(*places)
    labels = label_grains(mask)
    assert labels.dtype == np.int32
    assert labels.max() == count
    assert np.array_equal(labels > 0, mask)


def test_where_two_grains_touch_each_keeps_its_own_half():
    labels = label_grains(ellipses(*END_TO_END))
    for place, other in (END_TO_END, END_TO_END[::-1]):
        own = ellipses(place) & ~ellipses(other)
        share = np.bincount(labels[own]).max() / own.sum()
        assert share > 0.97


def test_each_label_is_one_piece_and_specks_are_none():
    mask = ellipses(*APART)
    mask[5, 5] = mask[110, 150] = True
    labels = label_grains(mask)
    assert labels.max() == 3
    for label in (1, 2, 3):
        assert cv2.connectedComponents((labels == label).astype(np.uint8))[0] == 2


def test_a_grain_cut_by_the_border_is_one():
    assert label_grains(ellipses((0, 60, 30, 12, 30))).max() == 1


def test_a_full_mask_is_one_piece():
    assert label_grains(np.ones((60, 80), bool)).max() == 1


def flooded_step_by_step(labels, distance):
    """What `label_grains` floods, by as many dilations of the whole picture as it takes."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    grown = labels.astype(np.float32)
    for level in np.linspace(float(distance.max()), 0, 25)[1:]:
        free = (distance > level) & (grown == 0)
        while (reached := np.where(free, cv2.dilate(grown, cross), 0)).any():
            grown += reached
            free &= reached == 0
    return grown.astype(np.int32)


@pytest.mark.parametrize("sigma", [1.5, 4.0, 8.0])
def test_flooding_by_its_front_is_flooding_step_by_step(sigma, monkeypatch):
    noise = np.random.default_rng(0).normal(size=(90, 120))
    mask = cv2.GaussianBlur(noise, (0, 0), sigma) > 0
    found = label_grains(mask)
    monkeypatch.setattr(watershed, "_flood", flooded_step_by_step)
    assert found.max() > 1
    assert (found == label_grains(mask)).all()
