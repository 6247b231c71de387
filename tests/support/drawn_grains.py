"""Grains drawn for tests: where they lie and how large they are is known."""

from __future__ import annotations

import cv2
import numpy as np

GROUND, RICE = (40, 60, 110), (228, 222, 205)
PAPER, GREY = np.array([226, 223, 214]), np.array([118, 112, 96])


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


def overlap(one, other):
    """Intersection over union of two masks."""
    return (one & other).sum() / (one | other).sum()


def rough(mask, reach):
    """A mask that reaches some pixels too far."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1,) * 2)) > 0


def on_paper(*grains):
    """Dull grains on white paper, each in a soft shadow of two thirds of the light."""
    _, mask = table(*grains)
    shadow = cv2.GaussianBlur(rough(mask, 2).astype(np.float32), (0, 0), 4)[..., None]
    noise = np.random.default_rng(0).normal(0, 2, (*mask.shape, 3))
    photo = np.where(mask[..., None], GREY, PAPER * (1 - 0.35 * shadow)) + noise
    return np.clip(photo, 0, 255).astype(np.uint8), mask
