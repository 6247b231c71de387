"""Photos in object storage: the same names, order, classes and bytes as on disk; nothing beyond."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import fsspec
import pytest

from core.errors import LensError, PhotoError
from core.explain.open_explainer import model_digest
from core.images.decode import read_file
from core.images.size_limits import MAX_BYTES
from core.models.registry import find_model
from core.review.listing import list_photos
from core.review.pipeline import review
from core.review.storage import StoredFolder, open_folder
from core.review.worker import ReviewSettings
from tests.support.photo_folders import contents, write_photo
from tests.unit.core.review.conftest import MODEL

CLASSES = ("Basmati", "IR64", "Ketan")


@pytest.fixture
def bucket():
    """A store in memory, empty at first."""
    memory = fsspec.filesystem("memory")
    yield memory
    for key in memory.find("/"):
        memory.rm(key)


def stored(memory, top: str, folder: Path) -> str:
    """A folder's files, put into the store; links lead nowhere there."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            memory.pipe(f"/{top}/{file.relative_to(folder).as_posix()}", file.read_bytes())
    return f"memory://{top}"


def test_the_list_is_that_of_the_same_folder_on_disk(bucket, folder):
    there = list_photos(open_folder(stored(bucket, "bucket/Ketan", folder)), CLASSES)
    here = list_photos(folder, CLASSES)
    assert [(photo.number, photo.file) for photo in there.photos] == [
        (photo.number, photo.file) for photo in here.photos
    ]
    assert [photo.true for photo in there.photos] == [p.true or "Ketan" for p in here.photos]
    assert there.others == here.others


def test_a_review_gives_the_bytes_of_one_on_disk(bucket, folder, shipped, tmp_path, reviewed):
    address = stored(bucket, f"bucket/{folder.name}", folder)
    out, model = tmp_path / "export", model_digest(find_model(MODEL))
    review(open_folder(address), shipped, model, ReviewSettings(), out)
    here, there = contents(reviewed), contents(tmp_path / "export")
    for name in set(here) - {"summary.json", "report.html", "manifest.json"}:  # name the link, too
        assert there[name] == here[name], name
    assert set(there) == set(here)


def test_nothing_outside_the_folder_or_hidden_is_read(bucket, tmp_path):
    write_photo(tmp_path / "a.jpg", 0)
    photo = (tmp_path / "a.jpg").read_bytes()
    for key in ("in/a.jpg", "in/.hidden/b.jpg", "in/../c.jpg", "inner/d.jpg", "in/e.jpg/f.png"):
        bucket.pipe(f"/bucket/{key}", photo)
    listing = list_photos(open_folder("memory://bucket/in/"), ())
    assert [photo.file for photo in listing.photos] == ["a.jpg", "e.jpg/f.png"]


def test_a_link_in_a_store_is_named_and_not_followed(bucket, monkeypatch):
    bucket.pipe("/bucket/a.jpg", b"photo")
    found = bucket.find("/bucket", detail=True)
    linked = {"/bucket/b.jpg": {"type": "link", "size": 0}, **found}
    linked["/bucket/c.jpg"] = {"type": "file", "size": 9, "islink": True}
    monkeypatch.setattr(bucket, "find", lambda *given, **named: linked)
    listing = list_photos(open_folder("memory://bucket"), ())
    assert [photo.file for photo in listing.photos] == ["a.jpg"]
    assert listing.links == ("b.jpg", "c.jpg")


def test_what_is_too_heavy_is_not_even_fetched(bucket, monkeypatch):
    bucket.pipe("/bucket/a.jpg", b"\xff\xd8\xff" + bytes(MAX_BYTES))
    (photo,) = list_photos(open_folder("memory://bucket"), ()).photos
    monkeypatch.setattr(bucket, "cat_file", None)
    with pytest.raises(PhotoError) as refused:
        read_file(photo.path)
    assert refused.value.code == "too_heavy"


def test_what_is_gone_meanwhile_is_a_photo_that_cannot_be_opened(bucket):
    bucket.pipe("/bucket/a.jpg", b"photo")
    (photo,) = list_photos(open_folder("memory://bucket"), ()).photos
    bucket.rm("/bucket/a.jpg")
    with pytest.raises(PhotoError, match="FileNotFoundError") as refused:
        read_file(photo.path)
    assert refused.value.code == "unopened"


def test_it_travels_to_a_worker(tmp_path):
    write_photo(tmp_path / "a.jpg", 0)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.write(tmp_path / "a.jpg", "field/a.jpg")
    (photo,) = list_photos(open_folder(f"zip://field::{tmp_path / 'photos.zip'}"), ()).photos
    again = pickle.loads(pickle.dumps(photo))
    assert read_file(again.path).sha256 == read_file(tmp_path / "a.jpg").sha256


@pytest.mark.parametrize("scheme", ["file", "local"])
def test_a_path_as_an_address_is_a_folder_like_any_other(scheme, folder):
    found = open_folder(f"{scheme}://{folder}")
    assert found == folder
    assert list_photos(found, CLASSES) == list_photos(folder, CLASSES)


def test_what_is_not_there_is_an_error(bucket):
    with pytest.raises(LensError, match="There are no files in memory://bucket/nowhere"):
        list_photos(open_folder("memory://bucket/nowhere"), ())


def test_an_address_that_no_package_opens_is_an_error():
    with pytest.raises(LensError, match="nope") as error:
        open_folder("nope://bucket")
    assert error.value.code == "place_unknown"


def test_a_store_that_refuses_is_an_error(bucket, monkeypatch):
    def refuses(*given, **named):
        raise RuntimeError("no credentials")

    monkeypatch.setattr(bucket, "find", refuses)
    found = open_folder("memory://bucket")
    assert isinstance(found, StoredFolder)
    with pytest.raises(LensError, match="no credentials"):
        list_photos(found, ())
