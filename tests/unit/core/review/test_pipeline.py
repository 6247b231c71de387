"""An export on disk: complete, the same bytes each time, whole after a kill at any moment."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from types import ModuleType

import pytest

from core.__main__ import main
from core.errors import LensError
from core.evidence.collect import FULL, VERDICT
from core.evidence.verdict import VERDICTS, load_thresholds
from core.explain.open_explainer import model_digest
from core.models.registry import find_model
from core.review import journal, pipeline
from core.review.journal import JOURNAL_FILE
from core.review.manifest import package_versions
from core.review.pipeline import FILES, review
from core.review.result_row import ResultRow
from core.review.worker import CHUNK_SIZE, ReviewSettings
from core.review.zip_stream import stream_zip
from core.texts import translate
from tests.conftest import ROOT
from tests.support.photo_folders import contents, write_photo
from tests.unit.core.review.conftest import MODEL


def test_the_manifest_has_the_hash_of_every_file_and_where_it_came_from(reviewed):
    files = contents(reviewed)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    assert set(files) - set(FILES) == {name for name in files if name.startswith("pictures/")}
    assert len(files) == len(FILES) + 70
    assert manifest["model"]["name"] == MODEL
    assert len(manifest["model"]["sha256"]) == 64
    assert manifest["parameters"]["question"]["layers"] == ["top_activation"]
    assert manifest["photos"]["count"] == 72
    assert manifest["versions"]["numpy"]


def test_the_same_photos_give_the_same_bytes_whatever_the_threads(reviewed, again, tmp_path):
    again(tmp_path / "export", workers=1)
    assert contents(tmp_path / "export") == contents(reviewed)


def test_each_row_is_handed_on_once_it_is_in_the_journal(few, shipped, tmp_path):
    out, found = tmp_path / "export", []

    def on_row(row):
        # The last row ends the chunk, so it is on disk.
        lines = (out / JOURNAL_FILE).read_bytes().count(b"\n") - 1
        found.append((row.file, lines))

    review(few, shipped, model_digest(find_model(MODEL)), ReviewSettings(), out, on_row=on_row)
    assert [file for file, _ in found] == ["blank.png", "Ketan/rice.jpg", "none.jpg"]
    assert found[-1][1] == 3


class _StoppedError(Exception):
    pass


def stop_at(monkeypatch, module, name, call=1):
    """Make a call of a function of a module end the review, as a kill would."""
    function, calls = getattr(module, name), iter(range(1, call + 1))

    def stops(*given, **named):
        if next(calls) == call:
            raise _StoppedError
        return function(*given, **named)

    monkeypatch.setattr(module, name, stops)


@pytest.fixture(scope="module")
def stopped(again, tmp_path_factory):
    """A review that ended just before its manifest, to be copied."""
    out = tmp_path_factory.mktemp("stopped") / "export"
    with pytest.MonkeyPatch.context() as patched:
        stop_at(patched, pipeline, "write_manifest")
        with pytest.raises(_StoppedError):
            again(out)
    return out


def test_stopped_within_a_chunk_it_goes_on_to_the_same_bytes(
    reviewed, again, tmp_path, monkeypatch
):
    out = tmp_path / "export"
    with monkeypatch.context() as patched:
        stop_at(patched, journal, "append", CHUNK_SIZE + 5)
        with pytest.raises(_StoppedError):
            again(out)
    with (out / JOURNAL_FILE).open("ab") as file:
        file.write(b'{"number": 36, "file": "half')
    again(out, resume=True)
    assert contents(out) == contents(reviewed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "call", "when"),
    [
        ("journal.append", 1, "before"),
        ("journal.append", CHUNK_SIZE, "after"),
        ("journal.append", CHUNK_SIZE + 5, "half"),
        ("worker.picture_name", 50, "before"),
        ("pipeline.write_parquet", 1, "after"),
        ("pipeline.write_report", 1, "before"),
        ("pipeline.write_manifest", 1, "before"),
        ("pipeline.write_manifest", 1, "after"),
    ],
)
def test_killed_anywhere_it_goes_on_to_the_same_bytes(
    place, call, when, folder, reviewed, again, tmp_path
):
    out = tmp_path / "export"
    command = [sys.executable, "-m", "tests.support.killed_review", str(folder), str(out)]
    died = subprocess.run(
        [*command, place, str(call), when], cwd=ROOT, capture_output=True, text=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (out / JOURNAL_FILE).is_file()
    again(out, resume=True)
    assert contents(out) == contents(reviewed)


@pytest.mark.slow
def test_killed_again_and_again_from_outside_nothing_is_lost_and_nothing_done_twice(tmp_path):
    photos = tmp_path / "photos"
    for number in range(12 * CHUNK_SIZE):
        write_photo(photos / ("Basmati", "Ketan")[number % 2] / f"{number}.jpg", number % 9)
    out = tmp_path / "export"
    base = ["review", str(photos), "--model", MODEL, "--workers", "1", "--out"]
    command = [sys.executable, "-m", "core", *base, str(out), "--resume"]
    seen = [0]
    while len(seen) < 4:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        journal_file, end = out / JOURNAL_FILE, time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            lines = journal_file.read_bytes().count(b"\n") if journal_file.is_file() else 0
            if lines > seen[-1] + CHUNK_SIZE:
                break
            time.sleep(0.002)
        process.kill()
        process.wait()
        assert journal_file.read_bytes().count(b"\n") >= seen[-1]
        seen.append(journal_file.read_bytes().count(b"\n"))
    assert seen[-1] < 12 * CHUNK_SIZE, "it was done before it was killed often enough"
    assert main([*base, str(out), "--resume"]) == 0
    assert main([*base, str(tmp_path / "at once")]) == 0
    assert contents(out) == contents(tmp_path / "at once")


def test_what_a_process_happens_to_have_loaded_makes_no_difference(copied, again, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    assert again(copied, resume=True)["photos"] == 72


@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_picture_that_is_not_as_it_was_written_is_drawn_again(
    harm, stopped, reviewed, again, tmp_path
):
    out = shutil.copytree(stopped, tmp_path / "export")
    picture = sorted((out / "pictures").iterdir())[40]
    picture.unlink() if harm == "lost" else picture.write_bytes(picture.read_bytes()[:100])
    again(out, resume=True)
    assert contents(out) == contents(reviewed)


def test_what_a_file_manager_put_among_the_pictures_is_left_alone(
    stopped, reviewed, again, tmp_path
):
    out = shutil.copytree(stopped, tmp_path / "export")
    (out / "pictures" / ".DS_Store").write_bytes(b"somebody's")
    (out / "pictures" / "000099-late.jpg").write_bytes(b"of no photo in the journal")
    again(out, resume=True)
    assert contents(out) == contents(reviewed) | {"pictures/.DS_Store": b"somebody's"}


@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_finished_review_without_its_summary_is_said(harm, copied, again):
    summary = copied / "summary.json"
    summary.unlink() if harm == "lost" else summary.write_bytes(b"{")
    with pytest.raises(LensError, match=r"no summary\.json any more"):
        again(copied, resume=True)


def test_what_is_finished_stays_as_it_is(copied, again):
    before = contents(copied)
    with pytest.raises(LensError, match="not empty"):
        again(copied)
    assert again(copied, resume=True)["photos"] == 72
    assert contents(copied) == before


def test_what_was_begun_otherwise_is_not_gone_on_with(copied, again):
    with pytest.raises(LensError, match="parameters"):
        again(copied, resume=True, settings=ReviewSettings(blend=0.2))
    (copied / "manifest.json").rename(copied / "elsewhere.json")
    with pytest.raises(LensError, match="something else"):
        again(copied, resume=True)


def test_two_processes_do_not_write_into_one_export(again, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "export").mkdir()
    with (tmp_path / "export" / JOURNAL_FILE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LensError, match="Another process"):
            again(tmp_path / "export", resume=True)


def test_an_export_among_the_photos_is_refused(folder, again):
    with pytest.raises(LensError, match="lies in the folder of photos"):
        again(folder / "export")
    assert not (folder / "export").exists()


def test_evidence_is_counted_by_verdict_in_every_file(reviewed_with_evidence):
    with (reviewed_with_evidence / "photos.csv").open(encoding="utf-8", newline="") as file:
        verdicts = [row["verdict"] for row in csv.DictReader(file) if not row["error"]]
    assert "unclear" in verdicts  # a blank photo
    summary = json.loads((reviewed_with_evidence / "summary.json").read_text("utf-8"))
    assert summary["verdicts"] == {name: verdicts.count(name) for name in VERDICTS}
    sentence = translate("short.rice", count=verdicts.count("rice"), photos=2)
    assert summary["sentence"]["en"].startswith(sentence.en)
    report = (reviewed_with_evidence / "report.html").read_text("utf-8")
    assert translate("counts.verdicts").ja in report
    manifest = json.loads((reviewed_with_evidence / "manifest.json").read_text("utf-8"))
    assert "thresholds" in manifest["parameters"]


# An export as the first version wrote it. Keys and names in it are never renamed.
EARLIER_HEAD = {
    "model": {
        "name": "rice-64",
        "sha256": "",  # put in by the tests
        "input": {
            **{"height": 64, "width": 64, "values": "imagenet", "geometry": "squash"},
            **{"channels": 3, "order": "rgb"},
        },
    },
    "parameters": {
        "question": {
            **{"method": "grad-cam", "score": "logit", "layers": ["top_activation"]},
            **{"versus": None, "against": False, "finer": 1},
        },
        **{"blend": 0.5, "colors": "viridis", "evidence": False, "picture_pixels": 400},
    },
    "versions": {},  # put in by the tests
    "photos": {
        "folder": "photos",
        "count": 3,
        "names_sha256": "09c30401e198947d65a6b19e7f5c7a59e43852475a43ecaba22a1e72769d99a6",
    },
}
EARLIER_ROW = {
    **{"number": 0, "file": "Ketan/0.jpg", "true": "Ketan", "sha256": "79a2", "predicted": "IR64"},
    **{"score": 0.999965, "second": "Ketan", "second_score": 3.5e-05, "model": "rice-64"},
    **{"layer": "top_activation", "grid": "2x2", "heat": 3.6194045543670654},
    **{"picture": "pictures/000001-0.jpg", "picture_sha256": "", "picture_bytes": 9},
    **{"code": "", "error": "", "evidence": {}},
}
EARLIER_COLUMNS = (
    *("file", "sha256", "predicted", "score", "target", "model", "layer", "grid", "error"),
    *("true", "second", "second_score", "doubt", "picture"),
)
ADDED_COLUMNS = ("assumed_bits", "explains", "method", "map", "familiar", "familiarity")


@pytest.fixture
def earlier(shipped, tmp_path):
    """Photos, and an export of them that the first version had begun and all but finished."""
    model = {**EARLIER_HEAD["model"], "sha256": model_digest(find_model(MODEL))}
    head = {**EARLIER_HEAD, "model": model, "versions": package_versions(shipped)}
    lines = [head]
    (tmp_path / "export" / "pictures").mkdir(parents=True)
    for number in range(3):
        write_photo(tmp_path / "photos" / "Ketan" / f"{number}.jpg", number)
        name, picture = f"pictures/{number + 1:06d}-{number}.jpg", b"picture %d" % number
        (tmp_path / "export" / name).write_bytes(picture)
        digest = hashlib.sha256(picture).hexdigest()
        named = {"number": number, "file": f"Ketan/{number}.jpg"}
        lines.append(EARLIER_ROW | named | {"picture": name, "picture_sha256": digest})
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (tmp_path / "export" / JOURNAL_FILE).write_text(text, "utf-8")
    return tmp_path / "photos", tmp_path / "export", head


def test_an_export_that_an_earlier_version_began_is_finished(earlier, shipped):
    photos, out, head = earlier
    asked = []

    def engine(photos, task):
        asked.extend(photos)
        return iter(())

    model = head["model"]["sha256"]
    summary = review(photos, shipped, model, ReviewSettings(), out, resume=True, engine=engine)
    assert asked == []  # all photos were done
    assert summary["predicted"] == {"Basmati": 0, "IR64": 3, "Ketan": 0}
    assert (out / "pictures" / "000002-1.jpg").read_bytes() == b"picture 1"
    header, *rows = (out / "photos.csv").read_text("utf-8").splitlines()
    names = header.split(",")
    assert [name for name in names if name not in ADDED_COLUMNS] == list(EARLIER_COLUMNS)
    assert {*names} == {*EARLIER_COLUMNS, *ADDED_COLUMNS}
    written = (out / "manifest.json").read_text("utf-8")  # as it began
    assert "familiarity_sha256" not in written
    assert "temperature" not in written
    assert rows[0].startswith("Ketan/0.jpg,79a2,IR64,0.999965,IR64,rice-64,top_activation,2x2,,")
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    files = manifest.pop("files")
    assert manifest == {"format": 1, **head}
    assert {*FILES} == {"photos.csv", "photos.parquet", "report.html", "summary.json"}
    assert files.keys() == {*FILES, *(f"pictures/{n + 1:06d}-{n}.jpg" for n in range(3))}


def test_all_evidence_that_an_earlier_version_began_with_is_gone_on_with(earlier, shipped):
    """When `--evidence` had no levels, it was all of it."""
    photos, out, head = earlier
    rules = {"evidence": True, "thresholds": asdict(load_thresholds())}
    head = {**head, "parameters": {**head["parameters"], **rules}}
    _, *lines = (out / JOURNAL_FILE).read_text("utf-8").splitlines(keepends=True)
    (out / JOURNAL_FILE).write_text("".join([json.dumps(head) + "\n", *lines[:2]]), "utf-8")
    asked = []

    def engine(photos, task):
        asked.append(task.settings.evidence)
        return iter([ResultRow(photo.number, photo.file, code="empty") for photo in photos])

    given = photos, shipped, head["model"]["sha256"]
    quick = ReviewSettings(evidence=VERDICT)
    review(*given, quick, out, resume=True, engine=engine)
    assert asked == [FULL]
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["parameters"] == head["parameters"]
    review(*given, quick, out, resume=True, engine=engine)  # finished, it is as it was
    with pytest.raises(LensError, match="parameters"):
        review(*given, ReviewSettings(), out, resume=True, engine=engine)


def test_an_export_that_an_earlier_version_finished_is_read(earlier, shipped):
    photos, out, head = earlier
    (out / JOURNAL_FILE).unlink()
    (out / "summary.json").write_text('{"photos": 3}')
    files = {"summary.json": {"bytes": 13, "sha256": "00"}}
    (out / "manifest.json").write_text(json.dumps({"format": 1, **head, "files": files}))
    before = contents(out)
    model = head["model"]["sha256"]
    summary = review(photos, shipped, model, ReviewSettings(), out, resume=True)
    assert summary == {"photos": 3}
    assert contents(out) == before
    assert b"".join(stream_zip(out)).startswith(b"PK")
