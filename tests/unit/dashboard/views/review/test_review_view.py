"""All photos of a session: laid into a folder, put in order, shown as a table."""

from __future__ import annotations

import time
import zipfile
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import PhotoError
from core.explain.open_explainer import model_digest, open_explainer
from core.models.card import Card, Input, class_names
from core.models.registry import find_model
from core.review.pipeline import review
from core.review.result_row import ResultRow
from core.review.review_notes import Note
from core.review.worker import ReviewSettings, review_photos
from dashboard.components import server_folder
from dashboard.i18n.translate import Texts
from dashboard.state.session import Entry, Session
from dashboard.views.review import download
from dashboard.views.review.table import Line, as_table, most_doubtful_first
from dashboard.work.model_pool import LoadedModel, Model
from dashboard.work.review_job import Review, Reviews, prepare_review, write_photos
from tests.support.photo_folders import contents, write_photo


def test_photos_lie_in_the_folders_that_their_names_tell_of(tmp_path):
    entries = [
        Entry("Ketan/a.JPG", b"1"),
        Entry("b.jpg", b"2"),
        Entry("sample", b"3", variety="Basmati"),
    ]
    laid = write_photos(entries, tmp_path / "photos")
    assert list(laid) == ["Ketan/a.JPG", "b.jpg", "Basmati/sample.jpg"]
    for file, entry in laid.items():
        assert (tmp_path / "photos" / file).read_bytes() == entry.data


@pytest.mark.parametrize(
    "name",
    ["../../evil.jpg", "/etc/passwd", "C:\\x\\..\\..\\y.png", "a/./../b.jpg", "", "..", "\x00.jpg"],
)
def test_a_strangers_name_leads_nowhere_else(tmp_path, name):
    folder = tmp_path / "deep" / "photos"
    (file,) = write_photos([Entry(name, b"x")], folder)
    assert ".." not in PurePosixPath(file).parts
    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert written == [folder / file]
    assert (folder / file).resolve().is_relative_to(folder.resolve())


def test_photos_of_one_name_do_not_overwrite_each_other(tmp_path):
    entries = [Entry("a.jpg", b"1"), Entry("A.jpg", b"2"), Entry("a.jpg", b"3")]
    laid = write_photos(entries, tmp_path / "photos")
    assert len({file.casefold() for file in laid}) == 3
    assert sorted(each.read_bytes() for each in (tmp_path / "photos").iterdir()) == [
        b"1",
        b"2",
        b"3",
    ]


def line(number, score, second, true="", problem=""):
    row = ResultRow(
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
    say, card = Texts(language), Card(class_names(["IR64", "Ketan"]), Input(64, 64))
    plain = as_table(say, card, [line(0, 0.95, 0.03)])
    known = as_table(say, card, [line(0, 0.95, 0.03, true="IR64")])
    assert say.plain("review.column.true") not in plain
    assert list(known[say.plain("review.column.true")]) == ["IR64"]
    assert list(known[say.plain("review.column.score")]) == [95.0]
    assert list(known[say.plain("review.column.doubt")]) == [say.plain("review.doubt.wrong")]


@pytest.fixture(scope="module")
def model() -> Model:
    """A shipped model, open."""
    path = find_model("rice-64")
    shared = LoadedModel(open_explainer(path))
    return Model(str(path), path.name, shared.explainer.card, lambda: shared)


def photos(folder: Path, names: list[str]) -> list[Entry]:
    """Different photos of these names."""
    entries = []
    for name in names:
        write_photo(folder / name, zlib.crc32(name.encode()))
        entries.append(Entry(name, (folder / name).read_bytes()))
    return entries


def finish(review: Review) -> None:
    review.start()
    began = time.monotonic()
    while review.job.running and time.monotonic() < began + 60:
        time.sleep(0.02)
    assert review.job.finished
    assert review.job.error is None


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_the_page_takes_away_the_bytes_that_the_command_line_writes(model, tmp_path):
    session = Session()
    session.add(photos(tmp_path / "photos", ["Ketan/a.jpg", "Basmati/b.png", "c.jpg"]))
    here = prepare_review(session, model, ReviewSettings())
    finish(here)
    explainer, path = model.load().explainer, Path(model.key)
    out = tmp_path / "export"
    review(tmp_path / "photos", explainer, model_digest(path), ReviewSettings(), out)
    there = contents(out)
    assert unpacked(download.pack(here, {})) == there
    assert len(there) == 3 + 5


def test_more_photos_do_not_make_the_model_answer_again(model, tmp_path, monkeypatch):
    session = Session()
    session.add(photos(tmp_path, ["b.jpg", "c.jpg"]))
    first = prepare_review(session, model, ReviewSettings())
    finish(first)
    session.part(Reviews)["first"] = first
    session.add(photos(tmp_path, ["a.jpg"]))
    asked: list[str] = []

    def watched(listed, *how, **more):
        asked.extend(each.file for each in listed)
        return review_photos(listed, *how, **more)

    monkeypatch.setattr("dashboard.work.review_job.review_photos", watched)
    second = prepare_review(session, model, ReviewSettings())
    finish(second)
    assert asked == ["a.jpg"]
    rows = [row for _, row in sorted(second.job.rows.items())]
    assert [row.file for row in rows] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [row.score for row in rows[1:]] == [row.score for row in first.job.rows.values()]


def test_what_is_done_of_a_stopped_review_can_be_taken_away(model, tmp_path):
    session = Session()
    session.add(photos(tmp_path, [f"{number:02}.jpg" for number in range(40)]))
    stopped = prepare_review(session, model, ReviewSettings())
    finish(stopped)
    whole = unpacked(download.pack(stopped, {}))
    stopped.job.finished = False  # as if it had been stopped after the first ten
    stopped.job.rows = {number: stopped.job.rows[number] for number in range(10)}
    note = {stopped.job.rows[3].sha256: Note("retake", "dark")}
    part = unpacked(download.pack(stopped, note))
    table = part["photos.csv"].decode("utf-8-sig").splitlines()
    assert table == whole["photos.csv"].decode("utf-8-sig").splitlines()[:11]
    assert sum(name.startswith("pictures/") for name in part) == 10
    assert part["pictures/000010-09.jpg"] == whole["pictures/000010-09.jpg"]
    assert "03.jpg" in part["notes.csv"].decode()
    finish(stopped)
    again = unpacked(download.pack(stopped, {}))
    assert again["photos.csv"] == whole["photos.csv"]


def test_the_operators_folders_are_offered_and_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    write_photo(secret / "hidden.jpg", 1)
    top = tmp_path / "harvest"
    for number, name in enumerate(["Ketan/a.jpg", "Ketan/late/b.jpg", "c.jpg"]):
        write_photo(top / name, number)
    (top / "Ketan" / "link").symlink_to(secret)
    (top / "readme.txt").write_text("no photo")

    def page(folder):
        from pathlib import Path

        from dashboard.components import server_folder
        from dashboard.i18n.translate import Texts
        from dashboard.state import session

        server_folder.draw(Texts("en"), session.current_session(), Path(folder))

    app = AppTest.from_function(page, args=(str(top),)).run()
    assert not app.exception
    offered = ["harvest (3 photos)", "Ketan (2 photos)", "Ketan/late (1 photos)"]
    assert app.selectbox[0].options == offered
    app.selectbox[0].select("Ketan").run()
    app.button[0].click().run()
    kept = app.session_state.session.photos.values()
    assert [entry.name for entry in kept] == ["harvest/Ketan/a.jpg", "harvest/Ketan/late/b.jpg"]
    assert [entry.data for entry in kept] == [
        (top / name).read_bytes() for name in ("Ketan/a.jpg", "Ketan/late/b.jpg")
    ]


def test_no_more_photos_are_taken_from_a_folder_than_a_person_looks_at(tmp_path, monkeypatch):
    monkeypatch.setattr(server_folder, "MOST", 2)
    for number in range(4):
        write_photo(tmp_path / f"{number}.jpg", number)

    def page(folder):
        from pathlib import Path

        from dashboard.components import server_folder
        from dashboard.i18n.translate import Texts
        from dashboard.state import session

        server_folder.draw(Texts("en"), session.current_session(), Path(folder))

    app = AppTest.from_function(page, args=(str(tmp_path),)).run()
    assert "first 2 of 4" in app.caption[0].value
    app.button[0].click().run()
    names = [entry.name for entry in app.session_state.session.photos.values()]
    assert names == [f"{tmp_path.name}/0.jpg", f"{tmp_path.name}/1.jpg"]


def test_a_photo_that_is_gone_from_the_operators_folder_is_told(tmp_path):
    entry = Entry("gone.jpg", tmp_path / "gone.jpg")
    assert len(entry.sha256) == 64
    with pytest.raises(PhotoError) as error:
        _ = entry.data
    assert error.value.code == "unopened"
