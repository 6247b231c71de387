"""Outline of the rice, drawn by the photo's own colours on both sides of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.int64]

_RIMS = 3  # of a pixel each that a shadow may be wide
_DARKER = 4.0  # lightness (CIE L*) by which a shadow is below both rice and ground


def draw_outline(lab: Floats, likelihood: Floats) -> Floats:
    """Take shadows off the rim of the rice, then share out the pixels that are mixed of both.

    Args:
        lab: The photo in CIE L*a*b*, float32 [H, W, 3].
        likelihood: How likely each pixel is rice, float32 [H, W], 0 to 1.

    Returns:
        The same with another outline, float32 [H, W].

    Example:
        >>> lab = np.zeros((40, 40, 3), np.float32)
        >>> lab[..., 0] = 60  # ground
        >>> lab[10:30, 10:30, 0] = 90  # rice
        >>> lab[10:30, 30:32, 0] = 40  # its shadow
        >>> taken = np.zeros((40, 40), np.float32)
        >>> taken[10:30, 10:32] = 1  # for rice, with the shadow
        >>> (draw_outline(lab, taken)[20, 27:34] >= 0.5).tolist()
        [True, True, True, False, False, False, False]
    """
    return _share_out(lab, _without_shadow(lab, likelihood))


def _without_shadow(lab: Floats, likelihood: Floats) -> Floats:
    """What is darker than the rice within and than the ground without is a shadow, not rice.

    A pixel that is mixed of the two lies between them. It matters on pale grounds, where the shadow
    is all that parts white rice from a white cloth.
    """
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    broad = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    left = likelihood
    for _ in range(_RIMS):
        mask = (left >= 0.5).astype(np.uint8)
        narrow = cv2.erode(mask, cross)
        rim = np.flatnonzero(mask > narrow)
        rice, _ = _local_colors(lab, cv2.erode(narrow, cross) + 0.02 * mask, rim)
        ground, _ = _local_colors(lab, 1 - cv2.dilate(mask, broad) + 0.02 * (1 - mask), rim)
        lightness = lab[..., 0].ravel()[rim]
        shadow = rim[lightness < np.minimum(rice[:, 0], ground[:, 0]) - _DARKER]
        if not len(shadow):
            return left
        left = left.copy()
        left.ravel()[shadow] = 0
    return left


def _share_out(lab: Floats, likelihood: Floats) -> Floats:
    """Pixels at an outline shared out: they are mixed of rice and ground.

    A pixel's share of rice is where its colour lies between the mean colours around it of what is
    surely rice and surely ground: alpha matting in its simplest form. Where these two are hardly
    apart for how much they vary, as at a soft shadow on a pale ground, nothing is changed.
    """
    mask = (likelihood >= 0.5).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    wide, narrow = cv2.dilate(mask, cross), cv2.erode(mask, cross)
    outline = np.flatnonzero(wide > narrow)
    if not len(outline):
        return likelihood
    rice, rice_spread = _local_colors(lab, narrow + 0.02 * mask, outline)
    ground, ground_spread = _local_colors(lab, 1 - wide + 0.02 * (1 - mask), outline)
    way = rice - ground
    apart = _dot(way, way)
    spread = _dot((rice_spread + ground_spread) * way, way) / np.maximum(apart, 1)
    share = _dot(lab.reshape(-1, 3)[outline] - ground, way) / np.maximum(apart, 1)
    known = apart > np.maximum(9 * (spread + 4), 15**2)
    shared = likelihood.flatten()
    shared[outline[known]] = np.clip(share[known], 0, 1)
    return shared.reshape(likelihood.shape)


def _dot(one: Floats, other: Floats) -> Floats:
    """Inner product of the colours of each pixel, [N]: several times as quick as a sum."""
    return np.einsum("nc,nc->n", one, other)


def _local_colors(lab: Floats, weight: Floats, pixels: Pixels) -> tuple[Floats, Floats]:
    """Weighted mean and variance of the colour around some pixels, float32 [N, 3] each."""
    height, width = weight.shape
    coarse = max(1, width // 4), max(1, height // 4)
    weights = cv2.merge([weight.astype(np.float32)] * 3)

    def near(values: Floats) -> Floats:
        small = cv2.resize(values, coarse, interpolation=cv2.INTER_AREA)
        # Where there is none of these pixels around: as in the whole photo.
        everywhere = np.array(cv2.mean(small)[:3], np.float32)
        return cv2.GaussianBlur(small, (0, 0), 0.75) + np.float32(1e-3) * everywhere

    total = np.maximum(near(weights), 1e-9)
    colors = cv2.multiply(lab, weights)
    mean, square = (
        cv2.resize(near(each) / total, (width, height)).reshape(-1, 3)[pixels]
        for each in (colors, cv2.multiply(lab, colors))
    )
    return mean, np.maximum(square - mean**2, 0)
