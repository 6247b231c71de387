"""Detection of truncated picture files, so that half a photo is not shown as whole."""

from __future__ import annotations

import re
from io import BytesIO

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile


def jpeg_ends_early(image: Image.Image, data: bytes) -> bool:
    """Whether a JPEG's data end before its last row although an end marker follows.

    libjpeg fills up with grey and warns, which Pillow does not pass on. Where the last pixel is
    that grey, more data before the marker show it: they change the picture only if some are
        missing.
    """
    width, height = image.size
    if not set(image.crop((width - 1, height - 1, width, height)).tobytes()) <= {127, 128}:
        return False
    scan = 2
    while data[scan + 1] != 0xDA:  # segments before the scan may hold a thumbnail with its own
        scan += 2 + int.from_bytes(data[scan + 2 : scan + 4], "big") if data[scan + 1] < 0xFF else 1
    marker = re.compile(rb"\xff[^\0\xff\xd0-\xd7]").search(data, scan + 2)
    stop = marker.start() if marker else len(data)
    small = []
    for filler in (b"", b"\xa5\x5a\x3c\xc3" * 16):
        again = JpegImageFile(BytesIO(data[:stop] + filler + data[stop:]))
        again.draft(None, (1, 1))
        small.append(again.tobytes())
    return small[0] != small[1]


def is_cut(format: str, data: bytes) -> bool:
    """Whether a file that failed lacks its end mark, or says that it is longer than it is."""
    mark = {"JPEG": b"\xff\xd9", "PNG": b"IEND", "GIF": b";"}.get(format)
    if mark:
        return mark not in data[-12:]
    end = 0
    if format == "TIFF":  # where the list of tags begins
        end = 1 + int.from_bytes(data[4:8], "little" if data[:1] == b"I" else "big")
    elif format == "WebP":
        end = 8 + int.from_bytes(data[4:8], "little")
    elif format in ("AVIF", "HEIC"):
        while end < len(data):  # box after box
            end += max(8, int.from_bytes(data[end : end + 4], "big"))
    return end > len(data)
