"""Grains drawn for tests: where they lie and how large they are is known."""

from __future__ import annotations

import cv2
import numpy as np

GROUND, RICE = (40, 60, 110), (228, 222, 205)


def table(*grains, size=(480, 640)):
    """A photo of ellipses (x, y, length, width, turn in degrees), and its mask."""
    photo = np.full((*size, 3), GROUND, np.uint8)
    for x, y, long, wide, turn in grains:
        at = (x, y), (long, wide), turn
        cv2.ellipse(photo, at, RICE, -1)
    return photo, (photo == RICE).all(axis=2)


def scattered(count=12, long=60, wide=20, clear=True):
    """Grains in rows, each turned another way."""
    step = 100 if clear else 60
    return [(60 + step * (n % 6), 60 + step * (n // 6), long, wide, 37 * n) for n in range(count)]
