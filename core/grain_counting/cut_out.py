"""Cut-outs of single grains as input for the grain classifier."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.components import Piece

Pixels = NDArray[np.uint8]

_FILLED = 0.9  # of the cut-out's side that the grain's length takes
_WHITE = np.array([222, 216, 200], np.float32)  # what the grain's mean colour becomes, sRGB
_GAIN = 4.0  # at most: a black thing does not become rice


def cut_out_piece(rgb: Pixels, piece: Piece, side: int) -> Pixels:
    """Cut a piece out of its photo, as `cut_out`: uint8 [side, side, 3]."""
    return cut_out(rgb[piece.place], piece.inside, piece.angle, side)


def cut_out(rgb: Pixels, inside: NDArray[np.bool_], angle: float, side: int) -> Pixels:
    """Cut a grain out: upright, as long as the others, on black, in a common white.

    Nothing of the background is left, nor of the light's strength and colour; and as photos show
    no sizes, none of its size.

    Args:
        rgb: The grain's box in the photo, or more of it: uint8 [h, w, 3].
        inside: Which pixels are the grain, bool [h, w].
        angle: Direction of its long axis in radians, from right towards down.
        side: Of the result.

    Returns:
        uint8 [side, side, 3].

    Example:
        >>> box = np.full((20, 60, 3), (120, 100, 60), np.uint8)
        >>> upright = cut_out(box, np.ones((20, 60), bool), 0.0, 32)
        >>> upright[2:30, 16].min(axis=1).min() > 150, upright[:, 4].max()
        (np.True_, np.uint8(0))
    """
    rows, columns = np.nonzero(inside)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - columns * np.sin(angle)
    middle = np.array([along.max() + along.min(), across.max() + across.min()]) / 2
    scale = _FILLED * side / (max(np.ptp(along), np.ptp(across)) + 1)
    cover = inside.astype(np.float32)[..., None]
    colour = rgb * np.clip(_WHITE / np.maximum(rgb[inside].mean(axis=0), 1), 0, _GAIN)
    painted: NDArray[Any] = np.clip(colour, 0, 255).astype(np.float32) * cover
    shrunk = 1.0
    if scale < 1:  # shrunk first, averaging: turning alone would skip pixels
        size = [max(1, round(length * scale)) for length in inside.shape[::-1]]
        painted = cv2.resize(painted, size, interpolation=cv2.INTER_AREA)
        shrunk = scale
    # From a point of the result to the point of the photo: its down is the grain's long axis.
    down = np.array([np.cos(angle), np.sin(angle)])
    right = np.array([-np.sin(angle), np.cos(angle)])
    centre = middle[0] * down + middle[1] * right
    back = np.stack([right, down], axis=1) / scale
    origin = centre - back @ np.full(2, (side - 1) / 2)
    matrix = shrunk * np.column_stack([back, origin + 0.5]) - [[0, 0, 0.5], [0, 0, 0.5]]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.rint(cv2.warpAffine(painted, matrix, (side, side), flags=flags)).astype(np.uint8)
