"""An export on disk: complete, the same bytes each time, whole after a kill at any moment."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import LensError
from core.review.journal import JOURNAL_FILE
from core.review.pipeline import FILES
from core.review.worker import CHUNK_SIZE, ReviewSettings
from tests.unit.core.review.conftest import MODEL, contents, write_photo

ROOT = Path(__file__).resolve().parents[4]


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


@pytest.mark.parametrize(
    ("place", "call", "when"),
    [
        ("journal.append", 1, "before"),
        ("journal.append", CHUNK_SIZE, "after"),
        ("journal.append", CHUNK_SIZE + 5, "half"),
        ("photos.picture_name", 50, "before"),
        ("export.write_parquet", 1, "after"),
        ("export.write_report", 1, "before"),
        ("export.write_manifest", 1, "before"),
        ("export.write_manifest", 1, "after"),
    ],
)
def test_killed_anywhere_it_goes_on_to_the_same_bytes(
    place, call, when, folder, reviewed, again, tmp_path
):
    out = tmp_path / "export"
    command = [
        sys.executable,
        "-m",
        "tests.support.killed_review",
        str(folder),
        str(out),
        place,
        str(call),
    ]
    died = subprocess.run([*command, when], cwd=ROOT, capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (out / JOURNAL_FILE).is_file()
    again(out, resume=True)
    assert contents(out) == contents(reviewed)


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
        journal, end = out / JOURNAL_FILE, time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            lines = journal.read_bytes().count(b"\n") if journal.is_file() else 0
            if lines > seen[-1] + CHUNK_SIZE:
                break
            time.sleep(0.002)
        process.kill()
        process.wait()
        assert journal.read_bytes().count(b"\n") >= seen[-1]
        seen.append(journal.read_bytes().count(b"\n"))
    assert seen[-1] < 12 * CHUNK_SIZE, "it was done before it was killed often enough"
    assert main([*base, str(out), "--resume"]) == 0
    assert main([*base, str(tmp_path / "at once")]) == 0
    assert contents(out) == contents(tmp_path / "at once")


def test_what_a_process_happens_to_have_loaded_makes_no_difference(copied, again):
    import tensorflow  # noqa: F401

    assert again(copied, resume=True)["photos"] == 72


@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_picture_that_is_not_as_it_was_written_is_drawn_again(
    harm, folder, reviewed, again, tmp_path
):
    out = tmp_path / "export"
    command = [sys.executable, "-m", "tests.support.killed_review", str(folder), str(out)]
    subprocess.run([*command, "export.write_manifest", "1", "before"], cwd=ROOT, check=False)
    picture = sorted((out / "pictures").iterdir())[40]
    picture.unlink() if harm == "lost" else picture.write_bytes(picture.read_bytes()[:100])
    again(out, resume=True)
    assert contents(out) == contents(reviewed)


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
    with pytest.raises(LensError, match="lies inside"):
        again(folder / "export")
    assert not (folder / "export").exists()


def test_the_command_line_tells_what_was_left_out(folder, tmp_path, capsys):
    arguments = ["--model", MODEL, "--out", str(tmp_path / "export")]
    assert main(["review", str(folder), *arguments]) == 1
    told = capsys.readouterr()
    assert "left out: 1 (empty)" in told.err
    assert "left out: 1 (links)" in told.err
    summary = json.loads((tmp_path / "export" / "summary.json").read_text("utf-8"))
    assert summary["sentence"]["en"] in told.out
    assert main(["review", str(folder), *arguments]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main(["review", str(folder), *arguments, "--resume"]) == 1


def test_the_exit_code_is_0_for_all_and_2_for_nothing(tmp_path, capsys):
    write_photo(tmp_path / "good" / "a.jpg", 0)
    (tmp_path / "bad").mkdir()
    (tmp_path / "none").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"")
    codes = [
        main(
            ["review", str(tmp_path / name), "--model", MODEL, "--out", str(tmp_path / f"{name}!")]
        )
        for name in ("good", "bad", "none", "nowhere")
    ]
    assert codes == [0, 2, 2, 2]
    assert (tmp_path / "bad!" / "report.html").is_file()
    assert not (tmp_path / "none!").exists()
    assert "no photos" in capsys.readouterr().err
