from __future__ import annotations

import hashlib
import random
import re
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from core.errors import PhotoError
from core.images.decode import ACCEPTED, EXTENSIONS, MAX_BYTES, read_photo

DATA = Path(__file__).parents[5] / "shared" / "data"
RED, GREEN, BLUE, CREAM = (200, 60, 40), (60, 160, 70), (50, 80, 190), (230, 220, 180)
SIZE = (96, 64)
TAG_ORIENTATION = 0x0112
# How a camera held this way stores an upright picture: the inverse of what undoes it.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


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


# What comes back


@pytest.mark.parametrize("format", ACCEPTED)
def test_every_accepted_format_keeps_its_colours_and_shape(format: str) -> None:
    result = read_photo(sample(format))
    assert result.rgb.shape == (64, 96, 3)
    assert result.rgb.dtype == np.uint8
    assert (result.full_size, result.format) == (SIZE, format)
    assert_quadrants(result.rgb)


def test_the_identity_is_the_hash_of_the_bytes() -> None:
    assert read_photo(sample("PNG")).sha256 == hashlib.sha256(sample("PNG")).hexdigest()
    assert read_photo(sample("PNG"), longest=10).sha256 == read_photo(sample("PNG")).sha256


@pytest.mark.parametrize("longest", [None, 40])
@pytest.mark.parametrize("orientation", [1, 6])
def test_pixels_are_contiguous_and_cannot_be_written(orientation: int, longest: int | None) -> None:
    exif = Image.Exif()
    exif[TAG_ORIENTATION] = orientation
    rgb = read_photo(encode(quadrants(), "JPEG", exif=exif), longest=longest).rgb
    assert rgb.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        rgb[0, 0, 0] = 1


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_camera_gives_an_upright_photo(orientation: int, format: str) -> None:
    stored = quadrants()
    if orientation in STORED_AS:
        stored = stored.transpose(STORED_AS[orientation])
    exif = Image.Exif()
    exif[TAG_ORIENTATION] = orientation
    result = read_photo(encode(stored, format, exif=exif.tobytes()), longest=48)
    assert result.rgb.shape == (32, 48, 3)
    assert result.full_size == SIZE
    assert_quadrants(result.rgb, within=8)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_photo() -> None:
    assert_quadrants(read_photo(encode(quadrants(), "JPEG", exif=b"Exif\0\0MM\0*rubbish")).rgb)


def test_of_a_phones_several_pictures_the_first_is_the_photo() -> None:
    file = BytesIO()
    quadrants().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (50, 50))])
    result = read_photo(file.getvalue(), longest=48)
    assert (result.format, result.full_size) == ("JPEG", SIZE)
    assert_quadrants(result.rgb, within=12)


def test_of_an_animation_the_first_frame_is_the_photo() -> None:
    data = encode(quadrants(), "GIF", save_all=True, append_images=[Image.new("RGB", SIZE)])
    assert_quadrants(read_photo(data).rgb)


# Reduced decoding


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("longest", [300, 150, 64])
def test_a_reduced_photo_looks_like_the_full_one(longest: int, format: str) -> None:
    data = encode(noisy((1200, 900)), format)
    full, reduced = read_photo(data), read_photo(data, longest=longest)
    assert reduced.rgb.shape == (longest * 3 // 4, longest, 3)
    assert reduced.full_size == full.full_size == (1200, 900)
    small = [
        np.asarray(Image.fromarray(one.rgb).resize((64, 64), Image.Resampling.BOX), dtype=float)
        for one in (full, reduced)
    ]
    assert np.abs(small[0] - small[1]).mean() < 2


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1000, 333), 100, (100, 33)),
        ((333, 1000), 100, (33, 100)),
        ((801, 803), 100, (100, 100)),
        ((900, 1), 30, (30, 1)),
        ((90, 60), 90, (90, 60)),
        ((90, 60), 4000, (90, 60)),
        ((90, 60), 1, (1, 1)),
    ],
)
def test_reducing_keeps_the_aspect_ratio_and_never_enlarges(
    size: tuple[int, int], longest: int, expected: tuple[int, int]
) -> None:
    rgb = read_photo(encode(quadrants(size), "JPEG"), longest=longest).rgb
    assert (rgb.shape[1], rgb.shape[0]) == expected


def test_a_large_jpeg_is_never_decoded_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    original = ImageFile.ImageFile.load_prepare

    def watched(image: ImageFile.ImageFile) -> None:
        decoded.append(image.size)
        original(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", watched)
    read_photo(encode(quadrants((1600, 1200)), "JPEG"), longest=200)
    assert decoded == [(200, 150)]


@pytest.mark.parametrize("longest", [0, -5])
def test_no_photo_has_less_than_one_pixel(longest: int) -> None:
    with pytest.raises(ValueError, match="at least 1 pixel"):
        read_photo(sample("PNG"), longest=longest)


# Colours


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


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("longest", [None, 20])
def test_display_p3_is_converted_to_srgb(longest: int | None, format: str) -> None:
    colour = (180, 140, 90)
    to_srgb = [[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09827]]
    light = np.array(to_srgb) @ linear(np.array(colour) / 255)
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(expected - colour).max() > 4, "the conversion must be visible"
    data = encode(Image.new("RGB", (64, 64), colour), format, icc_profile=display_p3())
    np.testing.assert_allclose(read_photo(data, longest=longest).rgb[10, 10], expected, atol=2.5)


@pytest.mark.parametrize("name", ["basmathi", "ir64", "ketan"])
def test_cmyk_rice_does_not_turn_green(name: str) -> None:
    if not DATA.is_dir():
        pytest.skip("the rice photos (shared/data) are not on this machine")
    rgb = read_photo((DATA / "uploads" / f"cmyk_icc_{name}.jpg").read_bytes()).rgb.astype(float)
    converted = {
        path: np.asarray(Image.open(path), dtype=float)
        for path in DATA.glob("piles/*/flash_[BIK]1.jpg")
    }
    same = min(
        (twin for twin in converted.values() if twin.shape == rgb.shape),
        key=lambda twin: np.abs(twin - rgb).mean(),
    )
    np.testing.assert_allclose(rgb.mean((0, 1)), same.mean((0, 1)), atol=0.5)
    assert np.abs(rgb - same).mean() < 2
    red, green, blue = rgb[rgb.max(axis=2) > 150].mean(axis=0)
    assert red > green > blue, "rice is cream"


def test_cmyk_without_a_profile_is_converted_plainly() -> None:
    data = encode(Image.new("CMYK", (32, 32), (20, 60, 120, 30)), "TIFF")
    expected = (255 - np.array([20, 60, 120])) * (255 - 30) / 255
    np.testing.assert_allclose(read_photo(data).rgb[5, 5], expected, atol=1)


@pytest.mark.parametrize(
    ("mode", "profile"),
    [("RGB", b"not a profile" * 20), ("RGB", display_p3()[:500]), ("L", display_p3())],
    ids=["rubbish", "cut", "of another colour space"],
)
def test_a_profile_that_does_not_work_is_left_out(mode: str, profile: bytes) -> None:
    image = quadrants().convert(mode)
    rgb = read_photo(encode(image, "PNG", icc_profile=profile)).rgb
    np.testing.assert_array_equal(rgb, np.asarray(image.convert("RGB")))


def test_lab_is_converted_to_srgb() -> None:
    red = struct.pack("Bbb", 138, 81, 70)  # L* 54.1, a* 81, b* 70: the red primary under D50
    tags = [(256, 2), (257, 2), (258, 8), (259, 1), (262, 8), (273, 8), (277, 3), (278, 2)]
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in tags)
    entries += struct.pack("<HHII", 279, 3, 1, 12)
    eights = 20 + 2 + 12 * 9 + 4
    entries = entries.replace(
        struct.pack("<HHII", 258, 3, 1, 8), struct.pack("<HHII", 258, 3, 3, eights)
    )
    directory = struct.pack("<H", 9) + entries + bytes(4) + struct.pack("<3H", 8, 8, 8)
    data = b"II*\0" + struct.pack("<I", 20) + red * 4 + directory
    np.testing.assert_allclose(read_photo(data).rgb[0, 0], (251, 5, 4), atol=5)


# Modes


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_spans_all_of_eight_bits(format: str) -> None:
    levels = np.array([[0, 257, 32896, 65535]], np.uint16).repeat(2, axis=0)
    rgb = read_photo(encode(Image.fromarray(levels), format)).rgb
    assert rgb[0].tolist() == [[0] * 3, [1] * 3, [128] * 3, [255] * 3]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 65535]], np.int32), [0, 255]),
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
    ],
)
def test_deep_grey_is_scaled_by_its_own_white(
    values: npt.NDArray[np.generic], expected: list[int]
) -> None:
    assert read_photo(encode(Image.fromarray(values), "TIFF")).rgb[0, :, 0].tolist() == expected


@pytest.mark.parametrize("value", [-3.5, 1e6, np.nan, np.inf])
def test_measurements_are_not_a_photo(value: float) -> None:
    values = np.array([[0, value]], np.float32)
    error = refused(encode(Image.fromarray(values), "TIFF"))
    assert error.code == "measurements"
    assert error.facts["format"] == "TIFF"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK"])
def test_every_plain_mode_becomes_rgb(mode: str) -> None:
    image = quadrants().convert(mode)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_allclose(read_photo(encode(image, "TIFF")).rgb, expected, atol=1)


@pytest.mark.parametrize("longest", [None, 40])
@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_transparency_becomes_white(mode: str, longest: int | None) -> None:
    image = Image.new(mode.removesuffix("A"), (80, 40))
    opacity = Image.new("L", image.size, 255)
    opacity.paste(0, (40, 0, 80, 40))
    image.putalpha(opacity)
    assert image.mode == mode
    rgb = read_photo(encode(image, "TIFF"), longest=longest).rgb
    middle = rgb.shape[1] // 2
    assert (rgb[:, : middle - 2] == 0).all()
    assert (rgb[:, middle + 2 :] == 255).all()


def test_half_transparent_is_half_white() -> None:
    data = encode(Image.new("RGBA", (8, 8), (100, 0, 200, 128)), "PNG")
    np.testing.assert_allclose(read_photo(data).rgb[0, 0], (177, 127, 227), atol=1)


@pytest.mark.parametrize(
    ("mode", "colour", "transparency", "expected"),
    [
        ("P", 0, 0, 255),
        ("P", 0, b"\x00", 255),
        ("P", 0, b"\xff\x00", 0),
        ("L", 90, 90, 255),
        ("L", 90, 91, 90),
        ("1", 0, 0, 255),
        ("RGB", (9, 9, 9), (9, 9, 9), 255),
    ],
)
def test_a_transparent_colour_becomes_white(
    mode: str, colour: object, transparency: object, expected: int
) -> None:
    image = Image.new(mode, (8, 8), colour)  # type: ignore[arg-type]
    if mode == "P":
        image.putpalette([0, 0, 0, 10, 20, 30])
    rgb = read_photo(encode(image, "PNG", transparency=transparency)).rgb
    assert rgb[4, 4].tolist() == [expected] * 3


# What is refused


def test_an_empty_file_is_refused() -> None:
    assert refused(b"").code == "empty"


def test_a_heavy_file_is_refused_unread() -> None:
    error = refused(bytes(MAX_BYTES + 400_000))
    assert (error.code, error.facts) == ("too_heavy", {"megabytes": 50.4, "limit": 50})


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
    assert error.facts == {"megapixels": round(width * height / 1e6), "limit": 100}
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


@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
@pytest.mark.parametrize("format", ACCEPTED)
def test_a_cut_file_is_refused_as_such(format: str, share: float) -> None:
    data = encode(noisy(), format)
    error = refused(data[: int(len(data) * share)])
    assert (error.code, error.facts) == ("truncated", {"format": format})


@pytest.mark.parametrize("longest", [None, 40])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_jpeg_with_an_end_mark_is_not_shown_half_grey(
    share: float, longest: int | None
) -> None:
    data = encode(noisy(), "JPEG")
    with pytest.raises(PhotoError) as caught:
        read_photo(data[: int(len(data) * share)] + b"\xff\xd9", longest=longest)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_grey_photo_is_not_taken_for_a_cut_one(mode: str) -> None:
    data = encode(Image.new("L", (70, 50), 128).convert(mode), "JPEG")
    assert (read_photo(data).rgb == 128).all()


@pytest.mark.parametrize("level", [0, 6])
def test_a_png_damaged_in_the_middle_is_refused(level: int) -> None:
    data = bytearray(encode(noisy(), "PNG", compress_level=level))
    data[len(data) // 2] ^= 0x10
    assert refused(bytes(data)).code == "broken"


def test_many_damaged_files_give_a_photo_or_a_sentence_and_nothing_else() -> None:
    dice = random.Random(2020)
    outcomes = {"photo": 0, "refused": 0}
    for whole in (encode(noisy((80, 60)), "JPEG"), encode(noisy((80, 60)), "PNG")):
        for turn in range(60):
            data = bytearray(whole)
            if turn % 3 == 0:
                del data[dice.randrange(len(data)) :]
            else:
                reach = 300 if turn % 3 == 1 else len(data)
                for _ in range(3):
                    data[dice.randrange(reach)] ^= dice.randrange(1, 256)
            try:
                rgb = read_photo(bytes(data), longest=dice.choice([None, 16])).rgb
            except PhotoError:
                outcomes["refused"] += 1
            else:
                assert rgb.ndim == 3
                outcomes["photo"] += 1
    assert min(outcomes.values()) > 10, "the damage must reach both ends"


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


@pytest.mark.parametrize("failure", [MemoryError("no room"), KeyError("x"), RecursionError("deep")])
def test_whatever_a_decoder_raises_becomes_a_sentence(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail)
    error = refused(sample("PNG"))
    assert (error.code, error.facts, error.__cause__) == ("broken", {"format": "PNG"}, failure)


# Threads and globals


def test_many_threads_read_as_one_does_and_leave_no_trace() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    p3 = encode(quadrants(), "JPEG", icc_profile=display_p3())
    files = [*(sample(format) for format in ACCEPTED), p3, declaring("PNG", 40_000, 40_000)]

    def outcome(data: bytes) -> bytes | str:
        try:
            return read_photo(data, longest=50).rgb.tobytes()
        except PhotoError as error:
            return error.code

    alone = [outcome(data) for data in files]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(outcome, files * 8)) == alone * 8
    after = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    assert after == before


def test_the_upload_widget_offers_every_format() -> None:
    known = Image.registered_extensions()
    offered = {known.get(f".{name}", "HEIF") for name in EXTENSIONS}
    assert offered == {"JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"}
    assert {"heic", "heif"} <= set(EXTENSIONS)
