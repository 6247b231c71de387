"""Coloured backgrounds, the scenes on them, and which of them a class goes with."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.evidence.background_colours import ColourAnswers, colour_scenes, coloured_backgrounds
from core.evidence.other_rice import render_scattered

SIZE = (40, 56)


def test_hues_differ_and_lightness_does_not():
    found = coloured_backgrounds(SIZE)
    assert (found.shape, found.dtype) == ((8, *SIZE, 3), np.uint8)
    lab = cv2.cvtColor(found.mean(axis=(1, 2), dtype=np.float32)[None] / 255, cv2.COLOR_RGB2LAB)[0]
    assert np.ptp(lab[:, 0]) < 3
    hues = np.degrees(np.unwrap(np.arctan2(lab[:, 2], lab[:, 1])))
    assert np.diff(hues) == pytest.approx(np.full(7, 45), abs=8)
    assert np.hypot(lab[:, 1], lab[:, 2]).min() > 30


def test_the_same_grains_lie_on_each():
    backgrounds = coloured_backgrounds(SIZE)
    scenes = colour_scenes(backgrounds)
    assert scenes.shape == (8, len(render_scattered()), *SIZE, 3)
    for number, (rgb, share) in enumerate(render_scattered()):
        covered = cv2.resize(share, SIZE[::-1], interpolation=cv2.INTER_AREA)
        grains = cv2.resize(rgb, SIZE[::-1], interpolation=cv2.INTER_AREA)
        for each, background in zip(scenes[:, number], backgrounds, strict=True):
            assert (each[covered == 0] == background[covered == 0]).all()
            assert np.abs(each[covered == 1].astype(int) - grains[covered == 1]).max(initial=0) <= 1


def test_each_class_has_its_own_favouring_and_opposing_background():
    backgrounds = coloured_backgrounds(SIZE)[:3]
    odds = np.array([[2, -1], [0, 3], [-2, 1]], np.float32)
    answers = ColourAnswers(backgrounds, odds, 0.8)
    for index, (most, least) in enumerate(((0, 2), (1, 0))):
        favouring, opposing = answers.favouring_and_opposing(index)
        assert (favouring == backgrounds[most]).all()
        assert (opposing == backgrounds[least]).all()
