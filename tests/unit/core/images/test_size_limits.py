"""What is too large is refused before its pixels are allocated."""

from __future__ import annotations

import re
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from core.images.decode import read_photo
from core.images.memory_budget import MAX_MEMORY
from core.images.photo_formats import ACCEPTED, open_as
from core.images.size_limits import MAX_BYTES, decoder_memory
from tests.support.hostile_photos import heic_grid
from tests.support.photo_files import declaring, encode, png, png_chunk, refused, sample

LIMITS = {"HEIC": 62, "AVIF": 50} | dict.fromkeys(("WebP", "WebP, lossless", "WebP, extended"), 31)


def test_a_heavy_file_is_refused_unread() -> None:
    error = refused(bytes(MAX_BYTES + 400_000))
    assert (error.code, error.facts) == ("too_heavy", {"megabytes": 50.4, "limit": 50})


@pytest.mark.parametrize(
    ("format", "width", "height"),
    [
        *((format, 40_000, 40_000) for format in ACCEPTED if format != "WebP"),
        *((format, 16_000, 16_000) for format in ("WebP", "WebP, lossless")),
        ("WebP, extended", 40_000, 40_000),
        ("AVIF", 12_000, 12_000),
        ("PNG", 10_001, 10_000),
    ],
)
def test_a_bomb_is_refused_by_its_header_alone(
    format: str, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = declaring(format, width, height)

    def explode(*_: object) -> None:
        raise AssertionError("pixels were allocated")

    monkeypatch.setattr("PIL.Image.core.new", explode)
    monkeypatch.setattr("PIL.Image.core.fill", explode)
    tracemalloc.start()
    error = refused(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "too_many_pixels"
    limit = LIMITS.get(format, 100)
    assert error.facts == {"megapixels": max(limit + 1, width * height // 10**6), "limit": limit}
    assert peak < 2_000_000


def test_a_gif_frame_larger_than_its_screen_is_refused() -> None:
    data = re.sub(rb"(,\0{4}).{4}", rb"\g<1>0u0u", sample("GIF"), flags=re.DOTALL)
    error = refused(data)
    assert (error.code, error.facts["megapixels"]) == ("too_many_pixels", 900)


@pytest.mark.parametrize("format", ACCEPTED)
def test_a_picture_without_pixels_is_refused(format: str) -> None:
    error = refused(declaring(format, 0, 0 if format == "GIF" else 40))
    assert (error.code, error.facts) == ("no_pixels", {"format": format})


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_what_pillow_calls_suspicious_but_we_allow_brings_no_warning(format: str) -> None:
    options = {"compression": "group4"} if format == "TIFF" else {}
    data = encode(Image.new("1", (9_700, 10_000)), format, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_photo(data, longest=100).full_size == (9_700, 10_000)


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP", b"iTXt"])
def test_metadata_that_inflate_hugely_do_not_fill_the_memory(name: bytes) -> None:
    head = b"a\0\1\0\0\0" if name == b"iTXt" else b"a\0\0"
    bomb = png_chunk(name, head + zlib.compress(bytes(64_000_000), 1))
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    error = refused(png(2, 2, bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "broken"
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("depth", "color", "limit"), [(8, 6, 50), (16, 6, 25), (16, 2, 33), (8, 4, 100), (16, 0, 100)]
)
def test_no_photo_without_loss_is_packed_into_a_quarter(depth: int, color: int, limit: int) -> None:
    error = refused(_declared(depth, color, limit + 1))
    assert (error.code, error.facts["limit"]) == ("too_many_pixels", limit)
    data = _declared(depth, color, limit)
    assert decoder_memory("PNG", open_as("PNG", data), data) <= MAX_MEMORY


def _declared(depth: int, color: int, megapixels: int) -> bytes:
    head = struct.pack(">IIBBBBB", 10_000, megapixels * 100, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", b"")


def test_a_picture_of_tiles_is_read_unless_it_says_that_it_is_smaller() -> None:
    photo = read_photo(heic_grid(4, 64, 256))
    assert photo.full_size == (256, 256)
    assert np.abs(photo.rgb.astype(int) - (245, 222, 179)).max() < 4
    assert refused(heic_grid(4, 64, 64)).code == "broken"
