"""Reviews in the background: photos written to a folder, results used again."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.models.onnx.onnx_network import OnnxNetwork
from core.review.worker import ReviewSettings, review_photos
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.work.photo_previews import preview
from dashboard.work.review_job import Reviews, prepare_review, write_photos
from tests.support.reviewed_photos import finish, photos


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


def test_more_photos_do_not_make_the_model_answer_again(shipped_model, tmp_path, monkeypatch):
    session = Session()
    session.add(photos(tmp_path, ["b.jpg", "c.jpg"]))
    first = prepare_review(session, shipped_model, ReviewSettings())
    finish(first)
    session.part(Reviews)["first"] = first
    session.add(photos(tmp_path, ["a.jpg"]))
    asked: list[str] = []

    def watched(listed, task, **more):
        asked.extend(each.file for each in listed)
        return review_photos(listed, task, **more)

    monkeypatch.setattr("dashboard.work.review_job.review_photos", watched)
    second = prepare_review(session, shipped_model, ReviewSettings())
    finish(second)
    assert asked == ["a.jpg"]
    rows = [row for _, row in sorted(second.job.rows.items())]
    assert [row.file for row in rows] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [row.score for row in rows[1:]] == [row.score for row in first.job.rows.values()]


def test_what_the_page_has_asked_is_not_asked_again(shipped_model, tmp_path, monkeypatch):
    session = Session()
    session.add(photos(tmp_path, ["a.jpg", "b.jpg", "c.jpg"]))
    loaded = shipped_model.load()
    for entry in [*session.photos.values()][:2]:
        (explanation,) = loaded.explainer.explain([preview(session, entry)])
        session.explanations[shipped_model.key, DEFAULT_REQUEST, entry.sha256] = explanation
    asked = []
    forward = OnnxNetwork.forward

    def count(network, inputs, *given):
        asked.extend(inputs)
        return forward(network, inputs, *given)

    monkeypatch.setattr(OnnxNetwork, "forward", count)
    review = prepare_review(session, shipped_model, ReviewSettings())
    finish(review)
    # Once for its row; once more for the report, which shows the most doubtful ones.
    assert len(asked) == 2
    for number, (key, explanation) in enumerate(session.explanations.items()):
        row = review.job.rows[number]
        assert (row.sha256, row.predicted) == (key[2], explanation.predicted)
        assert row.score == pytest.approx(float(explanation.scores.max()), abs=1e-6)
