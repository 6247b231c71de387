"""The command line as a whole: every command has its help, every error its sentence and code."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from core.__main__ import commands, main
from core.cli import shared
from core.cli.validate import OLD_NAME
from core.errors import LensError
from tests.conftest import ROOT
from tests.support.photo_folders import write_photo

WORK = {
    "explain": "core.review.explain_files.explain_files",
    "review": "core.review.pipeline.review",
    "grains": "core.grain_counting.output_files.write_grain_files",
    "models": "core.cli.models.list_models",
    "check": "core.cli.check.open_explainer",
    "audit": "core.training.dataset.audit_folder",
    "certify": "core.diagnosis.certify.certify",
    "compile": "core.cli.compile.compile_model",
    "plant": "core.validation.shortcut_models.train.train_shortcut_model",
    "train-grains": "core.training.recipes.grain_classifier.train_grain_classifier",
    "train-segmenter": "core.training.recipes.rice_segmenter.train_segmenter",
    "validate": "core.validation.validate.validate",
    "samples": "core.synthetic.samples.write_samples",
    "train": "core.training.recipes.rice_classifier.train_rice_classifier",
}
"""What does each command's work, and is a stand-in here."""
MEASURED = {"accuracy": 0.9, "photos": 9, "interval": (0.8, 1)}
WRITING = sorted(set(WORK) - {"models", "check", "audit", "compile"})


def stopped_while_loading():
    """What a key press becomes while a package's compiled part is being loaded."""
    error = ImportError("initialization failed")
    error.__cause__ = KeyboardInterrupt()
    return error


@pytest.fixture
def given(tmp_path):
    """The arguments of each command, which writes into `tmp_path / "out"`."""
    for name in ("IR64/1.png", "IR64/2.png", "Ketan/1.png", "Ketan/2.png"):
        write_photo(tmp_path / "photos" / name, len(name), (16, 16))
    photos, out = str(tmp_path / "photos"), ["--out", str(tmp_path / "out")]
    small = ["--model", "rice-64"]
    return {
        "explain": ["explain", photos, *small, *out],
        "review": ["review", photos, *small, *out],
        "grains": ["grains", photos, *out],
        "models": ["models"],
        "check": ["check", "rice-64"],
        "audit": ["audit", photos],
        "certify": ["certify", "rice-64", photos, *out],
        "compile": ["compile", "rice-64"],
        "plant": ["plant", photos, *out],
        "train-grains": ["train-grains", photos, *out],
        "train-segmenter": ["train-segmenter", photos, *out],
        "validate": ["validate", photos, photos, *out],
        "samples": ["samples", *out],
        "train": ["train", photos, *out],
    }


def test_every_command_has_its_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    listed = capsys.readouterr().out
    for command in commands():
        listed_here = argparse.ArgumentParser().add_subparsers()
        command.add_parser(listed_here)
        for name in listed_here.choices:
            assert name in listed
            with pytest.raises(SystemExit) as ended:
                main([name, "--help"])
            assert ended.value.code == 0
            usual = "validate" if name == OLD_NAME else name
            assert f"python -m core {usual}" in capsys.readouterr().out


def test_no_command_is_an_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_every_command_has_a_stand_in():
    listed = argparse.ArgumentParser().add_subparsers()
    for command in commands():
        command.add_parser(listed)
    assert set(listed.choices) - {OLD_NAME} == set(WORK)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (stopped_while_loading(), 130, "stopped"),
        (ModuleNotFoundError("no", name="tf2onnx"), 2, "error: the package tf2onnx is not"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (OSError(13, "Permission denied", "/its/name"), 2, "/its/name: Permission denied"),
        (MemoryError(), 2, "not enough memory"),
        (LensError("any", "There is none."), 2, "error: There is none."),
        (LensError("any", "There is none.", done=0), 2, "There is none."),
        (LensError("any", "Two are done.", done=2), 1, "Two are done."),
    ],
)
@pytest.mark.parametrize("command", list(WORK))
def test_what_stops_a_command_is_a_sentence_and_a_code(
    command, raised, code, said, given, monkeypatch, capsys
):
    def stop(*_, **__):
        raise raised

    monkeypatch.setattr(WORK[command], stop)
    assert main(given[command]) == code
    message = capsys.readouterr().err
    assert said in message
    assert len(message.splitlines()) == 1


def test_an_unexpected_error_is_2_and_shows_where_it_was(given, monkeypatch, capsys, caplog):
    def fail():
        raise ZeroDivisionError("no photos")

    monkeypatch.setattr(WORK["models"], fail)
    assert main(given["models"]) == 2
    assert capsys.readouterr().err.startswith("error: unexpected ZeroDivisionError (no photos)")
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("command", list(WORK))
def test_an_option_that_there_is_not_is_2(command, given, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*given[command], "--nonsense"])
    assert ended.value.code == 2
    assert "--nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["explain", "review", "grains", "check", "compile"])
def test_a_model_that_there_is_not_is_2(command, given, tmp_path, capsys):
    model = ["--model", "nowhere"] if command in WRITING else []
    arguments = [each if each != "rice-64" or model else "nowhere" for each in given[command]]
    assert main([*arguments, *model]) == 2
    assert "There is no model 'nowhere'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["explain", "review", "grains", "check", "train"])
def test_some_photos_that_cannot_be_read_are_1(command, given, tmp_path, monkeypatch, capsys):
    (tmp_path / "photos" / "Ketan" / "broken.jpg").write_bytes(b"no photo")
    if command == "train":
        monkeypatch.setattr(WORK["train"], lambda *_, **__: SimpleNamespace(measured=MEASURED))
    arguments = given[command] + [str(tmp_path / "photos")] * (command == "check")
    assert main(arguments) == 1
    assert ("left out: 1" if command == "review" else "broken.jpg: ") in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"no photo"], ids=["none", "none that can be read"])
@pytest.mark.parametrize(
    "command",
    [
        *("explain", "review", "grains", "check", "audit", "certify"),
        *("train", "train-grains", "train-segmenter", "plant"),
    ],
)
def test_no_photo_is_2(command, content, given, tmp_path, capsys):
    for folder in (tmp_path / "photos").iterdir():
        for photo in folder.iterdir():
            photo.write_bytes(content) if content else photo.unlink()
    arguments = given[command] + [str(tmp_path / "photos")] * (command == "check")
    assert main(arguments) == 2
    assert capsys.readouterr().err


@pytest.fixture
def hears_ctrl_c():
    """What a shell runs in the background ignores Ctrl+C, and so would what a test starts there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_ended_says_so(stop, hears_ctrl_c):
    """Not heard, it would end with 0, for its input is closed then."""
    work = "lambda options: (print('begun', flush=True), sys.stdin.read())"
    start = (
        f"import runpy, sys; from core.cli import models; models.run = {work}; "
        "sys.argv[1:] = ['models']; runpy.run_module('core', run_name='__main__')"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", start], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as running:
        assert running.stdout.readline() == "begun\n"
        running.send_signal(stop)
        assert running.communicate() == ("", "stopped\n")
    assert running.returncode == 130


@pytest.mark.parametrize("way", ["a file", "in a file", "a name too long", "a link to itself"])
@pytest.mark.parametrize("command", WRITING)
def test_an_out_that_cannot_be_made_is_refused_before_any_work(
    command, way, given, tmp_path, monkeypatch, capsys
):
    def work(*_, **__):
        pytest.fail("the work has begun")

    monkeypatch.setattr(WORK[command], work)
    (tmp_path / "file").write_bytes(b"somebody's")
    (tmp_path / "link").symlink_to("link")
    ways = {"a file": "file", "in a file": "file/new", "a link to itself": "link"}
    arguments = [*given[command][:-1], str(tmp_path / ways.get(way, "x" * 300))]
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert "cannot be written to" in message
    assert len(message.splitlines()) == 1
    assert (tmp_path / "file").read_bytes() == b"somebody's"


def test_a_folder_that_cannot_be_written_to_is_not_compiled_into(tmp_path, monkeypatch, capsys):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(WORK["compile"], lambda path: pytest.fail("the work has begun"))
    monkeypatch.setattr(shared.tempfile, "TemporaryFile", refuse)
    (tmp_path / "model.keras").write_bytes(b"a model's folder")
    assert main(["compile", str(tmp_path)]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(given, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    sentences = {
        "explain": "what is finished is listed in",
        "grains": "what is finished is listed in",
        "review": "--resume goes on",
        "train": "goes on where it was",
        "train-grains": "goes on where it was",
        "train-segmenter": "goes on where it was",
        "plant": "goes on where it was",
    }
    for command, sentence in sentences.items():
        monkeypatch.setattr(WORK[command], stop)
        assert main(given[command]) == 130
        assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("command", sorted(WRITING))
def test_an_empty_name_is_not_the_folder_one_is_in(command, given, capsys):
    photos, out = 1, -1
    for position in (out,) if command == "samples" else (photos, out):
        arguments = list(given[command])
        arguments[position] = ""
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert "the name is empty" in capsys.readouterr().err
