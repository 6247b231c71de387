"""An outline is redrawn where the photo shows it, and left alone where it does not."""

from __future__ import annotations

import cv2
import numpy as np

from core.grain_counting.outline import refine_outline, remove_lines
from tests.support.drawn_grains import overlap, scattered, table


def test_a_rough_mask_becomes_the_true_one():
    photo, mask = table(*scattered())
    rough = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5))) > 0
    assert overlap(rough, mask) < 0.75
    assert overlap(refine_outline(photo, rough), mask) > 0.97
    rough = cv2.erode(mask.astype(np.uint8), np.ones((3, 3))) > 0
    assert overlap(refine_outline(photo, rough), mask) > 0.97


def test_ground_between_two_grains_is_found_again():
    photo, mask = table((300, 200, 90, 30, 0), (300, 232, 90, 30, 0), size=(480, 960))
    small = cv2.resize(mask.astype(np.float32), (320, 160), interpolation=cv2.INTER_AREA)
    rough = cv2.resize(small, (960, 480), interpolation=cv2.INTER_LINEAR) > 0.4
    assert cv2.connectedComponents(rough.astype(np.uint8))[0] == 2
    assert cv2.connectedComponents(refine_outline(photo, rough).astype(np.uint8))[0] == 3


def test_where_rice_and_ground_have_one_colour_nothing_is_changed():
    rng = np.random.default_rng(0)
    photo = rng.integers(180, 230, (200, 300, 3)).astype(np.uint8)
    _, mask = table((150, 100, 90, 40, 20), size=(200, 300))
    assert (refine_outline(photo, mask) == mask).all()


def test_a_dark_spot_is_no_hole_and_nothing_and_everything_stay():
    photo, mask = table((150, 100, 120, 60, 0))
    photo[99:101, 149:151] = (40, 60, 110)
    assert refine_outline(photo, mask)[99:101, 149:151].all()
    for same in (np.zeros(mask.shape, bool), np.ones(mask.shape, bool)):
        assert (refine_outline(photo, same) == same).all()


def test_lines_go_from_large_grains_as_from_small_ones():
    small, large = ((320, 240, 160, 60, 20), (320, 240, 400, 190, 20))
    for grain in (small, large):
        _, alone = table(grain)
        line = alone.copy()
        line[100:103] = True
        assert overlap(remove_lines(line), alone) > 0.95
