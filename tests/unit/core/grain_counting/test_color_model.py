"""A rough mask becomes the rice by its own colours; shadows and what lies elsewhere do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.color_model import segment_by_color
from tests.support.drawn_grains import on_paper, overlap, rough, scattered, table


@pytest.mark.parametrize("draw", [table, on_paper])
def test_a_rough_mask_becomes_the_true_one(draw):
    photo, mask = draw(*scattered())
    assert overlap(rough(mask, 3), mask) < 0.7
    assert overlap(segment_by_color(photo, rough(mask, 3)).mask, mask) > 0.93


def test_a_shadow_between_grains_is_no_rice():
    pairs = [(x, y + off, 60, 20, 0) for x, y, *_ in scattered() for off in (-14, 14)]
    photo, mask = on_paper(*pairs)
    joined = rough(mask, 5)
    assert cv2.connectedComponents(joined.astype(np.uint8))[0] - 1 == 12
    assert (
        cv2.connectedComponents(segment_by_color(photo, joined).mask.astype(np.uint8))[0] - 1 == 24
    )


def test_what_has_nothing_of_the_mask_is_left():
    photo, mask = table(*scattered())
    left = mask & (np.arange(640) < 320)
    assert overlap(segment_by_color(photo, left).mask, left) > 0.97


def test_nothing_and_everything_stay():
    photo, mask = table(*scattered())
    for same in (np.zeros(mask.shape, bool), np.ones(mask.shape, bool)):
        assert (segment_by_color(photo, same).mask == same).all()


def test_the_photo_is_left_alone():
    photo, mask = table(*scattered())
    photo.setflags(write=False)
    once, again = segment_by_color(photo, mask), segment_by_color(np.asfortranarray(photo), mask)
    assert (once.mask == again.mask).all()
    assert once.similarity == again.similarity
