"""Rows and pictures against the explainer asked photo by photo."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import weakref
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.evidence.baselines import compute_baselines
from core.evidence.collect import FULL, VERDICT
from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.explain.render import render_pictures
from core.images.decode import read_file
from core.review import worker
from core.review.listing import ListedPhoto, list_photos
from core.review.result_row import cells
from core.review.worker import (
    CHUNK_SIZE,
    ReviewSettings,
    ReviewTask,
    picture_name,
    review_chunk,
    review_photos,
)
from tests.support.photo_files import twelve_bits
from tests.support.photo_folders import write_photo


@pytest.fixture(scope="module")
def listed(folder, shipped):
    return list_photos(folder, shipped.card.names).photos


def collect(photos, explainer, **options):
    saved = {}
    rows = list(
        review_photos(photos, ReviewTask(explainer, ReviewSettings(), saved.__setitem__, **options))
    )
    return rows, saved


def test_each_row_says_what_the_explainer_says_of_that_photo_alone(listed, shipped):
    rows, saved = collect(listed, shipped)
    assert [row.number for row in rows] == [photo.number for photo in listed]
    for photo, row in zip(listed, rows, strict=True):
        if row.error:
            assert photo.file in ("IR64/empty.jpg", "IR64/scan.jpg")
            assert (row.sha256, row.score, row.picture) == ("", None, "")
            continue
        (explained,) = shipped.explain([read_file(photo.path)])
        ordered = sorted(zip(explained.scores, explained.classes, strict=True), reverse=True)
        assert (row.file, row.true) == (photo.file, photo.true)
        assert (row.predicted, row.second) == (ordered[0][1], ordered[1][1])
        assert row.score == pytest.approx(ordered[0][0], abs=1e-5)
        assert row.second_score == pytest.approx(ordered[1][0], abs=1e-5)
        assert row.sha256 == hashlib.sha256(photo.path.read_bytes()).hexdigest()
        assert row.heat == pytest.approx(explained.map(row.predicted).max(), abs=1e-3)
        assert hashlib.sha256(saved[row.picture]).hexdigest() == row.picture_sha256
        assert len(saved[row.picture]) == row.picture_bytes
    assert len(saved) == len(rows) - 2
    assert {row.code for row in rows if row.error} == {"empty", "wrong_kind"}


def test_a_picture_is_the_overlay(listed, shipped):
    _, saved = collect(listed[:1], shipped)
    ((_, data),) = saved.items()
    photo = read_file(listed[0].path)
    (explained,) = shipped.explain([photo])
    expected = render_pictures(photo.rgb, explained, explained.predicted, 0.5).overlay
    drawn = np.asarray(Image.open(io.BytesIO(data)))
    assert drawn.shape == expected.shape
    assert np.abs(drawn.astype(int) - expected).mean() < 4  # JPEG


def test_a_large_photos_picture_is_small(tmp_path, shipped):
    write_photo(tmp_path / "large.jpg", 0, (600, 1500))
    (photo,) = list_photos(tmp_path, ()).photos
    _, saved = collect([photo], shipped)
    assert Image.open(io.BytesIO(next(iter(saved.values())))).size == (400, 160)


def test_a_row_says_by_which_depth_its_photo_was_read(tmp_path, shipped):
    twelve_bits(tmp_path / "a.tif")
    (photo,) = list_photos(tmp_path, ()).photos
    ((row,), _) = collect([photo], shipped)
    assert (row.assumed_bits, cells(row)["assumed_bits"]) == (12, 12)


def test_number_of_threads_and_where_it_was_begun_change_nothing(listed, shipped):
    alone = collect(listed, shipped, workers=1)
    assert collect(listed, shipped, workers=3) == alone
    rows, saved = collect(listed[CHUNK_SIZE:], shipped, workers=2)
    assert rows == alone[0][CHUNK_SIZE:]
    assert saved.items() <= alone[1].items()


def test_no_two_pictures_share_a_name_and_none_leaves_the_folder(listed):
    hostile = ["../../etc/passwd.jpg", "a/../../b.jpg", "CON.jpg", "..jpg", "x" * 300 + ".jpg"]
    photos = [
        *listed,
        *(ListedPhoto(1000 + n, listed[0].path, name) for n, name in enumerate(hostile)),
        ListedPhoto(2000, listed[0].path, "米" * 80 + ".jpg"),
    ]
    names = [picture_name(photo) for photo in photos]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        head, _, tail = name.partition("/")
        assert head == "pictures"
        assert "/" not in tail
        assert "\\" not in tail
        assert len(tail.encode()) <= 255


def test_who_stops_iterating_gets_no_more_photos(listed, shipped):
    saved = {}
    rows = review_photos(
        listed, ReviewTask(shipped, ReviewSettings(), saved.__setitem__, workers=1)
    )
    assert next(rows).number == 0
    rows.close()
    after = len(saved)
    assert after <= len(listed)
    assert next(rows, None) is None
    assert len(saved) == after


@pytest.mark.parametrize("evidence", ["", VERDICT])
def test_of_a_chunk_one_decoded_photo_is_kept_at_a_time(few, shipped, monkeypatch, evidence):
    decoded, alive = [], []

    def watched(path, **given):
        alive.append(sum(each() is not None for each in decoded))
        photo = read_file(path, **given)
        decoded.append(weakref.ref(photo.rgb))
        return photo

    monkeypatch.setattr(worker, "read_file", watched)
    photos = [ListedPhoto(number, few / "Ketan" / "rice.jpg", "rice.jpg") for number in range(5)]
    baselines = compute_baselines(shipped) if evidence else None
    settings = ReviewSettings(evidence=evidence)
    rows = review_chunk(photos, shipped, settings, baselines, lambda name, picture: None)
    assert len({row.picture_sha256 for row in rows}) == 1
    assert max(alive) <= 1


def test_a_row_with_evidence_comes_before_its_whole_chunk_is_asked(shipped, tmp_path, monkeypatch):
    for number in range(CHUNK_SIZE):
        write_photo(tmp_path / f"{number}.jpg", number)
    listed = list_photos(tmp_path, ()).photos
    leading = read_file(listed[0].path).sha256
    asked: list[str] = []
    arrived = Event()

    def answer(explainer, masked, *given):
        shown = [each.explanation.sha256 for each in masked]
        assert leading in shown or arrived.wait(60)
        asked.extend(shown)
        return shown

    rice = SimpleNamespace(mask=lambda: None, problem="")
    monkeypatch.setattr(worker, "find_rice", lambda rgb: rice)
    monkeypatch.setattr(worker, "mask_input", lambda *given: None)
    monkeypatch.setattr(worker, "collect_table_evidence", answer)
    monkeypatch.setattr(worker, "evidence_cells", lambda evidence: {"reason": evidence})
    task = ReviewTask(shipped, ReviewSettings(evidence=VERDICT), lambda name, picture: None, 2)
    rows = review_photos(listed, task, baselines=object())
    first = next(rows)
    assert first.file == "0.jpg"
    assert len(asked) < CHUNK_SIZE
    arrived.set()
    rest = list(rows)
    assert [row.file for row in rest] == [each.file for each in listed[1:]]
    assert all(row.evidence == {"reason": row.sha256} for row in [first, *rest])
    assert sorted(asked) == sorted(row.sha256 for row in [first, *rest])


@pytest.mark.parametrize(("evidence", "given_back"), [("", 0), (VERDICT, 2)])
def test_a_photo_is_fitted_once_and_memory_given_back_after_some(
    few, shipped, monkeypatch, evidence, given_back
):
    fitted, trimmed = [], []
    explainer = shipped.single_threaded()
    fit, rice = explainer.fit, SimpleNamespace(mask=lambda: None, problem="no_rice")
    monkeypatch.setattr(explainer, "fit", lambda photo: fitted.append(photo) or fit(photo))
    monkeypatch.setattr(worker, "trim_memory", trimmed.append)
    monkeypatch.setattr(worker, "find_rice", lambda rgb: rice)
    monkeypatch.setattr(worker, "mask_input", lambda *given: None)
    monkeypatch.setattr(worker, "collect_table_evidence", lambda _, masked, *given: masked)
    monkeypatch.setattr(worker, "evidence_cells", lambda evidence: {})
    photos = [ListedPhoto(number, few / "Ketan" / "rice.jpg", "rice.jpg") for number in range(17)]
    settings = ReviewSettings(evidence=evidence)
    review_chunk(photos, explainer, settings, object() if evidence else None, lambda *given: None)
    assert (len(fitted), len(trimmed)) == (17, given_back)


def test_the_evidence_is_that_of_explain(reviewed_with_evidence, explained_with_evidence):
    """Of which the full evidence was asked, so the badge is not to be compared."""
    with_badge = ("occlusion_agreement", "badge", "reason")
    explained = read(explained_with_evidence / "explanations.csv")
    rows = read(reviewed_with_evidence / "photos.csv")
    assert len(rows) == len(explained) == 3
    for row, other in zip(rows, explained, strict=True):
        assert row["sha256"] == other["sha256"]
        assert not any(row[name] for name in with_badge[:2])
        assert other["reason"].startswith(row["reason"])
        for name in EVIDENCE_COLUMNS:
            if name in with_badge:
                continue
            try:
                assert float(row[name]) == pytest.approx(float(other[name]), abs=1e-3), name
            except ValueError:
                assert row[name] == other[name], name


def test_threads_and_chunks_change_no_evidence_and_all_of_it_no_verdict(few, shipped, tmp_path):
    for number in range(6):
        shutil.copy(few / "Ketan" / "rice.jpg", tmp_path / f"{number}.jpg")
    (tmp_path / "1.jpg").write_bytes(b"%PDF-1.7 no photo")
    photos = list_photos(tmp_path, ()).photos
    baselines = compute_baselines(shipped)

    def evidence(level, workers):
        settings = ReviewSettings(evidence=level)
        task = ReviewTask(shipped, settings, lambda name, picture: None, workers)
        rows = list(review_photos(photos, task, baselines))
        single = shipped.single_threaded()
        assert rows == review_chunk(photos, single, settings, baselines, task.save)
        return [row.evidence for row in rows]

    quick, full = evidence(VERDICT, 2), evidence(FULL, 1)
    assert [bool(each) for each in quick] == [number != 1 for number in range(6)]
    same = set(EVIDENCE_COLUMNS) - {"occlusion_agreement", "badge", "reason"}
    for one, other in zip(quick, full, strict=True):
        assert {name: one.get(name) for name in same} == {name: other.get(name) for name in same}
    assert all(each["badge"] for each in full if each)


def read(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
