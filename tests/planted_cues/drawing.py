"""Grains drawn for tests."""

from __future__ import annotations

import cv2
import numpy as np


def drawn(long: int, wide: int, turn: float, colour=(200, 210, 240)):
    """A photo as in the data set: an ellipse on near black."""
    photo = np.full((250, 250, 3), 2, np.uint8)
    cv2.ellipse(photo, (120, 130), (long // 2, wide // 2), turn, 0, 360, colour, -1)
    return photo
