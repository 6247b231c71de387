"""Sixteen bits that hold fewer are read by those that they use, and that is said."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import pytest
from PIL import Image

from core.images.decode import read_file, read_photo
from tests.support.photo_files import encode

TWELVE = np.array([[0, 1024, 2048, 4095]] * 3, np.uint16)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize(
    ("highest", "bits"),
    [(255, 8), (1023, 10), (4095, 12), (16383, 14), (16384, None), (65535, None), (0, None)],
)
def test_grey_is_read_by_the_bits_that_it_uses(format: str, highest: int, bits: int | None) -> None:
    values = np.linspace(0, highest, 5).astype(np.uint16)[None].repeat(3, axis=0)
    photo = read_photo(encode(Image.fromarray(values), format))
    white = (1 << (bits or 16)) - 1
    assert photo.assumed_bits == bits
    assert photo.rgb[0, :, 1].tolist() == np.rint(values[0] * (255 / white)).tolist()


@pytest.mark.parametrize("ending", [".tif", ".png"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_colours_are_read_by_the_bits_that_they_use(ending: str, bits: int) -> None:
    white = (1 << bits) - 1
    bgr = np.zeros((6, 8, 3), np.uint16)
    bgr[:, :4] = (0, white // 2, white)
    photo = read_photo(bytes(cv2.imencode(ending, bgr)[1]))
    assert photo.assumed_bits == bits
    np.testing.assert_allclose(photo.rgb[0, 0], (255, 127, 0), atol=1)
    assert not photo.rgb[:, 5:].any()


@pytest.mark.parametrize("highest", [0, 40_000, 65_535])
def test_colours_of_sixteen_bits_stay_as_they_are(highest: int) -> None:
    rgb = np.full((6, 8, 3), highest, np.uint16)
    photo = read_photo(bytes(cv2.imencode(".png", rgb)[1]))
    assert photo.assumed_bits is None
    assert photo.rgb[0, 0, 0] == highest >> 8


def test_transparency_stays_transparent() -> None:
    bgra = np.zeros((6, 8, 4), np.uint16)
    bgra[:, :4] = (0, 0, 4095, 65_535)
    photo = read_photo(bytes(cv2.imencode(".png", bgra)[1]))
    assert photo.rgb[0, 0].tolist() == [255, 0, 0]
    assert photo.rgb[0, 7].tolist() == [255] * 3


def test_what_the_file_itself_says_comes_first() -> None:
    photo = read_photo(encode(Image.fromarray(TWELVE), "TIFF", tiffinfo={281: 8191}))
    assert photo.assumed_bits == 13
    assert photo.rgb[0, :, 0].tolist() == [0, 32, 64, 127]


def test_it_is_said_once_a_file(tmp_path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "microscope.tif"
    file.write_bytes(encode(Image.fromarray(TWELVE), "TIFF"))
    with caplog.at_level(logging.WARNING, "core"):
        read_file(file)
        read_file(file, longest=2)
    assert [record.getMessage().removeprefix(str(file)) for record in caplog.records] == [
        ": holds samples of 16 bits but uses 12 of them; brightness is read by these"
    ]
