"""Decodes picture files to upright sRGB photos; errors say what is wrong with a file.

Files come from strangers: only the plugin of the recognised format sees the bytes, and the size
that the header declares is checked before a pixel is allocated.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import PhotoError
from core.images.color_management import conversion_memory, to_srgb
from core.images.deep_color import deep_memory, read_deep_color
from core.images.file_structure import check_structure, has_bounded_tags
from core.images.memory_budget import DECODERS
from core.images.photo_errors import photo_error
from core.images.photo_formats import OTHER_KINDS, open_as, recognise_format
from core.images.resize import scaled_size
from core.images.size_limits import (
    MAX_BYTES,
    MAX_PIXELS,
    check_bytes,
    check_pixels,
    declared_sizes,
    decoder_memory,
    drawn_scale,
    too_many_pixels,
)
from core.images.truncation import is_cut, jpeg_ends_early
from core.utils.regular_file import open_regular_file

log = logging.getLogger("core")

PREVIEW = 1024
"""Longest side in pixels at which photos are shown on a screen and to a model."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        rgb: uint8 `[H, W, 3]`, upright, sRGB, read-only; maybe decoded at a reduced scale.
        sha256: Hex digest of the file's bytes: the photo's identity, whatever its name.
        full_size: Width and height of the upright photo at full resolution, pixels.
        format: One of `ACCEPTED`.
        assumed_bits: Bits a sample, where a file of 16 uses fewer and does not say so (12, of
            most cameras for science): white is what so many bits hold at most. Else None.
    """

    rgb: npt.NDArray[np.uint8]
    sha256: str
    full_size: tuple[int, int]
    format: str
    assumed_bits: int | None = None


def read_photo(data: bytes, *, longest: int | None = None) -> Photo:
    """Decode a picture file; of several pictures in it, the first.

    Args:
        data: The file's bytes.
        longest: Where given, the longer side is reduced to at most so many pixels; a JPEG while
            it is decoded, which is quicker than decoding all of it. A photo of more than
            `MAX_DRAWN` pixels is reduced to these in any case.

    Raises:
        PhotoError: With code `empty`, `too_heavy`, `wrong_kind`, `not_an_image`, `no_pixels`,
            `too_many_pixels`, `too_costly`, `measurements`, `truncated` or `broken`.
        ValueError: `longest` is below 1.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO()
        >>> Image.new("RGB", (40, 30), "wheat").save(file, "PNG")
        >>> photo = read_photo(file.getvalue(), longest=20)
        >>> photo.rgb.shape, photo.rgb[0, 0].tolist(), photo.full_size, photo.format
        ((15, 20, 3), [245, 222, 179], (40, 30), 'PNG')
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest must be at least 1 pixel, not {longest}")
    if not data:
        raise photo_error("empty")
    check_bytes(len(data))
    format = recognise_format(data[:2048])
    if format in OTHER_KINDS:
        raise photo_error("wrong_kind", kind=format, what=OTHER_KINDS[format])
    if not format:
        raise photo_error("not_an_image")
    try:
        rgb, full_size, assumed_bits = _decode(format, data, longest)
    except PhotoError:
        raise
    except Exception as error:  # a decoder may fail in any way at all on a damaged file
        raise _decoding_error(format, data, error) from error
    rgb.setflags(write=False)
    return Photo(rgb, hashlib.sha256(data).hexdigest(), full_size, format, assumed_bits)


class File(Protocol):
    """A file that can be read as a `Path` can."""

    def stat(self) -> Any:
        """What has an `st_size`, bytes."""

    def read_bytes(self) -> bytes:
        """All of it."""


def read_file(path: File | str, *, longest: int | None = None) -> Photo:
    """Decode a picture file on disk, or whatever is read as one.

    Args:
        path: The file.
        longest: As `read_photo`. A depth that is assumed is said in the log.

    Raises:
        PhotoError: As `read_photo`; with code `unopened` where the file cannot be opened.
    """
    photo = read_photo(file_bytes(Path(path) if isinstance(path, str) else path), longest=longest)
    if photo.assumed_bits:
        _log_depth(str(path), photo.assumed_bits)
    return photo


@lru_cache(1000)
def _log_depth(path: str, bits: int) -> None:  # once, however often the file is read
    said = "%s: holds samples of 16 bits but uses %d of them; brightness is read by these"
    log.warning(said, path, bits)


def file_bytes(path: File) -> bytes:
    """A picture file's content, which is read only if it is not too much.

    Raises:
        PhotoError: With code `too_heavy`, or `unopened` where the file cannot be opened.
    """
    try:
        if isinstance(path, Path):
            return _regular_file_bytes(path)
        check_bytes(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise photo_error("unopened", reason=error.strerror or "unknown reason") from error


def _regular_file_bytes(path: Path) -> bytes:
    """A regular file's content, which is not much."""
    with open_regular_file(path) as file:
        check_bytes(os.fstat(file.fileno()).st_size)
        data = file.read(MAX_BYTES + 1)  # a file may grow, and those in /proc declare no size
    check_bytes(len(data))
    return data


def _decode(
    format: str, data: bytes, longest: int | None
) -> tuple[npt.NDArray[np.uint8], tuple[int, int], int | None]:
    check_structure(format, data)
    for size in declared_sizes(format, data):
        check_pixels(format, size)
    image = open_as(format, data)
    check_pixels(format, image.size)
    width, height = image.size
    scale = drawn_scale(width, height)
    if longest:
        scale = min(scale, longest / max(width, height))
    size = scaled_size(height, width, scale)
    if isinstance(image, JpegImageFile) and scale < 1:
        image.draft(None, size)  # by 2, 4 or 8, not below the size
    memory = decoder_memory(format, image, data) + deep_memory(image, data)
    with DECODERS.reserve(memory + conversion_memory(image, size)), closing(image):
        rgb, assumed_bits = _load_srgb(image, format, data, size)
        orientation = _orientation(image)
    if orientation in (5, 6, 7, 8):  # Exif 2.32, tag Orientation
        rgb, width, height = rgb.swapaxes(0, 1), height, width
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb), (width, height), assumed_bits


def _load_srgb(
    image: ImageFile.ImageFile, format: str, data: bytes, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], int | None]:
    if isinstance(image, TiffImageFile):
        _prepare_tiff(image)
    image.load()
    if isinstance(image, JpegImageFile) and jpeg_ends_early(image, data):
        raise EOFError("the compressed data end before the last row")
    deep, assumed_bits = read_deep_color(image, data)
    rgb, bits = to_srgb(deep, size, format)
    return rgb, assumed_bits or bits


def _prepare_tiff(image: TiffImageFile) -> None:
    tags = image.tag_v2
    if 50706 in tags or tags.get(254, 0) & 1:  # DNGVersion; NewSubfileType "reduced resolution"
        # Its thumbnail would pass for the photo.
        raise photo_error("wrong_kind", kind="raw", what=OTHER_KINDS["raw"])
    if tags[256] * tags[257] > (Image.MAX_IMAGE_PIXELS or MAX_PIXELS):
        # Where memory is there already, Pillow does not warn about a size that is allowed here.
        image.im = Image.new(image.mode, (tags[256], tags[257])).im


def _orientation(image: Image.Image) -> int:
    try:
        written = image.info.get("Raw profile type exif")  # of a PNG, in hexadecimal digits
        if written and not has_bounded_tags(bytes.fromhex("".join(written.split("\n")[3:]))[6:]):
            return 1
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a photo with damaged notes is a photo all the same
        return 1


def _decoding_error(format: str, data: bytes, error: Exception) -> PhotoError:
    said = str(error)
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        # A GIF's frame that is larger than its screen.
        return too_many_pixels(int(re.findall(r"\d+", said)[0]))
    if isinstance(error, EOFError) or "truncated" in said.lower() or is_cut(format, data):
        return photo_error("truncated", format=format)
    if "not identified by this driver" in said:  # Pillow, of a width, height or mode of nothing
        return photo_error("no_pixels", format=format)
    return photo_error("broken", format=format)
