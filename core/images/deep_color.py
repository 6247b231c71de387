"""Scaling of pictures with more than 8 bits a sample to the range that they use.

Cameras and microscopes store 10, 12 or 14 bits in samples of 16: read by the 16, such a photo is
up to 64 times too dark.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from core.images.blocks import blocks
from core.images.photo_errors import photo_error
from core.images.size_limits import too_many_pixels

_DEPTHS = (8, 10, 12, 14, 16)  # bits a sample that sensors have
_BITS_PER_SAMPLE, _MAX_SAMPLE_VALUE = 258, 281  # TIFF 6.0
_DARK = 1 << 6  # of 8 bits: what fewer than 15 of 16 become
_MAX_DEEP_PIXELS = 20_000_000


def used_bits(highest: float) -> int:
    """The fewest bits a sample, of those that sensors have, that hold a value.

    Example:
        >>> used_bits(255), used_bits(256), used_bits(4095), used_bits(20_000)
        (8, 10, 12, 16)
    """
    return next((bits for bits in _DEPTHS if highest < 1 << bits), _DEPTHS[-1])


def read_deep_grey(
    image: Image.Image, format: str
) -> tuple[Callable[[Image.Image], Image.Image], int | None]:
    """How a grey picture of 16 or 32 bits, or of floating point, becomes one of 8.

    Args:
        image: As decoded.
        format: Of the file, for the error.

    Returns:
        What converts it or a part of it, and the bits a sample that were assumed, as of `Photo`.

    Raises:
        PhotoError: With code `measurements`, if its numbers are no brightness.
    """
    parts = (np.asarray(image.crop(box)) for box in blocks(image.size))
    ranges = np.array([(part.min(), part.max()) for part in parts], np.float64)
    low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
    if not (low >= 0 and high <= 65535):
        raise photo_error("measurements", format=format, low=low, high=high)
    white, bits = _white(image, high)
    if image.mode == "F":
        white, bits = next(white for white in (1, 255, 65535) if high <= white), None

    def to_eight_bits(block: Image.Image) -> Image.Image:
        values = np.asarray(block, np.float32)
        return Image.fromarray(cv2.convertScaleAbs(values, alpha=255 / white))

    return to_eight_bits, bits


def read_deep_color(image: Image.Image, data: bytes) -> tuple[Image.Image, int | None]:
    """A colour picture of 16 bits a sample, decoded again by its own range if it came too dark.

    Args:
        image: As Pillow decoded it, which keeps the upper 8 bits.
        data: The file's bytes.

    Returns:
        A picture of the same size, and the bits a sample that were assumed, as of `Photo`.

    Raises:
        PhotoError: With code `too_many_pixels`, if it is too large for that.
    """
    brightest = _brightest(image) if _is_deep(image, data) else _DARK
    pixels = image.width * image.height
    if brightest >= _DARK or (brightest == 0 and pixels > _MAX_DEEP_PIXELS):
        return image, None
    if pixels > _MAX_DEEP_PIXELS:
        raise too_many_pixels(pixels, _MAX_DEEP_PIXELS)
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.shape[:2] != image.size[::-1]:
        return image, None
    if deep.ndim == 2:
        deep = deep[..., None]
    white, bits = _white(image, float(deep[..., :3].max()))
    levels = [
        _scaled(deep[..., channel], white) for channel in ((2, 1, 0) if deep.shape[2] > 2 else (0,))
    ]
    if deep.shape[2] == 4:
        levels.append(_scaled(deep[..., 3], 65535))
    read = Image.fromarray(np.dstack(levels) if len(levels) > 1 else levels[0])
    read.info = image.info
    return read, bits


def deep_memory(image: Image.Image, data: bytes) -> int:
    """Bytes that `read_deep_color` may take for a picture, by its header."""
    pixels = image.width * image.height
    return 16 * pixels if _is_deep(image, data) and pixels <= _MAX_DEEP_PIXELS else 0


def _is_deep(image: Image.Image, data: bytes) -> bool:
    if image.mode not in ("RGB", "RGBA", "RGBX", "LA"):
        return False
    if isinstance(image, TiffImageFile):
        return image.tag_v2.get(_BITS_PER_SAMPLE, (8,))[0] == 16
    return data[:4] == b"\x89PNG" and data[24] == 16


def _brightest(image: Image.Image) -> int:
    """The highest value of any colour, or the first that is not dark."""
    if image.getbbox(alpha_only=False) is None:
        return 0
    highest = 0
    colours = 1 if image.mode == "LA" else 3
    for box in blocks(image.size):
        highest = max(highest, int(np.asarray(image.crop(box))[..., :colours].max()))
        if highest >= _DARK:
            break
    return highest


def _white(image: Image.Image, high: float) -> tuple[int, int | None]:
    """The value of white; and the bits that stands for, unless the file itself says so."""
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    declared = tags.get(_BITS_PER_SAMPLE, (16,))[0]
    if 8 < declared < 16:
        return (1 << declared) - 1, None
    highest = tags.get(_MAX_SAMPLE_VALUE, 0)
    highest = highest[0] if isinstance(highest, tuple) else highest
    if 255 <= highest < 65535 and high <= highest:
        return int(highest), int(highest).bit_length()
    bits = used_bits(high) if high else 16
    return (1 << bits) - 1, None if bits == 16 else bits


def _scaled(values: NDArray[np.uint16], white: float) -> NDArray[np.uint8]:
    return np.rint(values * np.float32(255 / white)).astype(np.uint8)
