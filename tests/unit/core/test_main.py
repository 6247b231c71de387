"""The command line as a whole: every command has its help, every error its sentence and code."""

from __future__ import annotations

import argparse

import pytest

from core.__main__ import commands, main
from core.cli import models
from core.cli.validate import OLD_NAME
from core.errors import LensError
from tests.support.photo_folders import write_photo

WORK = {
    "explain": "core.review.explain_files.explain_files",
    "review": "core.review.pipeline.review",
    "grains": "core.grain_counting.output_files.write_grain_files",
    "models": "core.cli.models.list_models",
    "check": "core.cli.check.open_explainer",
    "compile": "core.cli.compile.compile_folder",
    "plant": "core.validation.shortcut_models.train.train_shortcut_model",
    "train-grains": "core.training.recipes.grain_classifier.train_grain_classifier",
    "validate": "core.validation.validate.validate",
    "samples": "core.synthetic.samples.write_samples",
    "train": "core.training.recipes.rice_classifier.train_rice_classifier",
}
"""What does each command's work, and is a stand-in here."""
WRITING = sorted(set(WORK) - {"models", "check", "compile"})


@pytest.fixture
def given(tmp_path):
    """The arguments of each command, which writes into `tmp_path / "out"`."""
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        write_photo(tmp_path / "photos" / name, len(name), (16, 16))
    photos, out = str(tmp_path / "photos"), ["--out", str(tmp_path / "out")]
    small = ["--model", "rice-64"]
    return {
        "explain": ["explain", photos, *small, *out],
        "review": ["review", photos, *small, *out],
        "grains": ["grains", photos, *out],
        "models": ["models"],
        "check": ["check", "rice-64"],
        "compile": ["compile", "rice-64"],
        "plant": ["plant", photos, *out],
        "train-grains": ["train-grains", photos, *out],
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


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        (LensError("any", "There is none. Name another."), "error: There is none. Name another."),
        (ModuleNotFoundError("no", name="tf2onnx"), "error: the package tf2onnx is not installed."),
    ],
)
def test_an_error_is_a_sentence_and_exit_code_2(raised, sentence, monkeypatch, capsys):
    def fails():
        raise raised

    monkeypatch.setattr(models, "list_models", fails)
    assert main(["models"]) == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_every_command_has_a_stand_in():
    listed = argparse.ArgumentParser().add_subparsers()
    for command in commands():
        command.add_parser(listed)
    assert set(listed.choices) - {OLD_NAME} == set(WORK)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (OSError(13, "Permission denied", "/its/name"), 2, "/its/name: Permission denied"),
        (MemoryError(), 2, "not enough memory"),
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


@pytest.mark.parametrize("way", ["a file", "in a file", "a name too long"])
@pytest.mark.parametrize("command", WRITING)
def test_an_out_that_cannot_be_made_is_refused_before_any_work(
    command, way, given, tmp_path, monkeypatch, capsys
):
    def work(*_, **__):
        pytest.fail("the work has begun")

    monkeypatch.setattr(WORK[command], work)
    (tmp_path / "file").write_bytes(b"somebody's")
    out = {"a file": "file", "in a file": "file/new", "a name too long": "x" * 300}[way]
    arguments = [*given[command][:-1], str(tmp_path / out)]
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert "cannot be written to" in message
    assert len(message.splitlines()) == 1
    assert (tmp_path / "file").read_bytes() == b"somebody's"


def test_an_interruption_says_how_to_go_on(given, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    sentences = {
        "explain": "what is finished is listed in",
        "grains": "what is finished is listed in",
        "review": "--resume goes on",
        "train": "goes on where it was",
        "train-grains": "goes on where it was",
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
