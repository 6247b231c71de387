"""Pictures of any colour space, depth and transparency become 8-bit sRGB."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from core.images.photo_errors import photo_error


def to_srgb(image: Image.Image, size: tuple[int, int], format: str) -> Image.Image:
    """Convert a picture of any mode to sRGB: profile applied, transparency on white, resized.

    Args:
        image: As decoded.
        size: (width, height) of the result; made smaller before the colours are converted, which
            is quicker.
        format: Of the file, for the error.

    Raises:
        PhotoError: With code `measurements`, if its numbers are no brightness.

    Example:
        >>> to_srgb(Image.new("LA", (2, 2), (0, 0)), (1, 1), "PNG").getpixel((0, 0))
        (255, 255, 255)
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image, format)
    elif image.has_transparency_data:
        layered = image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
        colour = _apply_profile(layered.convert(layered.mode[:-1]), profile)
        white = Image.new("RGB", colour.size, "white")
        return _resized(Image.composite(colour, white, layered.getchannel("A")), size)
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return _apply_profile(_resized(image, size), profile)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _to_eight_bits(image: Image.Image, format: str) -> Image.Image:
    values = np.asarray(image, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    whites = {"I": (255, 65535), "F": (1, 255, 65535)}.get(image.mode, (65535,))
    white = next((white for white in whites if low >= 0 and high <= white), None)
    if white is None:
        raise photo_error("measurements", format=format, low=low, high=high)
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """To sRGB through the embedded profile; without one, or with a broken one, plainly."""
    try:
        if image.mode == "LAB":
            source = ImageCms.createProfile("LAB")
        elif profile:
            source = ImageCms.ImageCmsProfile(BytesIO(profile)).profile
        else:
            return image if image.mode == "RGB" else image.convert("RGB")
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")
