"""Detection of a picture format by its first bytes, and the plugin that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from PIL import ImageFile, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

EXTENSIONS = (
    *("jpg", "jpeg", "jfif", "mpo", "png", "webp", "tif"),
    *("tiff", "bmp", "gif", "heic", "heif", "hif", "avif"),
)
"""Endings of file names that photos have."""

# Why not Image.open: its bomb check has one limit for the whole process and warns through filters
# that all threads share (catch_warnings would race). Plugins called directly know neither.
_FORMATS: dict[str, tuple[bytes, Callable[[BytesIO], ImageFile.ImageFile]]] = {
    "JPEG": (rb"\xff\xd8\xff", jpeg_factory),
    "PNG": (rb"\x89PNG\r\n\x1a\n", PngImageFile),
    "WebP": (rb"RIFF....WEBP", WebPImageFile),
    "TIFF": (rb"(?:II[*+]\0|MM\0[*+])(?!....CR)", TiffImageFile),
    "BMP": (rb"BM.{12}[\x0c(48@l|]\0\0\0", BmpImageFile),
    "GIF": (rb"GIF8[79]a", GifImageFile),
    "AVIF": (
        rb"....ftyp(?:....){0,9}avi[fs]",
        AvifImageFile if features.check("avif") else HeifImageFile,
    ),
    "HEIC": (rb"....ftyp(?:he[iv][cmsx]|mif1|msf1)", HeifImageFile),
}
ACCEPTED = tuple(_FORMATS)
"""Names of the formats that are read."""

_OTHERS = {
    "pdf": ("a PDF document", rb".{0,64}?%PDF-"),
    "raw": ("a camera's RAW file", rb"....ftypcrx |FUJIFILMCCD|II\*\0....CR|II(?:U|R[OS])|MMOR"),
    "video": ("a video", rb"....(?:ftyp|moov|mdat)|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xb3\xba]"),
    "archive": ("a ZIP archive or office file", rb"PK[\3\5\7]|\x1f\x8b|Rar!|7z\xbc|\xd0\xcf\x11"),
    "photoshop": ("a Photoshop document", rb"8BPS"),
    "jpegxl": ("a JPEG XL picture", rb"\xff\x0a|\0\0\0\x0cJXL "),
    "jpeg2000": ("a JPEG 2000 picture", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "postscript": ("a PostScript drawing", rb"%!PS|\xc5\xd0\xd3\xc6"),
    "html": ("a web page", rb"(?i)\W*<(?:!doctype )?html\b"),
    "svg": ("a drawing (SVG)", rb"(?i)\W*<(?:.*<)?svg\b"),
    "text": ("a text file", rb"\xff\xfe|\xfe\xff|[\t\n\f\r\x1b\x20-\x7e\x80-\xff]+\Z"),
}

OTHER_KINDS = {kind: what for kind, (what, _) in _OTHERS.items()}
"""Kinds of files that are no photos but are called by their names."""


def recognise_format(head: bytes) -> str:
    """The format of a file, one of `ACCEPTED`; else its kind, one of `OTHER_KINDS`; else "".

    Args:
        head: The first bytes, 2048 of them if there are so many.

    Example:
        >>> recognise_format(b"GIF89a"), recognise_format(b"%PDF-1.7"), recognise_format(bytes(9))
        ('GIF', 'pdf', '')
    """
    for format, (magic, _) in _FORMATS.items():
        if re.match(magic, head, re.DOTALL):
            return format
    for kind, (_, magic) in _OTHERS.items():
        if re.match(magic, head, re.DOTALL):
            return kind
    return ""


def open_as(format: str, data: bytes) -> ImageFile.ImageFile:
    """Open a picture by its format's own plugin; pixels are not decoded yet."""
    return _FORMATS[format][1](BytesIO(data))
