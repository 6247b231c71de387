"""Picture files of every format: whole, turned, damaged, or declaring what they do not hold."""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from core.errors import PhotoError
from core.images.decode import read_photo

RED, GREEN, BLUE, CREAM = (200, 60, 40), (60, 160, 70), (50, 80, 190), (230, 220, 180)
SIZE = (96, 64)


def quadrants(size: tuple[int, int] = SIZE) -> Image.Image:
    corners = np.array([[RED, GREEN], [BLUE, CREAM]], np.uint8)
    return Image.fromarray(corners).resize(size, Image.Resampling.NEAREST)


def noisy(size: tuple[int, int] = (160, 120)) -> Image.Image:
    noise = np.random.default_rng(7).integers(-40, 40, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(quadrants(size)) + noise).clip(0, 255).astype(np.uint8))


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    file = BytesIO()
    if format == "HEIC":
        pillow_heif.from_pillow(image).save(file, quality=95, **options)
    else:
        quality = {"JPEG": 95, "WebP": 95, "AVIF": 95}.get(format)
        options |= {"quality": quality} if quality else {}
        image.save(file, format, **options)
    return file.getvalue()


@cache
def sample(format: str) -> bytes:
    return encode(quadrants(), format)


def centres(rgb: npt.NDArray[np.uint8]) -> list[list[int]]:
    height, width, _ = rgb.shape
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [rgb[place].tolist() for place in places]


def assert_quadrants(rgb: npt.NDArray[np.uint8], within: int = 6) -> None:
    np.testing.assert_allclose(centres(rgb), [RED, GREEN, BLUE, CREAM], atol=within)


def refused(data: bytes) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        read_photo(data)
    assert re.search(r"(Copy|Choose|Save|Make) .*\.$", str(caught.value)), "says what to do"
    return caught.value


def png_chunk(name: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def png(width: int, height: int, *extra: bytes) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(13) * 4))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + pixels + png_chunk(b"IEND", b"")


def declaring(format: str, width: int, height: int) -> bytes:
    """A file whose header claims this size, whatever pixels follow."""
    if format == "PNG":
        return png(width, height)
    if format == "WebP, extended":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        return b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size
    if format == "WebP, lossless":
        packed = struct.pack("<I", (width - 1) | (height - 1) << 14)
        return b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + packed + bytes(5)
    pattern, order = {
        "JPEG": (rb"(\xff\xc0\0\x11\x08).{4}", ">2H"),
        "WebP": (rb"(\x9d\x01\x2a).{4}", "<2H"),
        "BMP": (rb"(^BM.{16}).{8}", "<2i"),
        "GIF": (rb"(^GIF8.a|,\0{4}).{4}", "<2H"),
        "TIFF": (rb"([\x00\x01]\x01[\x03\x04]\x00\x01\x00{3}).{4}", "<I"),
        "AVIF": (rb"(ispe\0{4}).{8}", ">2I"),
        "HEIC": (rb"(ispe\0{4}).{8}", ">2I"),
    }[format]

    def patch(match: re.Match[bytes]) -> bytes:
        if format == "TIFF":
            return match[1] + struct.pack(order, width if match[1][0] == 0 else height)
        size = (height, width) if format == "JPEG" else (width, height)
        return match[1] + struct.pack(order, *size)

    patched, count = re.subn(pattern, patch, sample(format), flags=re.DOTALL)
    assert count == (2 if format in ("TIFF", "GIF") else 1)
    return patched


def linear(encoded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """IEC 61966-2-1, also the curve of Display P3."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def display_p3() -> bytes:
    """A minimal ICC.1:2001 (version 2) matrix profile: P3 primaries at D50, the curve of sRGB."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))

    steps = np.rint(linear(np.linspace(0, 1, 1024)) * 65535).astype(">u2")
    curve = b"curv\0\0\0\0" + struct.pack(">I", 1024) + steps.tobytes()
    name = b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(78) + b"\0\0\0"
    tags = {
        b"desc": name,
        b"cprt": b"text\0\0\0\0none",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    kind = struct.pack(">4xI", 0x02100000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    white = bytes(28) + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    size = struct.pack(">I", 128 + len(table) + len(body))
    return (size + kind + white).ljust(128, b"\0") + table + body


def twelve_bits(file: Path) -> Path:
    """Write a TIFF whose samples of 16 bits use 12 of them."""
    levels = np.linspace(0, 4095, 60 * 80).astype(np.uint16).reshape(60, 80)
    file.write_bytes(encode(Image.fromarray(levels), "TIFF"))
    return file
