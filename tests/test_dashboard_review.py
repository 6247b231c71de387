"""All photos of a visit: laid into a folder, put in order, shown as a table."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.card import Card, Input, named
from core.review.row import Row
from dashboard.review_run import lay
from dashboard.review_table import Line, as_table, most_doubtful_first
from dashboard.texts import Texts
from dashboard.visit import Entry


def test_photos_lie_in_the_folders_that_their_names_tell_of(tmp_path):
    entries = [
        Entry("Ketan/a.JPG", b"1"),
        Entry("b.jpg", b"2"),
        Entry("sample", b"3", variety="Basmati"),
    ]
    laid = lay(entries, tmp_path / "photos")
    assert list(laid) == ["Ketan/a.JPG", "b.jpg", "Basmati/sample.jpg"]
    for file, entry in laid.items():
        assert (tmp_path / "photos" / file).read_bytes() == entry.data


@pytest.mark.parametrize(
    "name",
    ["../../evil.jpg", "/etc/passwd", "C:\\x\\..\\..\\y.png", "a/./../b.jpg", "", "..", "\x00.jpg"],
)
def test_a_strangers_name_leads_nowhere_else(tmp_path, name):
    folder = tmp_path / "deep" / "photos"
    (file,) = lay([Entry(name, b"x")], folder)
    assert ".." not in PurePosixPath(file).parts
    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert written == [folder / file]
    assert (folder / file).resolve().is_relative_to(folder.resolve())


def test_photos_of_one_name_do_not_overwrite_each_other(tmp_path):
    entries = [Entry("a.jpg", b"1"), Entry("A.jpg", b"2"), Entry("a.jpg", b"3")]
    laid = lay(entries, tmp_path / "photos")
    assert len({file.casefold() for file in laid}) == 3
    assert sorted(each.read_bytes() for each in (tmp_path / "photos").iterdir()) == [
        b"1",
        b"2",
        b"3",
    ]


def line(number, score, second, true="", problem=""):
    row = Row(
        number,
        f"{number}.jpg",
        true=true,
        predicted="Ketan",
        score=score,
        second="IR64",
        second_score=second,
    )
    return Line(row, str(number), f"{number}.jpg", problem)


def test_the_most_doubtful_come_first_and_what_could_not_be_read_last():
    sure, near = line(0, 0.95, 0.03), line(1, 0.5, 0.45)
    wrong, broken = line(2, 0.9, 0.05, true="IR64"), line(3, None, None, problem="is no photo")
    ordered = most_doubtful_first([broken, sure, near, wrong])
    assert [each.row.number for each in ordered] == [2, 1, 0, 3]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_table_has_no_column_that_nobody_knows_anything_of(language):
    say, card = Texts(language), Card(named(["IR64", "Ketan"]), Input(64, 64))
    plain = as_table(say, card, [line(0, 0.95, 0.03)])
    known = as_table(say, card, [line(0, 0.95, 0.03, true="IR64")])
    assert say.plain("review.column.true") not in plain
    assert list(known[say.plain("review.column.true")]) == ["IR64"]
    assert list(known[say.plain("review.column.score")]) == [95.0]
    assert list(known[say.plain("review.column.doubt")]) == [say.plain("review.doubt.wrong")]
