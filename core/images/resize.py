"""Downscaling by averaging every pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def scaled_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """(width, height) of a picture at a scale, as OpenCV and Pillow take it; 1 pixel at least.

    Example:
        >>> scaled_size(2000, 3, 0.1)
        (1, 200)
    """
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(rgb: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A picture at a scale, uint8 [H, W, 3]; as it is where the scale is 1 or more.

    Example:
        >>> shrink(np.zeros((20, 30, 3), np.uint8), 0.5).shape
        (10, 15, 3)
    """
    if scale >= 1:
        return rgb
    size = scaled_size(rgb.shape[0], rgb.shape[1], scale)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def shrink_to(rgb: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """A picture whose longer side has at most so many pixels.

    Example:
        >>> shrink_to(np.zeros((2000, 1, 3), np.uint8), 400).shape
        (400, 1, 3)
    """
    return shrink(rgb, longest / max(rgb.shape[:2]))
