"""Bytes of a picture file in, an upright sRGB photo out, or a sentence about what is wrong with it.

Files come from strangers: only the plugin of the recognised format sees the bytes, and the size
that the header declares is judged before a pixel is allocated.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageCms, ImageFile, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile, jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from core.errors import PhotoError

MAX_BYTES = 50_000_000
MAX_PIXELS = 100_000_000
PREVIEW = 1024
"""Longest side in pixels at which photos are shown on a screen and to a model."""

EXTENSIONS = (
    *("jpg", "jpeg", "jfif", "mpo", "png", "webp", "tif"),
    *("tiff", "bmp", "gif", "heic", "heif", "hif", "avif"),
)

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

_SENTENCES = {
    "empty": "The file is empty (0 bytes). Copy it from the camera again, or choose another.",
    "too_heavy": "The file has {megabytes} MB; at most {limit} are read. Save a smaller JPEG.",
    "unopened": "The file cannot be opened ({reason}). Check that it is there and may be read.",
    "wrong_kind": "This is {what}. Expected a photo ({accepted}). "
    "Choose a photo instead, or save the picture in it as JPEG.",
    "not_an_image": "This file is not a picture. Expected a photo ({accepted}). Choose another.",
    "no_pixels": "This {format} file describes an empty picture (no width, height or colours). "
    "Copy it from the camera again, or choose another photo.",
    "too_many_pixels": "The picture has {megapixels} megapixels; at most {limit} can be read. "
    "Make it smaller, or choose the photo as the camera took it.",
    "measurements": "This {format} file holds measurements (numbers from {low:g} to {high:g}), "
    "not a photo (brightness from 0 to 65535). Save it as 8-bit PNG or JPEG.",
    "truncated": "This {format} file ends too early: a part of the picture is missing. "
    "Copy or send the whole file again.",
    "broken": "This {format} file cannot be read: it is damaged or of an unusual sort. "
    "Copy it from the camera again, or save it as a plain JPEG.",
}


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        rgb: uint8 `[H, W, 3]`, upright, sRGB, read-only; maybe decoded at a reduced scale.
        sha256: Hex digest of the file's bytes: the photo's identity, whatever its name.
        full_size: Width and height of the upright photo at full resolution, pixels.
        format: One of `ACCEPTED`.
    """

    rgb: npt.NDArray[np.uint8]
    sha256: str
    full_size: tuple[int, int]
    format: str


def read_photo(data: bytes, *, longest: int | None = None) -> Photo:
    """Decode a picture file; of several pictures in it, the first.

    Args:
        data: The file's bytes.
        longest: Where given, the longer side is reduced to at most so many pixels; a JPEG while
            it is decoded, which is quicker than decoding all of it.

    Raises:
        PhotoError: With code `empty`, `too_heavy`, `wrong_kind`, `not_an_image`, `no_pixels`,
            `too_many_pixels`, `measurements`, `truncated` or `broken`.
        ValueError: `longest` is below 1.

    Example:
        >>> file = BytesIO()
        >>> Image.new("RGB", (40, 30), "wheat").save(file, "PNG")
        >>> photo = read_photo(file.getvalue(), longest=20)
        >>> photo.rgb.shape, photo.rgb[0, 0].tolist(), photo.full_size, photo.format
        ((15, 20, 3), [245, 222, 179], (40, 30), 'PNG')
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest must be at least 1 pixel, not {longest}")
    if not data:
        raise _error("empty")
    if len(data) > MAX_BYTES:
        megabytes = round(len(data) / 1e6, 1)
        raise _error("too_heavy", megabytes=megabytes, limit=MAX_BYTES // 1_000_000)
    format = _format(data[:2048])
    try:
        rgb, full_size = _decode(format, data, longest)
    except PhotoError:
        raise
    except Exception as error:  # a decoder may fail in any way at all on a damaged file
        raise _refusal(format, data, error) from error
    rgb.setflags(write=False)
    return Photo(rgb, hashlib.sha256(data).hexdigest(), full_size, format)


class File(Protocol):
    """What can be read as a `Path` can."""

    def stat(self) -> Any:
        """What has an `st_size`, bytes."""

    def read_bytes(self) -> bytes:
        """All of it."""


def read_file(path: File | str, *, longest: int | None = None) -> Photo:
    """Decode a picture file on disk, or whatever is read as one.

    Args:
        path: The file.
        longest: As `read_photo`.

    Raises:
        PhotoError: As `read_photo`; with code `unopened` where the file cannot be opened.
    """
    return read_photo(file_bytes(Path(path) if isinstance(path, str) else path), longest=longest)


def file_bytes(path: File) -> bytes:
    """A picture file's content, which is read only if it is not too much.

    Raises:
        PhotoError: With code `too_heavy`, or `unopened` where the file cannot be opened.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            megabytes = round(path.stat().st_size / 1e6, 1)
            raise _error("too_heavy", megabytes=megabytes, limit=MAX_BYTES // 1_000_000)
        return path.read_bytes()
    except OSError as error:
        raise _error("unopened", reason=error.strerror or "unknown reason") from error


def _format(head: bytes) -> str:
    for format, (magic, _) in _FORMATS.items():
        if re.match(magic, head, re.DOTALL):
            return format
    for kind, (what, magic) in _OTHERS.items():
        if re.match(magic, head, re.DOTALL):
            raise _error("wrong_kind", kind=kind, what=what)
    raise _error("not_an_image")


def _decode(
    format: str, data: bytes, longest: int | None
) -> tuple[npt.NDArray[np.uint8], tuple[int, int]]:
    for size in _early_sizes(format, data):
        _check_size(format, size)
    image = _FORMATS[format][1](BytesIO(data))
    _check_size(format, image.size)
    width, height = image.size
    scale = min(1.0, longest / max(image.size)) if longest else 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if isinstance(image, JpegImageFile) and scale < 1:
        image.draft(None, size)  # by 2, 4 or 8, not below the size
    elif isinstance(image, TiffImageFile):
        _prepare_tiff(image)
    image.load()
    if isinstance(image, JpegImageFile) and _stops_early(image, data):
        raise EOFError("the compressed data end before the last row")
    orientation = _orientation(image)
    rgb = np.asarray(_srgb(image, size, format))
    if orientation in (5, 6, 7, 8):  # Exif 2.32, tag Orientation
        rgb, width, height = rgb.swapaxes(0, 1), height, width
    if orientation in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb), (width, height)


def _early_sizes(format: str, data: bytes) -> list[tuple[int, int]]:
    """Sizes that the plugin would allocate, or refuse in words of its own, while it opens."""
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


def _check_size(format: str, size: tuple[int, int]) -> None:
    pixels = size[0] * size[1]
    if not pixels:
        raise _error("no_pixels", format=format)
    if pixels > MAX_PIXELS:
        raise _too_many(pixels)


def _prepare_tiff(image: TiffImageFile) -> None:
    tags = image.tag_v2
    if 50706 in tags or tags.get(254, 0) & 1:  # DNGVersion; NewSubfileType "reduced resolution"
        # Its thumbnail would pass for the photo.
        raise _error("wrong_kind", kind="raw", what=_OTHERS["raw"][0])
    if tags[256] * tags[257] > (Image.MAX_IMAGE_PIXELS or MAX_PIXELS):
        # Where memory is there already, Pillow does not warn about a size that is allowed here.
        image.im = Image.new(image.mode, (tags[256], tags[257])).im


def _stops_early(image: Image.Image, data: bytes) -> bool:
    """Whether a JPEG's data end before its last row although an end marker follows.

    libjpeg fills up with grey and warns, which Pillow does not pass on. Where the last pixel is
    that grey, more data before the marker tell: they change the picture only if some are missing.
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


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a photo with damaged notes is a photo all the same
        return 1


def _srgb(image: Image.Image, size: tuple[int, int], format: str) -> Image.Image:
    """Any mode in, RGB of the given size out: profile applied, transparency on white."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image, format)
    elif image.has_transparency_data:
        layered = image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
        colour = _managed(layered.convert(layered.mode[:-1]), profile)
        white = Image.new("RGB", colour.size, "white")
        return _resized(Image.composite(colour, white, layered.getchannel("A")), size)
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return _managed(_resized(image, size), profile)


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _eight_bits(image: Image.Image, format: str) -> Image.Image:
    values = np.asarray(image, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    whites = {"I": (255, 65535), "F": (1, 255, 65535)}.get(image.mode, (65535,))
    white = next((white for white in whites if low >= 0 and high <= white), None)
    if white is None:
        raise _error("measurements", format=format, low=low, high=high)
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def _managed(image: Image.Image, profile: bytes | None) -> Image.Image:
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


def _error(code: str, **facts: object) -> PhotoError:
    sentence = _SENTENCES[code].format(accepted=", ".join(ACCEPTED), **facts)
    return PhotoError(code, sentence, **facts)


def _too_many(pixels: int) -> PhotoError:
    limit = MAX_PIXELS // 1_000_000
    return _error("too_many_pixels", megapixels=round(pixels / 1e6), limit=limit)


def _refusal(format: str, data: bytes, error: Exception) -> PhotoError:
    said = str(error)
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return _too_many(int(re.findall(r"\d+", said)[0]))  # a GIF frame larger than its screen
    if isinstance(error, EOFError) or "truncated" in said.lower() or _is_cut(format, data):
        return _error("truncated", format=format)
    if "not identified by this driver" in said:  # Pillow, of a width, height or mode of nothing
        return _error("no_pixels", format=format)
    return _error("broken", format=format)


def _is_cut(format: str, data: bytes) -> bool:
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
