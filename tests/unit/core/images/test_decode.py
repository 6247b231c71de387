"""Any picture file becomes an upright sRGB photo, or a sentence."""

from __future__ import annotations

import hashlib
import os
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from core.errors import PhotoError
from core.images import decode
from core.images.decode import file_bytes, open_file, read_file, read_photo
from core.images.memory_budget import DECODERS, MAX_MEMORY
from core.images.photo_formats import ACCEPTED
from tests.support.photo_files import (
    SIZE,
    assert_quadrants,
    declaring,
    display_p3,
    encode,
    noisy,
    quadrants,
    refused,
    sample,
    twelve_bits,
)

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


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("format", "times"), [("PNG", 1), ("TIFF", 1), ("WebP", 1), ("JPEG", 2)])
def test_a_photo_at_several_sizes_is_what_it_is_at_each(
    format: str, times: int, orientation: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[TAG_ORIENTATION] = orientation
    file = tmp_path / "photo"
    file.write_bytes(encode(noisy((300, 200)), format, exif=exif.tobytes()))
    sizes = [70, None, 300]
    alone = [read_file(file, longest=longest) for longest in sizes]
    decoded = []
    load = decode._load

    def watched(image: ImageFile.ImageFile, data: bytes) -> tuple[Image.Image, int | None]:
        decoded.append(image.size)
        return load(image, data)

    monkeypatch.setattr(decode, "_load", watched)
    with open_file(file, sizes) as photos:
        for photo, expected in zip(photos, alone, strict=True):
            np.testing.assert_array_equal(photo.rgb, expected.rgb)
            assert (photo.sha256, photo.full_size) == (expected.sha256, expected.full_size)
            assert photo.format == format
    assert len(decoded) == times


def test_the_depth_that_is_assumed_is_the_same_at_all_sizes(tmp_path: Path) -> None:
    with open_file(twelve_bits(tmp_path / "a.tif"), [8, None]) as photos:
        assert [photo.assumed_bits for photo in photos] == [12, 12]


def test_memory_to_draw_is_reserved_as_long_as_the_photo_is_open(tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(encode(noisy((300, 200)), "PNG"))
    with open_file(file, [50, None], drawing=2000):
        assert DECODERS.left == MAX_MEMORY - 2000 * 300 * 200
    assert DECODERS.left == MAX_MEMORY


@pytest.mark.parametrize(("drawing", "least", "times"), [(1, 0, 1), (1, 10**9, 0), (0, 0, 0)])
def test_a_large_decoded_picture_makes_room_for_what_is_drawn(
    drawing: int, least: int, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimmed: list[int] = []
    monkeypatch.setattr(decode, "trim_memory", trimmed.append)
    monkeypatch.setattr(decode, "LARGE", least)
    file = tmp_path / "photo.png"
    file.write_bytes(encode(noisy((300, 200)), "PNG"))
    with open_file(file, [50, None], drawing):
        assert trimmed == [0] * times


@pytest.mark.parametrize("longest", [0, -5])
def test_no_photo_has_less_than_one_pixel(longest: int) -> None:
    with pytest.raises(ValueError, match="at least 1 pixel"):
        read_photo(sample("PNG"), longest=longest)


def test_an_empty_file_is_refused() -> None:
    assert refused(b"").code == "empty"


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


@pytest.mark.parametrize("failure", [MemoryError("no room"), KeyError("x"), RecursionError("deep")])
def test_whatever_a_decoder_raises_becomes_a_sentence(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail)
    error = refused(sample("PNG"))
    assert (error.code, error.facts, error.__cause__) == ("broken", {"format": "PNG"}, failure)


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


def test_a_file_that_cannot_be_opened_is_answered_with_the_reason(tmp_path) -> None:
    with pytest.raises(PhotoError, match="cannot be opened") as caught:
        read_file(tmp_path / "absent.jpg")
    assert caught.value.code == "unopened"


def test_a_file_on_disk_is_read_by_path_or_name(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(sample("PNG"))
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        assert np.array_equal(
            read_file(path, longest=48).rgb, read_photo(sample("PNG"), longest=48).rgb
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name on this system")
def test_what_never_ends_is_not_read(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    (tmp_path / "folder.jpg").mkdir()
    reasons = []
    for name in ("pipe.jpg", "device.jpg", "folder.jpg"):
        with pytest.raises(PhotoError) as caught:
            read_file(tmp_path / name)
        assert caught.value.code == "unopened"
        reasons.append(caught.value.facts["reason"])
    assert reasons == [*["it is a pipe or a device, not a file"] * 2, "Is a directory"]


def test_no_more_is_read_of_a_file_than_a_photo_may_have(tmp_path, monkeypatch) -> None:
    (tmp_path / "a.png").write_bytes(sample("PNG"))
    monkeypatch.setattr("core.images.decode.MAX_BYTES", len(sample("PNG")))
    assert file_bytes(tmp_path / "a.png") == sample("PNG")
    monkeypatch.setattr("core.images.decode.MAX_BYTES", 10)
    assert len(file_bytes(tmp_path / "a.png")) == 11  # `check_bytes` has its own limit
