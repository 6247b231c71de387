"""One ZIP file of an export: everything in it, in pieces, the same bytes each time."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from core.__main__ import main
from core.errors import LensError
from core.review.zip_stream import stream_zip, write_zip
from tests.unit.core.review.conftest import MODEL, contents, write_photo


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


def test_one_command_writes_it_beside_the_folder(tmp_path, capsys):
    write_photo(tmp_path / "photos" / "a.jpg", 0)
    out, file = tmp_path / "export", tmp_path / "export.zip"
    command = ["review", str(tmp_path / "photos"), "--model", MODEL, "--zip", "--out", str(out)]
    assert main(command) == 0
    assert file.read_bytes() == b"".join(stream_zip(out))
    assert main([*command, "--resume"]) == 0  # nothing is left to do
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "export.zip", "photos"]
    assert main([*command[:-1], str(tmp_path / "export.zip")]) == 2  # is a file


def test_another_file_of_its_name_stays(copied, tmp_path):
    file = tmp_path / "export.zip"
    file.write_bytes(b"somebody's")
    with pytest.raises(LensError, match="nothing is written over"):
        write_zip(copied, file)
    assert file.read_bytes() == b"somebody's"
    assert not file.with_name("export.zip.part").exists()


def test_it_is_refused_before_any_work(tmp_path, capsys):
    write_photo(tmp_path / "photos" / "a.jpg", 0)
    (tmp_path / "new.zip").write_bytes(b"somebody's")
    command = ["review", str(tmp_path / "photos"), "--model", MODEL, "--zip", "--out"]
    assert main([*command, str(tmp_path / "new")]) == 2
    assert "new.zip is there already" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
