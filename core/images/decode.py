"""Decodes picture files to upright sRGB photos; errors say what is wrong with a file.

Files come from strangers: only the plugin of the recognised format sees the bytes, and the size
that the header declares is checked before a pixel is allocated.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import PhotoError
from core.images.color_management import conversion_memory, to_srgb
from core.images.deep_color import deep_memory, read_deep_color
from core.images.file_structure import check_structure
from core.images.memory_budget import DECODERS, LARGE, trim_memory
from core.images.orientation import ON_ITS_SIDE, read_orientation, turn_upright
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

Size = tuple[int, int]
"""(width, height), pixels."""

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
    with _decoded(data, [longest]) as (photo,):
        return photo


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
    with open_file(path, [longest]) as (photo,):
        return photo


@contextmanager
def open_file(
    path: File | str, longest: Sequence[int | None], drawing: int = 0
) -> Iterator[list[Photo]]:
    """A picture file's photo at several sizes, decoded once, with memory to draw on it.

    A JPEG is decoded once for each size, at a scale near to it, which is quicker.

    Args:
        path: As `read_file`.
        longest: As `read_file`, one for each photo.
        drawing: Bytes a pixel of the largest that are reserved meanwhile.

    Raises:
        PhotoError: As `read_file`.

    Example:
        >>> with open_file("assets/samples/ketan-scattered-slate.jpg", [320, None]) as photos:
        ...     [photo.rgb.shape for photo in photos]
        [(240, 320, 3), (720, 960, 3)]
    """
    data = file_bytes(Path(path) if isinstance(path, str) else path)
    with _decoded(data, longest, drawing) as photos:
        if bits := photos[0].assumed_bits:
            _log_depth(str(path), bits)
        yield photos


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


@contextmanager
def _decoded(data: bytes, longest: Sequence[int | None], drawing: int = 0) -> Iterator[list[Photo]]:
    """A photo at several sizes, and memory to draw on it, as of `open_file`."""
    for each in longest:
        if each is not None and each < 1:
            raise ValueError(f"longest must be at least 1 pixel, not {each}")
    if not data:
        raise photo_error("empty")
    check_bytes(len(data))
    format = recognise_format(data[:2048])
    if format in OTHER_KINDS:
        raise photo_error("wrong_kind", kind=format, what=OTHER_KINDS[format])
    if not format:
        raise photo_error("not_an_image")
    with ExitStack() as held:
        try:
            photos = _decode(format, data, longest, drawing, held)
        except PhotoError:
            raise
        except Exception as error:  # a decoder may fail in any way at all on a damaged file
            raise _decoding_error(format, data, error) from error
        yield photos


def _decode(
    format: str, data: bytes, longest: Sequence[int | None], drawing: int, held: ExitStack
) -> list[Photo]:
    """The photo at each size; the memory stays reserved until `held` is closed."""
    check_structure(format, data)
    for size in declared_sizes(format, data):
        check_pixels(format, size)
    image = open_as(format, data)
    check_pixels(format, image.size)
    full = image.size
    wanted = [_size(full, each) for each in longest]
    sizes = sorted({*wanted}, reverse=True)
    _draft(image, sizes[0])
    memory = decoder_memory(format, image, data) + deep_memory(image, data)
    memory += sum(conversion_memory(image, size) for size in sizes)
    held.enter_context(DECODERS.reserve(max(memory, drawing * math.prod(sizes[0]))))
    together = 1 if format == "JPEG" else len(sizes)
    photos = _convert(image, format, data, full, sizes[:together])
    for size in sizes[together:]:
        image = open_as(format, data)
        _draft(image, size)
        photos |= _convert(image, format, data, full, [size])
    if drawing and memory > LARGE:
        trim_memory(0)  # the decoder's picture makes room for what is drawn
    return [photos[size] for size in wanted]


def _size(full: Size, longest: int | None) -> Size:
    width, height = full
    scale = drawn_scale(width, height)
    if longest:
        scale = min(scale, longest / max(width, height))
    return scaled_size(height, width, scale)


def _draft(image: ImageFile.ImageFile, size: Size) -> None:
    """Let a JPEG be decoded reduced by 2, 4 or 8, not below a size."""
    if isinstance(image, JpegImageFile) and size != image.size:
        image.draft(None, size)


def _convert(
    image: ImageFile.ImageFile, format: str, data: bytes, full: Size, sizes: Sequence[Size]
) -> dict[Size, Photo]:
    """The photo at each size, from a picture that is open and is closed then."""
    photos, sha256 = {}, hashlib.sha256(data).hexdigest()
    with closing(image):
        decoded, bits = _load(image, data)
        orientation = read_orientation(image)
        full_size = full[::-1] if orientation in ON_ITS_SIDE else full
        for size in sizes:
            rgb, assumed_bits = to_srgb(decoded, size, format)
            rgb = turn_upright(rgb, orientation)
            rgb.setflags(write=False)
            photos[size] = Photo(rgb, sha256, full_size, format, bits or assumed_bits)
    return photos


def _load(image: ImageFile.ImageFile, data: bytes) -> tuple[Image.Image, int | None]:
    """The picture decoded, and the bits a sample that were assumed, as of `Photo`."""
    if isinstance(image, TiffImageFile):
        _prepare_tiff(image)
    image.load()
    if isinstance(image, JpegImageFile) and jpeg_ends_early(image, data):
        raise EOFError("the compressed data end before the last row")
    return read_deep_color(image, data)


def _prepare_tiff(image: TiffImageFile) -> None:
    tags = image.tag_v2
    if 50706 in tags or tags.get(254, 0) & 1:  # DNGVersion; NewSubfileType "reduced resolution"
        # Its thumbnail would pass for the photo.
        raise photo_error("wrong_kind", kind="raw", what=OTHER_KINDS["raw"])
    if tags[256] * tags[257] > (Image.MAX_IMAGE_PIXELS or MAX_PIXELS):
        # Where memory is there already, Pillow does not warn about a size that is allowed here.
        image.im = Image.new(image.mode, (tags[256], tags[257])).im


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
