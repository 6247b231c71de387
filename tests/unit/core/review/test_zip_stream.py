"""One ZIP file of an export: everything in it, in pieces, the same bytes each time."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from core.errors import LensError
from core.review.zip_stream import stream_zip, write_zip, zip_path
from tests.support.full_disk import no_file_larger_than
from tests.support.photo_folders import contents


def test_everything_is_in_it_and_nothing_else(copied):
    (copied / "private notes.txt").write_text("not of the review")
    with zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(copied)))) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    expected = contents(copied)
    del expected["private notes.txt"]
    assert found == {f"export/{name}": data for name, data in expected.items()}


def test_the_same_export_gives_the_same_bytes(reviewed, copied):
    for number, file in enumerate(sorted(copied.rglob("*"))):
        os.utime(file, (number, number))
    assert b"".join(stream_zip(copied)) == b"".join(stream_zip(reviewed))


def test_it_comes_in_pieces(reviewed):
    pieces = list(stream_zip(reviewed))
    assert len(pieces) > 70
    assert max(map(len, pieces)) < 2_200_000


def test_what_is_not_finished_is_not_packed(copied):
    (copied / "manifest.json").unlink()
    with pytest.raises(LensError, match="no finished review"):
        list(stream_zip(copied))


def test_it_is_written_beside_its_folder_and_written_again_stays(copied):
    file = zip_path(copied)
    assert file == copied.with_name("export.zip")
    write_zip(copied, file)
    assert file.read_bytes() == b"".join(stream_zip(copied))
    os.utime(file, (1, 1))
    write_zip(copied, file)
    assert file.stat().st_mtime == 1
    assert zip_path(copied, resume=True) == file
    with pytest.raises(LensError, match="is there already"):
        zip_path(copied)


def test_another_file_of_its_name_stays(copied, tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(b"somebody's")
    with pytest.raises(LensError, match="nothing is written over"):
        write_zip(copied, file)
    assert file.read_bytes() == b"somebody's"
    assert not file.with_name("export.zip.part").exists()


def test_a_full_disk_leaves_no_half_a_file(copied):
    file = zip_path(copied)
    with no_file_larger_than(2000), pytest.raises(LensError, match="File too large") as error:
        write_zip(copied, file)
    assert error.value.facts["done"]
    assert [path.name for path in copied.parent.iterdir()] == [copied.name]
