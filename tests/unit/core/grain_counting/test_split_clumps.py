"""A clump is split along the shadow between its grains, if that leaves single grains."""

from __future__ import annotations

import cv2
import numpy as np

from core.grain_counting.classify_pieces import NOT_SEPARATED, classify_pieces
from core.grain_counting.components import measure_regions
from core.grain_counting.split_clumps import split_clumps
from core.segmentation.watershed import label_grains
from tests.support.drawn_grains import scattered, table

LONG = 300, 350, 60, 20, 0
BESIDE = 326, 367, 60, 20, 0


def clump(seam):
    """Twelve grains, and two that lie flat side by side: no neck is between them."""
    photo, mask = table(*scattered(), LONG, BESIDE)
    gap = np.zeros(mask.shape, np.uint8)
    cv2.rectangle(gap, (300, 350), (326, 367), 1, -1)
    mask |= gap > 0
    photo[mask] = (228, 222, 205)
    if seam:
        cv2.line(photo, (290, 358), (336, 359), (150, 146, 135), 2)
    return photo, mask


def regions(mask):
    return classify_pieces(measure_regions(label_grains(mask)))


def test_a_seam_splits_grains_that_no_neck_does():
    photo, mask = clump(seam=True)
    pieces = regions(mask)
    assert [piece.problem for piece in pieces].count(NOT_SEPARATED) == 1
    found = classify_pieces(split_clumps(photo, pieces))
    assert [(piece.problem, piece.count) for piece in found] == [("", 1)] * 14
    of_clump = sorted((p for p in found if p.box.top > 300), key=lambda p: p.box.top)
    assert [abs(p.area - np.pi * 30 * 10) < 200 for p in of_clump] == [True, True]
    assert sum(p.area for p in found) == mask.sum()


def test_without_a_seam_it_stays_one():
    photo, mask = clump(seam=False)
    found = classify_pieces(split_clumps(photo, regions(mask)))
    assert [piece.problem for piece in found].count(NOT_SEPARATED) == 1
    assert sum(piece.count for piece in found) == 14


def test_single_grains_are_left_alone_even_with_a_crease():
    photo, mask = table(*scattered())
    for x, y, *_ in scattered():
        cv2.line(photo, (x, y - 12), (x, y + 12), (150, 146, 135), 2)
    pieces = regions(mask)
    assert split_clumps(photo, pieces) == pieces


def test_nothing_is_nothing():
    photo, _ = table()
    assert split_clumps(photo, []) == []
