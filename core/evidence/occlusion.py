"""Occlusion sensitivity: how much the class loses when a cell of the photo is erased."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.evidence.masked_input import Floats, Mask, Pixels

_FEWEST, _MOST = 4, 7  # cells each way: fewer tell nothing apart, more are too many passes
_BLUR = 1 / 6  # of the shorter side: no grain is left, nor a heap's outline


def occlusion_grid(grid: tuple[int, int]) -> tuple[int, int]:
    """The grid that is erased cell by cell: the map's own, within 4 to 7 cells each way.

    Example:
        >>> occlusion_grid((7, 7)), occlusion_grid((2, 2)), occlusion_grid((28, 14))
        ((7, 7), (4, 4), (7, 7))
    """
    rows, columns = (min(_MOST, max(_FEWEST, cells)) for cells in grid)
    return rows, columns


def cell_indices(size: tuple[int, int], grid: tuple[int, int]) -> NDArray[np.int64]:
    """Which cell each pixel belongs to: int64 [h, w], numbered along the rows.

    Example:
        >>> cell_indices((2, 4), (1, 2)).tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    rows, columns = (
        ((np.arange(length) + 0.5) * count / length).astype(np.int64)
        for length, count in zip(size, grid, strict=True)
    )
    return rows[:, None] * grid[1] + columns


def blur(pixels: Pixels) -> Pixels:
    """Blur a photo by a sixth of its side, until nothing can be recognised: uint8 [h, w, 3].

    It keeps the light and the broad colours, and is no black hole that looks like a background.
    """
    return cv2.GaussianBlur(
        pixels, (0, 0), _BLUR * min(pixels.shape[:2]), borderType=cv2.BORDER_REFLECT
    )


def erase(pixels: Pixels, baseline: Pixels, gone: Mask) -> Pixels:
    """Photos with places replaced by a baseline.

    Args:
        pixels: uint8 [h, w, 3].
        baseline: uint8 [h, w, 3].
        gone: bool [N, h, w], where.

    Returns:
        uint8 [N, h, w, 3].
    """
    return np.where(gone[..., None], baseline, pixels)


def occlusion_map(whole: float, without: Floats, shown: Mask, grid: tuple[int, int]) -> Floats:
    """How much a class loses when a cell is erased.

    `map_i = m(photo) - m(photo with cell i erased)`, with m the log odds: Zeiler, Fergus
    2014, "Visualizing and Understanding Convolutional Networks" (arXiv 1311.2901), their occlusion
    sensitivity, who slide a grey square and take the probability itself, which orders the cells
    alike. Here the cells do not overlap and show the photo blurred.

    It cannot show what several cells say alike (any of them may go, then, at no loss), nor a
    colour or tint, which blurring keeps.

    Args:
        whole: m of the photo.
        without: float32 [n], m with each shown cell erased.
        shown: bool [rows * columns], which cells show some of the photo.
        grid: (rows, columns).

    Returns:
        float32 [rows, columns]; above 0 where the cell speaks for the class, NaN where the cell
        shows nothing of the photo.
    """
    drop = np.full(len(shown), np.nan, np.float32)
    drop[shown] = np.float32(whole) - without
    return drop.reshape(grid)
