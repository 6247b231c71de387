"""Which photos: any depth, natural order, classes by folder, nothing through links."""

from __future__ import annotations

import os
import sys

import pytest

from core.errors import LensError
from core.review.listing import list_photos
from tests.support.photo_folders import write_photo

CLASSES = ("Basmati", "IR64", "Ketan")


def test_photos_are_found_at_any_depth_with_the_class_their_folder_names(folder):
    listing = list_photos(folder, CLASSES)
    assert [photo.number for photo in listing.photos] == list(range(72))
    by_file = {photo.file: photo for photo in listing.photos}
    assert by_file["Basmati/IMG_3.jpg"].true == "Basmati"
    assert by_file["ketan/IMG_3.png"].true == "Ketan"
    assert by_file["other/deep/3.jpg"].true == ""
    assert by_file["もち米.jpg"].true == ""
    assert all(photo.path.is_file() for photo in listing.photos)
    files = [photo.file for photo in listing.photos if photo.file.startswith("Basmati")]
    assert files == [f"Basmati/IMG_{number}.jpg" for number in range(20)]
    assert listing.links == ("link.jpg",)
    assert listing.others == 1


def test_the_nearest_class_folder_counts_and_the_folder_itself_may_be_one(tmp_path):
    write_photo(tmp_path / "Ketan" / "IR64" / "deep" / "a.jpg", 0)
    write_photo(tmp_path / "Ketan" / "b.jpg", 1)
    listing = list_photos(tmp_path / "Ketan", CLASSES)
    assert {photo.file: photo.true for photo in listing.photos} == {
        "IR64/deep/a.jpg": "IR64",
        "b.jpg": "Ketan",
    }


def test_a_class_is_known_by_its_name_however_a_system_writes_it(tmp_path):
    write_photo(tmp_path / "カ\u3099" / "a.jpg", 0)
    (photo,) = list_photos(tmp_path, ("ガ", "b")).photos
    assert photo.true == "ガ"


def test_links_are_named_and_never_followed(tmp_path):
    write_photo(tmp_path / "outside" / "secret.jpg", 0)
    write_photo(tmp_path / "photos" / "a.jpg", 1)
    (tmp_path / "photos" / "way out").symlink_to(tmp_path / "outside")
    (tmp_path / "photos" / "circle").symlink_to(tmp_path / "photos")
    listing = list_photos(tmp_path / "photos", CLASSES)
    assert [photo.file for photo in listing.photos] == ["a.jpg"]
    assert listing.links == ("circle", "way out")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are Linux's")
def test_a_name_that_is_no_text_is_one_all_the_same(tmp_path):
    write_photo(tmp_path / "a.jpg", 0)
    os.rename(tmp_path / "a.jpg", os.fsencode(tmp_path) + b"/b\xff.jpg")
    (photo,) = list_photos(tmp_path, CLASSES).photos
    assert photo.file == "b\\udcff.jpg"
    assert photo.path.is_file()


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(LensError, match="There is no folder"):
        list_photos(tmp_path / "nowhere", CLASSES)
