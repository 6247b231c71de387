"""One ZIP file of an export: everything in it, in pieces, the same bytes each time."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from core.errors import LensError
from core.review.zipped import zipped
from tests.review.conftest import contents


def test_everything_is_in_it_and_nothing_else(copied):
    (copied / "private notes.txt").write_text("not of the review")
    with zipfile.ZipFile(io.BytesIO(b"".join(zipped(copied)))) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    expected = contents(copied)
    del expected["private notes.txt"]
    assert found == {f"export/{name}": data for name, data in expected.items()}


def test_the_same_export_gives_the_same_bytes(reviewed, copied):
    for number, file in enumerate(sorted(copied.rglob("*"))):
        os.utime(file, (number, number))
    assert b"".join(zipped(copied)) == b"".join(zipped(reviewed))


def test_it_comes_in_pieces(reviewed):
    pieces = list(zipped(reviewed))
    assert len(pieces) > 70
    assert max(map(len, pieces)) < 2_200_000


def test_what_is_not_finished_is_not_packed(copied):
    (copied / "manifest.json").unlink()
    with pytest.raises(LensError, match="no finished review"):
        list(zipped(copied))
