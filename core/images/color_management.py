"""Conversion of any colour space, depth and transparency to 8-bit sRGB.

Block by block: only the decoder's picture and the result are ever held whole.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from core.images.blocks import BLOCK, resize_blocks
from core.images.deep_color import read_deep_grey

_MAX_PROFILE = 4_000_000  # bytes; those of printing machines have 0.5 to 3 MB
_BLOCK_BYTES = 16  # a pixel of a block: in four modes at most
_PLAIN = ("L", "RGB", "CMYK", "LAB")

_Convert = Callable[[Image.Image], Image.Image]


def to_srgb(
    image: Image.Image, size: tuple[int, int], format: str
) -> tuple[NDArray[np.uint8], int | None]:
    """Convert a picture of any mode to sRGB: profile applied, transparency on white, resized.

    Args:
        image: As decoded.
        size: (width, height) of the result; made smaller before the colours are converted, which
            is quicker.
        format: Of the file, for the error.

    Returns:
        uint8 [height, width, 3], and the bits a sample that were assumed, as of `Photo`.

    Raises:
        PhotoError: With code `measurements`, if its numbers are no brightness.

    Example:
        >>> to_srgb(Image.new("LA", (2, 2), (0, 0)), (1, 1), "PNG")[0].tolist()
        [[[255, 255, 255]]]
    """
    profile = image.info.get("icc_profile")
    if profile and len(profile) > _MAX_PROFILE:
        profile = None
    bits: int | None = None
    flatten: _Convert = Image.Image.copy
    if image.mode == "P":
        flatten, mode = _through_palette(image, format)
        profile = None
    elif image.mode.startswith(("I", "F")):
        flatten, bits = read_deep_grey(image, format)
        mode = "L"
    elif image.has_transparency_data:
        flatten, mode = _on_white(image, profile)
        profile = None
    elif image.mode in _PLAIN:
        mode = image.mode
    else:
        mode = "L" if image.mode == "1" else "RGB"
        flatten = _converted(mode)
    to_rgb = _profile_converter(mode, profile)
    rgb = np.empty((size[1], size[0], 3), np.uint8)
    for (left, top, right, bottom), part in resize_blocks(image, size, flatten):
        rgb[top:bottom, left:right] = np.asarray(to_rgb(part))
    return rgb, bits


def conversion_memory(image: Image.Image, size: tuple[int, int]) -> int:
    """Bytes that `to_srgb` may take beside the decoded picture, for a result of that size.

    Example:
        >>> conversion_memory(Image.new("RGB", (40, 30)), (20, 15))
        20100
    """
    return _BLOCK_BYTES * min(image.width * image.height, BLOCK) + 3 * size[0] * size[1]


def _converted(mode: str) -> _Convert:
    return lambda block: block.convert(mode)


def _through_palette(image: Image.Image, format: str) -> tuple[_Convert, str]:
    """What gives each pixel its colour on white, in sRGB: 256 are converted, not all pixels."""
    colors = image.crop((0, 0, 256, 1))
    colors.putdata(range(256))
    plain = colors.convert("RGBA" if image.has_transparency_data else "RGB")
    rgb, _ = to_srgb(plain, (256, 1), format)
    mode = "L" if (rgb == rgb[..., :1]).all() else "RGB"

    def flatten(block: Image.Image) -> Image.Image:
        block.putpalette(rgb.tobytes())
        block.info.pop("transparency", None)
        return block.convert(mode)

    return flatten, mode


def _on_white(image: Image.Image, profile: bytes | None) -> tuple[_Convert, str]:
    """What lays it on white, and the mode that it has then: grey stays grey, as that is quicker."""
    mode = "LA" if image.mode in ("1", "L", "LA", "La") else "RGBA"
    to_rgb = _profile_converter(mode[:-1], profile)
    flat = "RGB" if profile else mode[:-1]

    def flatten(block: Image.Image) -> Image.Image:
        layered = block if block.mode == mode else block.convert(mode)
        colour = layered if mode == "RGBA" and not profile else layered.convert(mode[:-1])
        if profile:
            colour = to_rgb(colour)
        white = Image.new(flat, colour.size, "white")
        white.paste(colour, mask=layered if mode == "RGBA" else layered.getchannel("A"))
        return white

    return flatten, flat


def _profile_converter(mode: str, profile: bytes | None) -> _Convert:
    """To sRGB through the embedded profile; without one, or with a broken one, plainly."""
    if mode != "LAB" and not profile:
        return _converted("RGB")
    try:
        if mode == "LAB":
            source = ImageCms.createProfile("LAB")
        else:
            source = ImageCms.ImageCmsProfile(BytesIO(profile or b"")).profile
        srgb = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, srgb, mode, "RGB")
    except (ImageCms.PyCMSError, OSError):
        return _converted("RGB")
    return lambda block: ImageCms.applyTransform(block, transform) or block
