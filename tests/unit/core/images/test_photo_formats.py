"""Formats are recognised by their first bytes, whatever the name."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.images.decode import read_photo
from core.images.photo_formats import ACCEPTED, EXTENSIONS
from tests.support.photo_files import SIZE, assert_quadrants, encode, quadrants, refused, sample


@pytest.mark.parametrize("format", ACCEPTED)
def test_every_accepted_format_keeps_its_colours_and_shape(format: str) -> None:
    result = read_photo(sample(format))
    assert result.rgb.shape == (64, 96, 3)
    assert result.rgb.dtype == np.uint8
    assert (result.full_size, result.format) == (SIZE, format)
    assert_quadrants(result.rgb)


@pytest.mark.parametrize(
    ("kind", "said", "data"),
    [
        ("pdf", "PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
        ("svg", "SVG", b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://x"></svg>'),
        ("svg", "SVG", b'\xef\xbb\xbf<svg width="9">'),
        ("video", "video", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"),
        ("video", "video", b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
        ("video", "video", b"\x1aE\xdf\xa3\x9fB\x86\x81\1webm"),
        ("video", "video", b"RIFF\x10\0\0\0AVI LIST"),
        ("archive", "ZIP", b"PK\3\4\x14\0\0\0\x08\0"),
        ("html", "web page", b"\n<!DOCTYPE html>\n<html><body><svg></svg>"),
        ("text", "text", "品種,枚数\r\nコシヒカリ,3\r\n".encode()),
        ("text", "text", "品種,枚数\r\nコシヒカリ,3\r\n".encode("cp932")),
        ("text", "text", b"BM is not always a bitmap"),
        ("raw", "RAW", b"II*\0\x10\0\0\0CR\2\0" + bytes(40)),
        ("raw", "RAW", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"),
        ("postscript", "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
        ("photoshop", "Photoshop", b"8BPS\0\1" + bytes(20)),
        ("jpegxl", "JPEG XL", b"\xff\x0a\xfa\x7f"),
        ("jpeg2000", "JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
    ],
)
def test_what_is_not_a_photo_is_called_by_its_name(kind: str, said: str, data: bytes) -> None:
    error = refused(data)
    assert (error.code, error.facts["kind"]) == ("wrong_kind", kind)
    assert str(error).startswith("This is ")
    assert said in str(error)


def test_a_raw_files_thumbnail_is_not_taken_for_the_photo() -> None:
    error = refused(encode(quadrants(), "TIFF", tiffinfo={254: 1}))
    assert (error.code, error.facts["kind"]) == ("wrong_kind", "raw")


@pytest.mark.parametrize("data", [b"\0", bytes(range(256)), b"\0\0\1\0\1\0\x10\x10"])
def test_anything_else_is_not_an_image(data: bytes) -> None:
    assert refused(data).code == "not_an_image"


def test_the_upload_widget_offers_every_format() -> None:
    known = Image.registered_extensions()
    offered = {known.get(f".{name}", "HEIF") for name in EXTENSIONS}
    assert offered == {"JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"}
    assert {"heic", "heif"} <= set(EXTENSIONS)
