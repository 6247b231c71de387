"""Any colour space, depth and transparency becomes sRGB."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from core.images.color_management import to_srgb
from core.images.decode import read_photo
from tests.support.photo_files import display_p3, encode, linear, quadrants, refused


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
def test_cmyk_rice_does_not_turn_green(name: str, real_photos: Path) -> None:
    rgb = read_photo((real_photos / "uploads" / f"cmyk_icc_{name}.jpg").read_bytes()).rgb.astype(
        float
    )
    converted = {
        path: np.asarray(Image.open(path), dtype=float)
        for path in real_photos.glob("piles/*/flash_[BIK]1.jpg")
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


@pytest.mark.parametrize("profile", [None, display_p3()])
@pytest.mark.parametrize("gray", [False, True])
def test_a_palette_gives_what_its_colours_do(gray: bool, profile: bytes | None) -> None:
    palette = np.random.default_rng(5).integers(0, 256, (256, 4), np.uint8)
    if gray:
        palette[:, 1:3] = palette[:, :1]
    pixels = np.random.default_rng(6).integers(0, 256, (40, 60), np.uint8)
    image = Image.fromarray(pixels, "P")
    image.putpalette(palette[:, :3].tobytes())
    data = encode(image, "PNG", transparency=palette[:, 3].tobytes(), icc_profile=profile)
    colors = encode(Image.fromarray(palette[pixels], "RGBA"), "PNG", icc_profile=profile)
    np.testing.assert_allclose(read_photo(data).rgb, read_photo(colors).rgb, atol=1)


@pytest.mark.parametrize("longest", [None, 700, 256])
@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1", "I;16"])
def test_in_blocks_the_pixels_are_those_of_the_whole(mode: str, longest: int | None) -> None:
    size = 1500, 1100
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 4), np.uint8)
    image = Image.fromarray(noise, "RGBA")
    if mode == "I;16":
        image = Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
        whole = Image.fromarray(noise[..., 0])
    elif mode in ("LA", "RGBA"):
        image = image.convert(mode)
        white = Image.new("RGB", size, "white")
        whole = Image.composite(image.convert("RGB"), white, image.getchannel("A"))
    else:
        image = image.convert("RGB").convert(mode)
        whole = image.convert("RGB")
    shape = tuple(round(side * (longest or 1500) / 1500) for side in size)
    expected = whole.resize(shape, Image.Resampling.BICUBIC, reducing_gap=2).convert("RGB")
    rgb, _ = to_srgb(image, shape, "PNG")
    np.testing.assert_array_equal(rgb, np.asarray(expected))
