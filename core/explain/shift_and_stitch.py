"""Shift and stitch: finer maps from shifted copies of the input, interlaced.

A cell of a layer answers for a place of the input, and its grid repeats every cell's width. Shifted
by half a cell, the same grid answers for the places between. With s shifts each way a map of
h x w cells becomes one of s h x s w, every value the network's own answer for its place, none
interpolated: "shift and stitch" (Long, Shelhamer and Darrell 2015, "Fully Convolutional Networks
for Semantic Segmentation", arXiv 1411.4038, section 3.2). What a cell sees of its surroundings does
not shrink by it, so the map is sampled more finely, not sharper than the network is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def offsets(length: int, cells: int, upsampling: int) -> list[int]:
    """By how many pixels to shift the photo along an axis, one shift for each part of a cell.

    Args:
        length: Of the input along the axis, pixels.
        cells: Of the layer along the axis.
        upsampling: Parts of a cell.

    Example:
        >>> offsets(64, 2, 4)
        [-12, -4, 4, 12]
    """
    cell = length / cells
    return [round(cell * ((part + 0.5) / upsampling - 0.5)) for part in range(upsampling)]


def shift(pixels: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """The input that shows at each place what lay some pixels further down and right.

    What comes in at the border is the photo mirrored, as near to more of the same as there is.

    Args:
        pixels: uint8 [h, w, 3].
        down: Pixels; fewer than 0 are up.
        right: Pixels; fewer than 0 are left.

    Example:
        >>> row = np.array([[[1], [2], [3]]], np.uint8).repeat(3, axis=2)
        >>> shift(row, 0, 1)[0, :, 0].tolist()
        [2, 3, 3]
    """
    height, width = pixels.shape[:2]
    up, left = max(0, -down), max(0, -right)
    wide = cv2.copyMakeBorder(pixels, up, max(0, down), left, max(0, right), cv2.BORDER_REFLECT)
    top, start = up + down, left + right
    return wide[top : top + height, start : start + width]


def interlace(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The maps of all shifts as one.

    Args:
        maps: float32 [s, s, C, h, w]; shifts down, shifts to the right.

    Returns:
        float32 [C, s h, s w].

    Example:
        >>> maps = np.array([[1, 2], [3, 4]], np.float32).reshape(2, 2, 1, 1, 1)
        >>> interlace(maps)[0].tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    downs, rights, classes, rows, columns = maps.shape
    return maps.transpose(2, 3, 0, 4, 1).reshape(classes, rows * downs, columns * rights)
