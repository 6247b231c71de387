"""`review` from the command line: exit codes, what it says, and where photos and work may lie."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile

import pytest

from core.__main__ import main
from core.errors import LensError
from core.models.registry import find_model
from core.review import pipeline, ray_engine
from core.review.journal import JOURNAL_FILE
from core.review.zip_stream import stream_zip
from tests.conftest import ROOT
from tests.support.full_disk import no_file_larger_than
from tests.support.photo_folders import contents, write_photo

MODEL = "rice-64"


@pytest.fixture
def folder(tmp_path):
    """A photo, an empty file and a link."""
    write_photo(tmp_path / "photos" / "Ketan" / "a.jpg", 0)
    (tmp_path / "photos" / "empty.jpg").write_bytes(b"")
    (tmp_path / "photos" / "link.jpg").symlink_to(tmp_path / "photos" / "empty.jpg")
    return tmp_path / "photos"


def review(folder, out, *options):
    return main(["review", str(folder), "--model", MODEL, "--out", str(out), *options])


def test_it_says_what_was_left_out(folder, tmp_path, capsys):
    assert review(folder, tmp_path / "export") == 1
    printed = capsys.readouterr()
    assert "left out: 1 (empty): empty.jpg\n" in printed.err
    assert "left out: 1 (links): link.jpg\n" in printed.err
    summary = json.loads((tmp_path / "export" / "summary.json").read_text("utf-8"))
    assert summary["sentence"]["en"] in printed.out
    assert review(folder, tmp_path / "export") == 2
    assert "--resume" in capsys.readouterr().err
    assert review(folder, tmp_path / "export", "--resume") == 1


def test_the_exit_code_is_0_for_all_and_2_for_nothing(tmp_path, capsys):
    write_photo(tmp_path / "good" / "a.jpg", 0)
    (tmp_path / "bad").mkdir()
    (tmp_path / "none").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"")
    names = ("good", "bad", "none", "nowhere")
    codes = [review(tmp_path / name, tmp_path / f"{name}!") for name in names]
    assert codes == [0, 2, 2, 2]
    assert (tmp_path / "bad!" / "report.html").is_file()
    assert not (tmp_path / "none!").exists()
    assert "no photos" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "level"),
    [
        (["PHOTOS"], ""),
        (["--evidence", "PHOTOS"], "verdict"),
        (["PHOTOS", "--evidence"], "verdict"),
        (["PHOTOS", "--evid"], "verdict"),
        (["--evidence", "full", "PHOTOS"], "full"),
        (["PHOTOS", "--evidence", "full"], "full"),
        (["PHOTOS", "--evidence=full"], "full"),
    ],
)
@pytest.mark.parametrize("command", ["review", "explain"])
def test_evidence_has_two_levels_and_takes_no_photo_for_one(
    folder, tmp_path, monkeypatch, command, options, level
):
    asked = []

    def work(photos, *given, **named):
        asked.extend(each.evidence for each in given if hasattr(each, "evidence"))
        raise LensError("stopped", "That is all.")

    monkeypatch.setattr("core.review.pipeline.review", work)
    monkeypatch.setattr("core.review.explain_files.explain_files", work)
    words = [str(folder) if each == "PHOTOS" else each for each in options]
    assert main([command, *words, "--model", MODEL, "--out", str(tmp_path / "out")]) == 2
    assert asked == [level]


def test_what_is_stopped_by_hand_is_finished_by_resume(folder, tmp_path, monkeypatch, capsys):
    def stopped(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "write_report", stopped)
        assert review(folder, tmp_path / "export") == 130
    assert "--resume" in capsys.readouterr().err
    assert (tmp_path / "export" / JOURNAL_FILE).is_file()
    assert review(folder, tmp_path / "export", "--resume", "--workers", "1") == 1
    assert review(folder, tmp_path / "whole") == 1
    assert contents(tmp_path / "export") == contents(tmp_path / "whole")


@pytest.mark.parametrize("size", [300, 2000], ids=["the journal", "the table"])
def test_what_a_full_disk_stopped_is_finished_by_resume(folder, tmp_path, capsys, size):
    with no_file_larger_than(size):
        assert review(folder, tmp_path / "export") == 2
    assert "File too large). Fix that and resume with --resume" in capsys.readouterr().err
    assert not (tmp_path / "export" / "manifest.json").exists()
    assert review(folder, tmp_path / "export", "--resume") == 1
    assert review(folder, tmp_path / "whole") == 1
    assert contents(tmp_path / "export") == contents(tmp_path / "whole")


def test_a_picture_that_goes_missing_is_named(folder, tmp_path, monkeypatch, capsys):
    def fails(file, *given):
        return (file.parent / "pictures" / "gone.jpg").read_bytes()

    monkeypatch.setattr(pipeline, "write_report", fails)
    assert review(folder, tmp_path / "export") == 2
    message = capsys.readouterr().err
    assert "cannot go on" in message
    assert f"{tmp_path / 'export' / 'pictures' / 'gone.jpg'}: No such file" in message


def test_names_in_another_encoding_are_written_out(folder, tmp_path):
    strange = (b"in-\xff", b"m-\xff", b"out-\xff")
    photos, model, out = (tmp_path / os.fsdecode(name) for name in strange)
    try:
        shutil.copytree(folder, photos)
    except OSError:
        pytest.skip("this system has no such names")
    shutil.copytree(find_model(MODEL), model)
    assert review(photos, out, "--model", str(model), "--zip") == 1
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["photos"]["folder"] == "in-\\udcff"
    with zipfile.ZipFile(tmp_path / os.fsdecode(b"out-\xff.zip")) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"out-\\udcff"}


def test_a_folder_that_leads_to_itself_is_none(tmp_path, capsys):
    (tmp_path / "loop").symlink_to("loop")
    assert review(tmp_path / "loop", tmp_path / "export") == 2
    assert "There is no folder" in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_gone_on_with(folder, tmp_path, capsys):
    for name in ("journal.jsonl", "manifest.json"):
        out = tmp_path / name
        out.mkdir()
        (out / name).write_text("somebody's own\n")
        assert review(folder, out, "--resume") == 2
        assert "Name a new folder" in capsys.readouterr().err
        assert contents(out) == {name: b"somebody's own\n"}


def test_an_address_in_a_store_is_a_folder_like_any_other(folder, tmp_path, capsys):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/photos/Ketan/a.jpg", (folder / "Ketan" / "a.jpg").read_bytes())
    try:
        assert review("memory://bucket/photos", tmp_path / "there") == 0
    finally:
        memory.rm("/bucket", recursive=True)
    (folder / "link.jpg").unlink()
    (folder / "empty.jpg").unlink()
    assert review(folder, tmp_path / "here") == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_an_address_that_no_package_opens_is_an_error(tmp_path, capsys):
    assert review("nope://bucket", tmp_path / "export") == 2
    assert "nope" in capsys.readouterr().err
    assert not (tmp_path / "export").exists()


def test_zip_packs_the_export_beside_its_folder(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg", 0)
    out, file = tmp_path / "export", tmp_path / "export.zip"
    assert review(tmp_path / "photos", out, "--zip") == 0
    assert file.read_bytes() == b"".join(stream_zip(out))
    assert review(tmp_path / "photos", out, "--zip", "--resume") == 0  # nothing is left to do
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "export.zip", "photos"]
    assert review(tmp_path / "photos", file, "--zip", "--resume") == 2  # is a file


def test_a_zip_that_is_there_already_is_refused_before_any_work(tmp_path, capsys):
    write_photo(tmp_path / "photos" / "a.jpg", 0)
    (tmp_path / "new.zip").write_bytes(b"somebody's")
    assert review(tmp_path / "photos", tmp_path / "new", "--zip") == 2
    assert "new.zip is there already" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_an_address_needs_the_engine(folder, tmp_path, capsys):
    assert review(folder, tmp_path / "export", "--address", "head:6379") == 2
    assert "--engine ray" in capsys.readouterr().err


def test_where_ray_is_not_installed_it_says_what_to_install(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert review(folder, tmp_path / "export", "--engine", "ray") == 2
    assert f"pip install -r {ray_engine.REQUIREMENTS}" in capsys.readouterr().err
    assert (ROOT / ray_engine.REQUIREMENTS).is_file()


def test_workers_are_at_least_one(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        review(folder, tmp_path / "export", "--workers", "0")
    assert "0 is less than 1" in capsys.readouterr().err
