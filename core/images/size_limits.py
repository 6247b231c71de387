"""How large a photo's file may be, checked before its pixels are allocated."""

from __future__ import annotations

import re
import struct

from core.errors import PhotoError
from core.images.photo_errors import photo_error

MAX_BYTES = 50_000_000
MAX_PIXELS = 100_000_000


def check_bytes(count: int) -> None:
    """Refuse a file of more than `MAX_BYTES`.

    Raises:
        PhotoError: With code `too_heavy`.
    """
    if count > MAX_BYTES:
        megabytes = round(count / 1e6, 1)
        raise photo_error("too_heavy", megabytes=megabytes, limit=MAX_BYTES // 1_000_000)


def check_pixels(format: str, size: tuple[int, int]) -> None:
    """Refuse a picture of no pixels, or of more than `MAX_PIXELS`.

    Args:
        format: Of the file.
        size: (width, height), or the other way round.

    Raises:
        PhotoError: With code `no_pixels` or `too_many_pixels`.
    """
    pixels = size[0] * size[1]
    if not pixels:
        raise photo_error("no_pixels", format=format)
    if pixels > MAX_PIXELS:
        raise too_many_pixels(pixels)


def too_many_pixels(pixels: int) -> PhotoError:
    """The error of a picture with so many pixels."""
    limit = MAX_PIXELS // 1_000_000
    return photo_error("too_many_pixels", megapixels=round(pixels / 1e6), limit=limit)


def declared_sizes(format: str, data: bytes) -> list[tuple[int, int]]:
    """Sizes in the header that the plugin would allocate, or refuse in its own words, at once."""
    if format in ("HEIC", "AVIF"):  # ISO/IEC 23008-12, ImageSpatialExtentsProperty
        return [struct.unpack(">II", box) for box in re.findall(rb"(?s)ispe\0{4}(.{8})", data)]
    if format != "WebP" or len(data) < 30:
        return []
    chunk, body = data[12:16], data[20:30]  # RFC 9649, 2.5 to 2.7
    if chunk == b"VP8X":
        return [(1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:], "little"))]
    packed = int.from_bytes(body[1:5] if chunk == b"VP8L" else body[6:], "little")
    if chunk == b"VP8L":
        return [(1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF))]
    return [(packed & 0x3FFF, packed >> 16 & 0x3FFF)]
