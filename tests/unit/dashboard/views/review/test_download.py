"""The download of a review."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from core.explain.open_explainer import model_digest
from core.review.pipeline import review
from core.review.review_notes import Note
from core.review.worker import ReviewSettings
from dashboard.state.session import Session
from dashboard.views.review import download
from dashboard.work.review_job import prepare_review
from tests.support.photo_folders import contents
from tests.support.reviewed_photos import finish, photos


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_the_page_takes_away_the_bytes_that_the_command_line_writes(shipped_model, tmp_path):
    session = Session()
    session.add(photos(tmp_path / "photos", ["Ketan/a.jpg", "Basmati/b.png", "c.jpg"]))
    here = prepare_review(session, shipped_model, ReviewSettings())
    finish(here)
    explainer, path = shipped_model.load().explainer, Path(shipped_model.key)
    out = tmp_path / "export"
    review(tmp_path / "photos", explainer, model_digest(path), ReviewSettings(), out)
    there = contents(out)
    assert unpacked(download.pack(here, {})) == there
    assert len(there) == 3 + 5


def test_what_is_done_of_a_stopped_review_can_be_taken_away(shipped_model, tmp_path):
    session = Session()
    session.add(photos(tmp_path, [f"{number:02}.jpg" for number in range(12)]))
    stopped = prepare_review(session, shipped_model, ReviewSettings())
    finish(stopped)
    whole = unpacked(download.pack(stopped, {}))
    stopped.job.finished = False  # as if it had been stopped after the first four
    stopped.job.rows = {number: stopped.job.rows[number] for number in range(4)}
    note = {stopped.job.rows[3].sha256: Note("retake", "dark")}
    part = unpacked(download.pack(stopped, note))
    table = part["photos.csv"].decode("utf-8-sig").splitlines()
    assert table == whole["photos.csv"].decode("utf-8-sig").splitlines()[:5]
    assert sum(name.startswith("pictures/") for name in part) == 4
    assert part["pictures/000004-03.jpg"] == whole["pictures/000004-03.jpg"]
    assert "03.jpg" in part["notes.csv"].decode()
    finish(stopped)
    again = unpacked(download.pack(stopped, {}))
    assert again["photos.csv"] == whole["photos.csv"]
