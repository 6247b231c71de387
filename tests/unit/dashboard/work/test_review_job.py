"""Reviews in the background: photos written to a folder, results used again."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.evidence.collect import VERDICT, collect_evidence, collect_table_evidence
from core.models.onnx.onnx_network import OnnxNetwork
from core.review import worker
from core.review.worker import ReviewSettings, review_photos
from core.segmentation.rice_mask import find_rice
from dashboard.state.session import DEFAULT_REQUEST, Entry, MaskEdit, Session
from dashboard.work.evidence_runner import EvidenceKey, EvidenceRun
from dashboard.work.photo_previews import preview
from dashboard.work.review_job import Reviews, prepare_review, write_photos
from tests.conftest import ROOT
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


def test_a_verdict_that_the_page_has_is_not_computed_again(shipped_model, tmp_path, monkeypatch):
    session, loaded = Session(), shipped_model.load()
    files = sorted((ROOT / "assets" / "samples").glob("*.jpg"))[:4]
    session.add([Entry(file.name, file.read_bytes()) for file in files])
    edits = [MaskEdit(), MaskEdit(0.3), None, MaskEdit()]
    for entry, edit in zip(session.photos.values(), edits, strict=True):
        photo = preview(session, entry)
        (explanation,) = loaded.explainer.explain([photo])
        session.explanations[shipped_model.key, DEFAULT_REQUEST, entry.sha256] = explanation
        target, rice = explanation.predicted, find_rice(photo.rgb)
        given = photo, explanation, rice.mask(), target, loaded.baselines, rice.problem
        steps = collect_evidence(loaded.explainer, *given)
        step = next(each for each in steps if each.evidence.verdict)
        if entry.name == files[0].name:
            *_, step = steps
            assert step.evidence.badge
        key = EvidenceKey(shipped_model.key, entry.sha256, DEFAULT_REQUEST, target)
        run = EvidenceRun(edit, step) if edit else EvidenceRun(MaskEdit())
        session.results.get(("evidence", key), lambda run=run: run)
    computed = []

    def watched(explainer, some, *given):
        some = list(some)
        computed.extend(each.explanation.sha256 for each in some)
        return collect_table_evidence(explainer, some, *given)

    monkeypatch.setattr(worker, "collect_table_evidence", watched)
    review = prepare_review(session, shipped_model, ReviewSettings(evidence=VERDICT))
    finish(review)
    shas = [*session.photos]
    assert computed == shas[1:3]  # one rests on another mask, of one nothing is known yet
    other = Session()
    other.add(session.photos.values())
    without = prepare_review(other, shipped_model, ReviewSettings(evidence=VERDICT))
    finish(without)
    assert computed[2:] == shas
    for number, row in without.job.rows.items():
        assert row.evidence["p_without_background"] is not None
        assert review.job.rows[number].evidence == pytest.approx(row.evidence, abs=1e-5)
