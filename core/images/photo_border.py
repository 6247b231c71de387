"""Detection of a plain border around a photo: one colour, all four sides, a sharp edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDEST = 1 / 6  # of a side; what is wider is a ground
_ALIKE = 24  # grey levels in each channel: noise and compression
_COVERED = 0.75  # of a row in the border that has its colour: something may lie on it
_CLEAR = 0.45  # of the row beyond it: there are the border's two other sides, a sixth each


def inside_border(rgb: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of a photo within its border: all of them if there is none.

    A plain table around rice is no border: it does not end on a line on all four sides at once.

    Args:
        rgb: uint8 [H, W, 3], sRGB. A row of pixels that are half border and half photo, as on each
            side of a photo that was made smaller, counts as border.

    Returns:
        Rows and columns.

    Example:
        >>> photo = np.full((60, 90, 3), 200, np.uint8)
        >>> photo[4:-4, 5:-5] = 90
        >>> inside_border(photo)
        (slice(4, 56, None), slice(5, 85, None))
        >>> inside_border(photo[4:-4, 5:-5])
        (slice(0, 52, None), slice(0, 80, None))
    """
    height, width = rgb.shape[:2]
    whole = slice(0, height), slice(0, width)
    rim = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    usual = np.median(rim, axis=0).astype(int)
    alike = cv2.inRange(rgb, usual - _ALIKE, usual + _ALIKE) > 0
    rows, columns = alike.mean(axis=1), alike.mean(axis=0)
    ends = [_end(side) for side in (rows, rows[::-1], columns, columns[::-1])]
    if not all(ends):
        return whole
    top, bottom, left, right = ends
    return slice(top, height - bottom), slice(left, width - right)


def _end(share: NDArray[np.floating]) -> int:
    """How many rows from a side on are border, by the share of each that has its colour; or 0."""
    most = int(len(share) * _WIDEST)
    own = int(np.argmin(share >= _COVERED))  # the first that is not
    after = share[own : own + 2]
    if not 0 < own <= most or after[-1] > _CLEAR:
        return 0
    return own + int(after[0] > _CLEAR)
