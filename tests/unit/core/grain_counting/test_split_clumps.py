"""A clump is split at seams, necks and notches, if that leaves single grains."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.classify_pieces import TypicalGrain
from core.grain_counting.components import measure_regions
from core.grain_counting.split_clumps import split_clumps
from tests.support.drawn_grains import scattered, table

TYPICAL = TypicalGrain(942.0, 60.0, 20.0)
LONG, BESIDE = (300, 350, 60, 20, 0), (326, 367, 60, 20, 0)


def split(photo, mask, typical=TYPICAL):
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    return split_clumps(photo, measure_regions(labels), typical)


def test_a_seam_splits_grains_that_lie_flat_side_by_side():
    photo, mask = table(*scattered(), LONG, BESIDE)
    cv2.line(photo, (290, 358), (336, 359), (150, 146, 135), 2)
    found = split(photo, mask)
    assert len(found) == 14
    of_clump = [piece for piece in found if piece.box.top > 300]
    assert [abs(piece.area - np.pi * 30 * 10) < 200 for piece in of_clump] == [True, True]
    assert sum(piece.area for piece in found) == mask.sum()


@pytest.mark.parametrize("scale", [0.4, 1, 3])
def test_grains_of_any_size_are_split_at_their_notches(scale):
    """Whole ones and halves, of one white, with no seam between them."""
    pairs = [
        ((100, 100, 60, 20, 0), (100, 117, 60, 20, 8)),
        ((300, 100, 60, 20, 0), (322, 114, 28, 20, 70)),
        ((500, 100, 28, 20, 0), (523, 111, 28, 20, 60)),
    ]
    grains = [[scale * each for each in grain[:4]] + [grain[4]] for pair in pairs for grain in pair]
    photo, mask = table(*grains, size=(int(200 * scale), int(640 * scale)))
    typical = TypicalGrain(942 * scale**2, 60 * scale, 20 * scale)
    assert len(split(photo, mask, typical)) == 6


def test_single_grains_are_left_alone_long_ones_and_halves_even_with_a_crease():
    photo, mask = table(*scattered(), (200, 400, 110, 21, 20), (400, 400, 30, 20, 0))
    for x, y, *_ in scattered():
        cv2.line(photo, (x, y - 12), (x, y + 12), (150, 146, 135), 2)
    assert len(split(photo, mask)) == 14


def test_nothing_is_nothing():
    assert split(*table()) == []
