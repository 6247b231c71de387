"""Marks and lines: kept, found by the next visitor, and taken along in the export."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import LensError
from core.review.manifest import read_manifest
from core.review.result_row import ResultRow
from core.review.review_notes import LONGEST, MARKS, Note, Notebook, clean_note, write_notes
from core.review.zip_stream import stream_zip

ROWS = [
    ResultRow(0, "Ketan/a.jpg", sha256="aa", predicted="Ketan"),
    ResultRow(1, "=1+1.jpg", sha256="bb", predicted="IR64"),
    ResultRow(2, "broken.jpg", code="broken", error="broken"),
]


def test_a_note_is_there_for_the_next_one_who_opens_the_file(tmp_path: Path):
    file = tmp_path / "notes.sqlite"
    assert Notebook(file).read("model") == {}
    assert not file.exists()  # nobody wrote anything
    Notebook(file).write("aa", "model", "disagree", "もち米ではない")
    Notebook(file).write("aa", "other", "agree")
    Notebook(file).write("bb", "model", "retake", "'; DROP TABLE notes; --")
    assert Notebook(file).read("model") == {
        "aa": Note("disagree", "もち米ではない"),
        "bb": Note("retake", "'; DROP TABLE notes; --"),
    }
    assert Notebook(file).read("other") == {"aa": Note("agree")}


def test_a_note_replaces_the_one_before_and_an_empty_one_forgets_it(tmp_path: Path):
    book = Notebook(tmp_path / "notes.sqlite")
    book.write("aa", "model", "agree")
    book.write("aa", "model", "retake", "dark")
    assert book.read("model") == {"aa": Note("retake", "dark")}
    book.write("aa", "model", "", "")
    assert book.read("model") == {}


def test_a_part_of_a_note_leaves_the_other_part_whoever_wrote_it(tmp_path: Path):
    book = Notebook(tmp_path / "notes.sqlite")
    book.write("aa", "model", line="dark")
    book.write("aa", "model", mark="retake")
    assert book.read("model") == {"aa": Note("retake", "dark")}
    book.write("aa", "model", mark="")
    assert book.read("model") == {"aa": Note("", "dark")}
    book.write("aa", "model", line="")
    assert book.read("model") == {}


def test_several_write_at_once_and_nothing_is_lost(tmp_path: Path):
    def write(number: int) -> None:
        for photo in range(10):
            book = Notebook(tmp_path / "notes.sqlite")
            book.write(f"{number}-{photo}", "model", "agree", str(photo))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Notebook(tmp_path / "notes.sqlite").read("model")) == 40


def test_what_is_no_file_of_notes_is_left_as_it_is_and_refused(tmp_path: Path):
    file = tmp_path / "thesis.doc"
    file.write_bytes(b"my thesis" * 100)
    for attempt in (
        lambda: Notebook(file).read("m"),
        lambda: Notebook(file).write("a", "m", "agree"),
    ):
        with pytest.raises(LensError) as error:
            attempt()
        assert error.value.code == "notes_unusable"
    assert file.read_bytes() == b"my thesis" * 100
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE notes (something TEXT)")
    with pytest.raises(LensError):
        Notebook(other).read("m")
    with pytest.raises(LensError):
        Notebook(tmp_path / "none" / "notes.sqlite").write("a", "m", "agree")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("two\nlines\x00 \x1b[31m", "two lines [31m"),
        ("  お米が\u3000暗い ", "お米が 暗い"),
        ("long " * 500, ("long " * 500)[:LONGEST].strip()),
        ("", ""),
    ],
)
def test_a_line_is_one_line(line: str, kept: str):
    assert clean_note("agree", line) == Note("agree", kept)


def test_there_are_no_other_marks():
    assert [clean_note(mark, "").mark for mark in MARKS] == list(MARKS)
    with pytest.raises(ValueError, match="no mark"):
        clean_note("<b>", "")


def test_notes_travel_in_the_export_and_cannot_act_as_formulas(copied: Path):
    before = read_manifest(copied)
    assert before is not None
    notes = {"aa": Note("disagree", "=HYPERLINK(1)"), "bb": Note("retake"), "zz": Note("agree")}
    for _ in range(2):  # taken away again, it is the same
        write_notes(copied, ROWS, notes)
        with zipfile.ZipFile(BytesIO(b"".join(stream_zip(copied)))) as archive:
            names = archive.namelist()
            read = {name.partition("/")[2]: archive.read(name) for name in names}
        assert names[-1].endswith("/manifest.json")
    table = list(csv.DictReader(read["notes.csv"].decode().splitlines()))
    assert [(row["file"], row["mark"], row["note"]) for row in table] == [
        ("Ketan/a.jpg", "disagree", "'=HYPERLINK(1)"),
        ("'=1+1.jpg", "retake", ""),
    ]
    manifest = json.loads(read["manifest.json"])
    assert manifest["files"].keys() == before["files"].keys() | {"notes.csv"}
    for name, entry in manifest["files"].items():
        assert entry["bytes"] == len(read[name])
        assert entry["sha256"] == hashlib.sha256(read[name]).hexdigest()


def test_without_notes_an_export_stays_as_it_is(copied: Path):
    before = (copied / "manifest.json").read_bytes()
    write_notes(copied, ROWS, {"zz": Note("agree")})
    assert (copied / "manifest.json").read_bytes() == before
    assert not (copied / "notes.csv").exists()


def test_a_note_taken_back_leaves_the_table_empty(copied: Path):
    write_notes(copied, ROWS, {"aa": Note("agree")})
    write_notes(copied, ROWS, {})
    assert (copied / "notes.csv").read_text("utf-8").splitlines() == [
        "file,sha256,predicted,mark,note"
    ]
