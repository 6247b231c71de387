"""Blocks cover a picture once, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest

from core.images.blocks import blocks


@pytest.mark.parametrize("size", [(1, 1), (1024, 1024), (2500, 1300), (3_000_000, 1), (7, 5000)])
@pytest.mark.parametrize("unit", [(1, 1), (3, 5), (1464, 1)])
def test_each_pixel_is_in_one_block(size: tuple[int, int], unit: tuple[int, int]) -> None:
    covered = np.zeros(size[::-1], np.uint8)
    for left, top, right, bottom in blocks(size, unit):
        assert (left % unit[0], top % unit[1]) == (0, 0)
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()
