"""The command line as a whole: every command has its help, every error its sentence and code."""

from __future__ import annotations

import argparse

import pytest

from core.__main__ import COMMANDS, main
from core.cli import models
from core.errors import LensError


def test_every_command_has_its_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    listed = capsys.readouterr().out
    for command in COMMANDS:
        commands = argparse.ArgumentParser().add_subparsers()
        command.declare(commands)
        for name in commands.choices:
            assert name in listed
            with pytest.raises(SystemExit) as ended:
                main([name, "--help"])
            assert ended.value.code == 0
            assert f"python -m core {name}" in capsys.readouterr().out


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
