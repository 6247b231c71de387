"""How a camera was held, by a picture's Exif notes; turns the picture upright."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from core.images.file_structure import has_bounded_tags

ON_ITS_SIDE = (5, 6, 7, 8)
"""Orientations, as of Exif 2.32, of which the upright picture has width and height exchanged."""


def read_orientation(image: Image.Image) -> int:
    """The orientation, 1 to 8 as of Exif 2.32; 1, which is upright, where none can be read.

    Example:
        >>> read_orientation(Image.new("L", (3, 2)))
        1
    """
    try:
        written = image.info.get("Raw profile type exif")  # of a PNG, in hexadecimal digits
        if written and not has_bounded_tags(bytes.fromhex("".join(written.split("\n")[3:]))[6:]):
            return 1
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a photo with damaged notes is a photo all the same
        return 1


def turn_upright(rgb: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A picture upright, contiguous.

    Args:
        rgb: uint8 [H, W, 3], as stored.
        orientation: As of `read_orientation`.

    Returns:
        uint8 [W, H, 3] if it is `ON_ITS_SIDE`, else [H, W, 3].

    Example:
        >>> turn_upright(np.zeros((2, 3, 3), np.uint8), 6).shape
        (3, 2, 3)
    """
    if orientation in ON_ITS_SIDE:
        rgb = rgb.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb)
