"""Grain outlines, refined to the full resolution of the photo.

`core.segmentation.rice_mask` looks at a photo small: there, grains that nearly touch have grown
together.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

_CELL = 1 / 320  # of the longer side: the pixel that `core.segmentation.rice_mask` sees
_AROUND = 6  # cells: how far what is rice and what is ground is looked at for comparison
_APART = 12.0  # colours that are nearer than this (CIE L*a*b*) show nothing
_TIP = 3.0  # a grain's tip is no larger than the square of so many times what counts as thin
_EXACT = 8  # pixels: the largest disc that is laid on pixel by pixel
_HOLE = 1 / 15_000  # of the photo; a smaller hole is a dark spot of a grain


def refine_outline(rgb: NDArray[np.uint8], mask: Mask) -> Mask:
    """Redraw the outline of a mask by the photo's own colours at its full resolution.

    A pixel in the mask or beside it is rice if its colour lies nearer to that of the rice around
    than to that of the ground around, along the line between them. Where these two are hardly
    apart for how much they vary, nothing is changed.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].

    Returns:
        bool [H, W].

    Example:
        >>> photo = np.full((96, 640, 3), 40, np.uint8)
        >>> photo[30:60, 100:300] = photo[30:60, 303:500] = 220  # three pixels of table between
        >>> rough = np.zeros((96, 640), bool)
        >>> rough[28:62, 98:502] = True
        >>> bool((refine_outline(photo, rough) == (photo[..., 0] > 100)).all())
        True
    """
    if not mask.any() or mask.all():
        return mask
    cell = _CELL * max(mask.shape)
    reach = max(1, round(cell))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    rough = mask.astype(np.uint8)
    within, beyond = cv2.erode(rough, disc), cv2.dilate(rough, disc)
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    rice, rice_spread = _around(lab, within + 0.02 * rough, _AROUND * cell)
    ground, ground_spread = _around(lab, 1 - beyond + 0.02 * (1 - rough), _AROUND * cell)
    way = rice - ground
    apart = (way**2).sum(axis=2)
    spread = ((rice_spread + ground_spread) * way**2).sum(axis=2) / np.maximum(apart, 1)
    calm = cv2.GaussianBlur(lab, (0, 0), 0.7)
    share = ((calm - ground) * way).sum(axis=2) / np.maximum(apart, 1)
    clear = (beyond > 0) & (apart > np.maximum(4 * (spread + 4), _APART**2))
    return remove_lines(fill_holes(np.where(clear, share > 0.5, mask)))


def _around(lab: Floats, weight: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Weighted mean and variance of the colour around each pixel, float32 [H, W, 3] each."""
    height, width = weight.shape
    step = max(1, int(sigma / 2))
    coarse = max(1, width // step), max(1, height // step)
    weight = weight.astype(np.float32)[..., None]

    def near(values: Floats) -> Floats:
        small = cv2.resize(values, coarse, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / step)
        # Where there is none of these pixels around: as in the whole photo.
        return np.atleast_3d(small) + 1e-3 * values.mean(axis=(0, 1))

    total = np.maximum(near(weight), 1e-9)
    mean, square = near(lab * weight) / total, near(lab**2 * weight) / total
    variance = np.maximum(square - mean**2, 0)
    return cv2.resize(mean, (width, height)), cv2.resize(variance, (width, height))


def fill_holes(mask: Mask) -> Mask:
    """Fill what is too small to be the ground between grains."""
    _, labels, table, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    small = table[:, cv2.CC_STAT_AREA] < max(4.0, _HOLE * mask.size)
    small[0] = False  # label 0 is what is no hole: the mask itself
    return mask | small[labels]


def remove_lines(mask: Mask) -> Mask:
    """Remove what is thin and long, whether it lies alone or runs into a grain."""
    inside = mask.astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    # About a sixth of a grain's width: the thinnest varieties are well above twice that.
    reach = int(np.median(distance[mask])) if mask.any() else 0
    if reach < 1:
        return mask
    thin = inside - _opened(inside, distance, reach)
    _, parts, table, _ = cv2.connectedComponentsWithStats(thin)
    lines = table[:, cv2.CC_STAT_AREA] > (_TIP * reach) ** 2
    lines[0] = False
    return mask & ~lines[parts]


def _opened(inside: NDArray[np.uint8], distance: Floats, reach: int) -> NDArray[np.uint8]:
    """The opening with a disc: what discs cover that lie all within the mask, uint8 [H, W]."""
    if reach <= _EXACT:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        return cv2.morphologyEx(inside, cv2.MORPH_OPEN, disc)
    # A large disc costs an operation a pixel for each of its own; distances always cost the same.
    middles = (distance <= reach).astype(np.uint8)
    near = cv2.distanceTransform(middles, cv2.DIST_L2, 5) <= reach
    return near.astype(np.uint8) * inside
