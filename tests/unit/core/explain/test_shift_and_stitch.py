"""Finer maps: each cell is the network's answer for its place, and they follow the evidence."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.explain.request import ExplainRequest
from core.explain.shift_and_stitch import interlace, offsets, shift
from tests.support.pooled_network import photo_of, red_explainer, share_on


@pytest.mark.parametrize(("length", "cells", "upsampling"), [(64, 2, 8), (224, 7, 4), (48, 3, 1)])
def test_offsets_are_the_centres_of_the_parts_of_a_cell(length, cells, upsampling):
    centres = (np.arange(cells) + 0.5) * length / cells
    fine = (centres[:, None] + offsets(length, cells, upsampling)).ravel()
    assert fine == pytest.approx(
        (np.arange(cells * upsampling) + 0.5) * length / cells / upsampling, abs=0.5
    )


def test_a_shift_moves_the_photo_and_mirrors_the_border():
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert (shift(pixels, 0, 0) == pixels).all()
    assert (shift(pixels, 1, 0) == pixels[[1, 1]]).all()
    assert (shift(pixels, -1, 1) == pixels[[0, 0]][:, [1, 2, 2]]).all()


def test_interlaced_maps_stand_where_their_shifts_looked():
    """A map that tells each cell's place, seen through shifts, is the finer map of places."""
    rows, upsampling = (np.arange(3) + 0.5) * 10, 2
    moved = np.array(
        [[rows + offset for _ in range(upsampling)] for offset in offsets(30, 3, upsampling)]
    )
    maps = np.broadcast_to(moved[:, :, None, :, None], (upsampling, upsampling, 1, 3, 4)).astype(
        np.float32
    )
    fine = interlace(maps)
    assert fine.shape == (1, 6, 8)
    assert fine[0, :, 0].tolist() == pytest.approx((np.arange(6) + 0.5) * 5, abs=0.6)


@pytest.mark.parametrize("place", [(60, 90), (150, 200), (200, 60)])
def test_more_of_the_heat_lies_on_a_marked_grain(place):
    """A red grain among pale ones: the finer map follows it."""
    rgb = np.full((256, 256, 3), (40, 60, 110), np.uint8)
    for x, y in ((40, 40), (200, 120), (100, 200)):
        cv2.ellipse(rgb, (x, y), (30, 10), x, 0, 360, (228, 222, 205), -1)
    cv2.ellipse(rgb, place, (30, 10), 40, 0, 360, (255, 0, 0), -1)
    mask = (rgb == (255, 0, 0)).all(axis=2)
    coarse, fine = (
        red_explainer().explain([photo_of(rgb)], ExplainRequest(upsampling=upsampling))[0]
        for upsampling in (1, 8)
    )
    assert (coarse.grid, fine.grid) == ((2, 2), (16, 16))
    assert share_on(fine, "marked", mask) > share_on(coarse, "marked", mask)
