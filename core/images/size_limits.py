"""Limits on file size and pixels, checked before memory is allocated."""

from __future__ import annotations

import math
import re
import struct

from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import PhotoError
from core.images.file_structure import MAX_SAMPLES, jpeg_scans
from core.images.memory_budget import MAX_MEMORY
from core.images.photo_errors import photo_error

MAX_BYTES = 50_000_000
MAX_PIXELS = 100_000_000
MAX_DRAWN = 25_000_000
"""Pixels of a photo at most when it is drawn at full size; a larger one is reduced to so many."""
MAX_SAMPLE_BYTES = 4 * MAX_BYTES
"""Bytes of the samples of a PNG or TIFF: without loss, no photo is packed into a quarter."""
_DECODER_BYTES = {"WebP": 16, "AVIF": 10, "HEIC": 8}  # a pixel, measured; others have their picture


def check_bytes(count: int) -> None:
    """Refuse a file of more than `MAX_BYTES`.

    Raises:
        PhotoError: With code `too_heavy`.
    """
    if count > MAX_BYTES:
        megabytes = round(count / 1e6, 1)
        raise photo_error("too_heavy", megabytes=megabytes, limit=MAX_BYTES // 1_000_000)


def drawn_scale(width: int, height: int, parts: int = 1) -> float:
    """The scale at which a photo is drawn at full size: 1, or what leaves `MAX_DRAWN` pixels.

    Args:
        width: Of the photo, pixels.
        height: Likewise.
        parts: How many photos share these pixels in one picture.

    Example:
        >>> drawn_scale(4000, 3000), drawn_scale(10_000, 10_000)
        (1.0, 0.5)
    """
    return min(1.0, math.sqrt(MAX_DRAWN / parts / (width * height)))


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
    limit = MAX_PIXELS
    if format in _DECODER_BYTES:
        limit = MAX_MEMORY // _DECODER_BYTES[format]
    if pixels > limit:
        raise too_many_pixels(pixels, limit)


def too_many_pixels(pixels: int, limit: int = MAX_PIXELS) -> PhotoError:
    """The error of a picture with so many pixels, and how many are read."""
    megapixels, most = round(pixels / 1e6), limit // 1_000_000
    return photo_error("too_many_pixels", megapixels=max(megapixels, most + 1), limit=most)


def decoder_memory(format: str, image: Image.Image, data: bytes) -> int:
    """Bytes that decoding a picture takes, by its header.

    Args:
        format: Of the file.
        image: Opened, not decoded; a JPEG with the scale chosen at which it is decoded.
        data: The file's bytes.

    Raises:
        PhotoError: With code `too_many_pixels`, if it is more than `MAX_MEMORY`, or the samples
            more than `MAX_SAMPLE_BYTES`; with `too_costly`, if the scans of a JPEG go over it too
            often.
    """
    pixels = image.width * image.height
    memory = pixels * _DECODER_BYTES.get(format, _bytes_per_pixel(image.mode))
    whole = pixels
    if format == "JPEG":
        whole, covered = jpeg_scans(data)
        if covered > MAX_SAMPLES:
            raise photo_error("too_costly", format=format)
        if covered > whole:  # libjpeg keeps all coefficients, at full size, until the last scan
            memory += 2 * whole
    elif isinstance(image, TiffImageFile):
        memory += _strip_memory(image)
    samples = max(1, pixels * _sample_bits(image, data) // 8)
    excess = max(memory / MAX_MEMORY, samples / MAX_SAMPLE_BYTES)
    if excess > 1:
        raise too_many_pixels(whole, int(whole / excess))
    return memory


def _bytes_per_pixel(mode: str) -> int:
    return 1 if mode in ("1", "L", "P") else 2 if mode.startswith("I;16") else 4


def _sample_bits(image: Image.Image, data: bytes) -> int:
    """Bits a pixel, as they are packed without loss; 0 where they are packed otherwise."""
    if isinstance(image, PngImageFile):
        depth, kind = data[24:26]  # PNG specification, 11.2.1
        return int(depth * {2: 3, 4: 2, 6: 4}.get(kind, 1))
    if isinstance(image, TiffImageFile) and image.tag_v2.get(259) not in (6, 7):  # JPEG
        return _tiff_bits(image)
    return 0


def _tiff_bits(image: TiffImageFile) -> int:
    return int(sum(image.tag_v2.get(258, (1,)))) or 1  # BitsPerSample


def _strip_memory(image: TiffImageFile) -> int:
    """What libtiff unpacks at once: a strip or a tile."""
    tags = image.tag_v2
    depth = _tiff_bits(image)
    if 322 in tags and 323 in tags:  # TileWidth, TileLength
        return tags[322] * tags[323] * max(4, -(-depth // 8))
    if tags.get(259, 1) == 1:  # Compression: none; read as it lies
        return 0
    return image.width * min(image.height, tags.get(278, image.height)) * -(-depth // 8)


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
