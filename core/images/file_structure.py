"""Checks the structure of a picture file, to refuse decompression bombs before decoding.

A decoder does what a file says: a scan of a JPEG repeated a thousand times in 31 kB, a million
chunks of a PNG, tags that all name the same megabytes. No camera writes such files.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from PIL.JpegImagePlugin import MARKER

from core.images.photo_errors import photo_error

MAX_SAMPLES = 1_000_000_000
"""Samples that the scans of a JPEG may go over, all together."""

_MAX_JPEG_HEADER = 16_000_000  # bytes before the first scan
_MAX_SEGMENTS = 5_000
_MAX_JUNK = 100_000  # bytes between segments, which Pillow skips one by one
_MAX_PNG_CHUNKS = 50_000
_MAX_GIF_BLOCKS = 4_000  # before the first picture; Pillow joins them in quadratic time
_MAX_RLE = 4_000_000  # pixels, and bytes, of a BMP that Pillow unpacks in Python
_MAX_TAG_BYTES = 100_000_000  # of all values of a directory of tags
_MAX_TAG_VALUES = 1_000_000
_MAX_STRIPS = 50_000
_STRIPS = (273, 324)  # StripOffsets, TileOffsets
_TYPE_BYTES = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8), start=1))
_BYTE_TYPES = (1, 2, 6, 7)
_MARKER = re.compile(rb"\xff[^\0\xff]")
_MARKER_IN_SCAN = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")


def check_structure(format: str, data: bytes) -> None:
    """Refuse a file whose structure makes a decoder work much longer than its picture needs.

    Raises:
        PhotoError: With code `too_costly`.
    """
    if not _CHECKS[format](data):
        raise photo_error("too_costly", format=format)


def has_bounded_tags(tiff: bytes | memoryview) -> bool:
    """Whether the values of the first directory of tags, TIFF's or Exif's, are not too much.

    Each tag says where its value is, so that thousands of them can share one large one.
    """
    order = {b"II": "<", b"MM": ">"}.get(bytes(tiff[:2]))
    if order is None:
        return True
    big = bytes(tiff[2:4]) in (b"+\0", b"\0+")
    total = 0
    try:
        start = struct.unpack_from(order + ("Q" if big else "L"), tiff, 8 if big else 4)[0]
        count = struct.unpack_from(order + ("Q" if big else "H"), tiff, start)[0]
        entry = order + ("HHQ8x" if big else "HHL4x")
        start += 8 if big else 2
        step = struct.calcsize(entry)
        for place in range(start, start + min(count, 65_536) * step, step):
            tag, kind, values = struct.unpack_from(entry, tiff, place)
            total += min(values * _TYPE_BYTES.get(kind, 0), len(tiff))
            most = _MAX_STRIPS if tag in _STRIPS else _MAX_TAG_VALUES
            if total > _MAX_TAG_BYTES or (kind not in _BYTE_TYPES and values > most):
                return False
    except (struct.error, OverflowError):
        return True  # a damaged directory, which ends where the data end
    return True


def jpeg_scans(data: bytes) -> tuple[int, int]:
    """Samples of a JPEG's picture, and samples that its scans go over; 0, 0 without a header."""
    samples: dict[int, int] = {}
    covered = 0
    for marker, body in _jpeg_segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) >= 6:
            height, width, count = struct.unpack(">HHB", body[1:6])
            parts = [body[i : i + 3] for i in range(6, min(len(body), 6 + 3 * count), 3)]
            sizes = {part[0]: (part[1] >> 4) * (part[1] & 15) for part in parts if len(part) == 3}
            most = max(sizes.values(), default=0) or 1
            samples = {name: width * height * size // most for name, size in sizes.items()}
        elif marker == 0xDA and body:
            names = body[1 : 1 + 2 * body[0] : 2]
            covered += sum(samples.get(name, 0) for name in names)
    return sum(samples.values()), covered


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers and bodies up to the end of the picture; more than enough of them end it, too."""
    place = 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER_IN_SCAN.search(data, place)
        if not found or found[0][1] == 0xD9:
            return
        marker, place = found[0][1], found.end()
        if marker in (0x01, 0xD8):
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        yield marker, data[place + 2 : place + length]
        place += max(2, length)


def _jpeg(data: bytes) -> bool:
    place, junk, exif = 2, 0, b""
    for _ in range(_MAX_SEGMENTS):  # as Pillow goes through them
        found = _MARKER.search(data, place)
        if not found:
            return len(data) - place <= _MAX_JUNK
        junk += found.start() - place
        marker, place = found[0][1], found.end()
        if junk > _MAX_JUNK or place > _MAX_JPEG_HEADER:
            return False
        if marker == 0xDA:
            break
        if MARKER.get(0xFF00 | marker, ("", "", None))[2] is None:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        body = data[place + 2 : place + length]
        if marker == 0xE1 and body[:6] == b"Exif\0\0":
            exif += body[6:]  # the parts of a long one
            if not has_bounded_tags(exif):
                return False
        elif marker == 0xE2 and body[:4] == b"MPF\0" and not has_bounded_tags(body[4:]):
            return False
        place += max(2, length)
    else:
        return False
    return True


def _png(data: bytes) -> bool:
    place = 8
    for _ in range(_MAX_PNG_CHUNKS):
        if place + 8 > len(data):
            return True
        length = int.from_bytes(data[place : place + 4], "big")
        name, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        if name == b"eXIf" and not has_bounded_tags(body):
            return False
        place += 12 + length
    return False


def _gif(data: bytes) -> bool:
    place = 13 + (3 << (data[10] & 7) + 1 if len(data) > 10 and data[10] & 128 else 0)
    extension = False
    for _ in range(_MAX_GIF_BLOCKS):
        if place >= len(data):
            return True
        if extension:  # its blocks, each after its length; a length of 0 ends it
            extension = data[place] > 0
            place += 1 + data[place]
        elif data[place] in b",;":
            return True
        else:
            extension = data[place] == 0x21
            place += 2 if extension else 1
    return False


def _bmp(data: bytes) -> bool:
    if data[14:18] == b"\x0c\0\0\0" or data[30:34] not in (b"\1\0\0\0", b"\2\0\0\0"):
        return True
    width, height = struct.unpack_from("<ii", data.ljust(26, b"\0"), 18)
    return abs(width * height) <= _MAX_RLE and len(data) <= _MAX_RLE


def _tiff(data: bytes) -> bool:
    # A progressive JPEG in it, which no scanner writes, may have any number of scans.
    progressive = re.search(rb"\xff\xd8\xff", data) and re.search(rb"\xff[\xc2\xca]\0", data)
    return not progressive and has_bounded_tags(data)


def _metadata(data: bytes) -> bool:
    """Whether each directory of tags in it, wherever it is, is bounded."""
    starts = [found.start() for found in re.finditer(rb"II\*\0|MM\0\*", data)]
    return len(starts) <= 100 and all(
        has_bounded_tags(memoryview(data)[start:]) for start in starts
    )


_CHECKS = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WebP": _metadata,
    "TIFF": _tiff,
    "BMP": _bmp,
    "GIF": _gif,
    "AVIF": _metadata,
    "HEIC": _metadata,
}
