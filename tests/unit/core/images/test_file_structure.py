"""What would cost a decoder much is refused before it sees the file."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFile

from core.images.decode import read_photo
from core.images.file_structure import has_bounded_tags, jpeg_scans
from core.images.photo_formats import ACCEPTED
from tests.support.hostile_photos import (
    LONG,
    jpeg_segment,
    jpeg_with,
    long_exif,
    repeated_scans,
    shared_tags,
    tiff_of,
)
from tests.support.photo_files import encode, noisy, refused, sample

# How many of its kind are too many: the bounds are for what no camera writes.
TOO_MANY = {
    "segments.jpg": 6_000,
    "fill_bytes.jpg": 60_000,
    "junk.jpg": 60_000,
    "exif.jpg": 4_000,
    "chunks.png": 60_000,
    "exif.png": 4_000,
    "comments.gif": 5_000,
    "runs.bmp": 100,
    "tags.tif": 10,
    "strips.tif": 60_000,
    "exif.webp": 4_000,
    "exif.avif": 4_000,
    "exif.heic": 4_000,
}


@pytest.mark.filterwarnings("ignore:Tag data larger than file")
@pytest.mark.parametrize("name", TOO_MANY)
def test_what_costs_much_is_refused_before_it_is_decoded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise AssertionError("a decoder saw the file")

    data = LONG[name](TOO_MANY[name])
    monkeypatch.setattr(ImageFile.ImageFile, "__init__", explode)
    assert refused(data).code == "too_costly"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_of_many_scans_is_refused(mode: str) -> None:
    assert refused(repeated_scans(2_000, 300, mode)).code == "too_costly"


def test_a_small_jpeg_may_have_many_scans() -> None:
    assert read_photo(repeated_scans(64, 100)).full_size == (64, 64)


@pytest.mark.parametrize(
    ("mode", "progressive", "scans"),
    [("L", False, 1), ("L", True, 6), ("RGB", False, 1), ("CMYK", False, 1)],
)
def test_scans_are_counted_by_the_samples_that_they_go_over(
    mode: str, progressive: bool, scans: int
) -> None:
    image = noisy((80, 40)).convert(mode)
    whole, covered = jpeg_scans(encode(image, "JPEG", progressive=progressive, subsampling=0))
    assert whole == 80 * 40 * len(image.getbands())
    assert covered == scans * whole


def test_scans_of_other_pictures_in_the_file_are_not_counted() -> None:
    photo = encode(noisy(), "JPEG", progressive=True)
    inside = jpeg_with(jpeg_segment(0xE1, b"Exif\0\0" + photo[:20_000]))
    assert jpeg_scans(inside) == jpeg_scans(jpeg_with(b""))
    assert jpeg_scans(photo + photo * 3) == jpeg_scans(photo)


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xc0\0\x11\x08", b"\xff\xd8\xff\xda"]
)
def test_a_cut_header_has_no_scans(data: bytes) -> None:
    assert jpeg_scans(data) == (0, 0)


@pytest.mark.parametrize("format", ACCEPTED)
def test_ordinary_files_pass(format: str) -> None:
    options = {"icc_profile": bytes(300)} if format in ("JPEG", "PNG") else {}
    assert read_photo(encode(noisy(), format, **options)).format == format


def test_a_long_exif_of_a_camera_passes() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera's maker"
    body = exif.tobytes().removeprefix(b"Exif\0\0") + bytes(200_000)
    assert read_photo(jpeg_with(long_exif(body))).full_size == (64, 64)


def test_tags_that_share_much_are_not_bounded_and_damaged_ones_end_where_the_data_end() -> None:
    assert not has_bounded_tags(shared_tags(200, 1_000_000))
    assert has_bounded_tags(shared_tags(20, 1_000))
    assert not has_bounded_tags(tiff_of({273: (4, 60_000, 8)}))
    assert has_bounded_tags(tiff_of({37_500: (7, 4_000_000_000, 8)}))
    for data in (
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        sample("TIFF"),
    ):
        assert has_bounded_tags(data)


def test_a_progressive_jpeg_in_a_tiff_is_refused() -> None:
    jpeg = encode(Image.new("L", (64, 64)), "JPEG", progressive=True)
    assert refused(tiff_of({259: (3, 1, 7)}, jpeg)).code == "too_costly"
