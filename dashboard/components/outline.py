"""The outline of a mask, drawn on a picture."""

from __future__ import annotations

import cv2
import numpy as np

from core.explain.render import Pixels
from dashboard.work.rice_masks import Mask

_PINK = (255, 40, 150)  # no scale of colours has it, and neither rice nor tables do
_THICK = 1 / 300  # of the longer side


def outlined(rgb: Pixels, mask: Mask) -> Pixels:
    """A picture with the outline of a mask on it.

    Args:
        rgb: uint8 [H, W, 3].
        mask: bool, of this size or another.

    Example:
        >>> square = np.zeros((9, 9), bool)
        >>> square[2:7, 2:7] = True
        >>> drawn = outlined(np.zeros((9, 9, 3), np.uint8), square)
        >>> drawn[2, 4].tolist(), drawn[4, 4].tolist()
        ([255, 40, 150], [0, 0, 0])
    """
    size = rgb.shape[1::-1]
    large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    thick = max(1, round(_THICK * max(size)))
    return np.asarray(cv2.drawContours(rgb.copy(), lines, -1, _PINK, thick, cv2.LINE_8), np.uint8)
