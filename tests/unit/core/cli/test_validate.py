"""`validate`: what it passes on, prints and saves; and its old name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.__main__ import main
from core.evidence.verdict import VERDICTS, load_thresholds
from core.validation import shortcut_counts, validate
from core.validation.methods import MethodScores
from core.validation.verdict_counts import EXACT, VerdictCounts

ARGUMENTS = ["models", "grains", "--out", "out", "--photos", "3"]


def counts(model, background, photos=20):
    told = dict.fromkeys(VERDICTS, 0) | {"background": background, "unclear": photos - background}
    return VerdictCounts(model, EXACT, photos, told, {}, 0, photos)


def report(detected):
    methods = {
        name: [MethodScores(name, error, 0.5, error, error, error)] * 2
        for name, error in (("grad-cam", 0.1), ("layer-cam", 0.2))
    }
    test = [counts("honest", 1, 40), counts("mark", detected)]
    thresholds = replace(load_thresholds(), stays=0.5)
    return validate.ValidationReport("again", thresholds, [], test, methods, [])


@pytest.fixture
def asked(monkeypatch):
    """What the validation was asked for, and the thresholds that were saved."""
    seen = {"found": report(18), "saved": []}

    def run(*arguments):
        seen["arguments"] = arguments[:6]
        return seen["found"]

    monkeypatch.setattr(validate, "validate", run)
    monkeypatch.setattr(validate, "adopt_thresholds", seen["saved"].append)
    return seen


def test_it_prints_how_often_shortcuts_are_detected(asked, capsys):
    assert main(["validate", *ARGUMENTS]) == 0
    assert asked["arguments"] == (Path("models"), Path("grains"), Path("out"), 3, 1, None)
    said = capsys.readouterr()
    first, second, sentence = said.out.splitlines()
    assert first.startswith("honest, exact masks: false alarm on 2.5 %")
    assert second.startswith("mark, exact masks: detected on 90.0 %")
    assert "methods compared" in sentence
    assert said.err == ""
    assert asked["saved"] == []


def test_thresholds_are_saved_only_if_all_floors_hold(asked, capsys):
    assert main(["validate", *ARGUMENTS, "--save"]) == 0
    assert [each.stays for each in asked["saved"]] == [0.5]
    asked["found"] = report(16)
    assert main(["validate", *ARGUMENTS, "--save"]) == 1
    assert len(asked["saved"]) == 1
    assert "mark misses its floor" in capsys.readouterr().err


def test_its_old_name_is_understood_and_says_the_new_one(asked, capsys):
    assert main(["evidence", *ARGUMENTS]) == 0
    said = capsys.readouterr()
    assert said.err == "The command evidence is now called validate.\n"
    assert asked["arguments"][3] == 3
    assert main(["validate", *ARGUMENTS]) == 0
    assert capsys.readouterr().out == said.out


def test_a_missing_model_is_named(tmp_path, capsys):
    assert main(["validate", str(tmp_path), str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "needs a model 'honest'" in capsys.readouterr().err


def test_a_cue_is_only_counted(monkeypatch, capsys):
    asked = []

    def count(*arguments):
        asked.append(arguments[:6])
        return [counts("mark", 18), counts("stamp", found)]

    monkeypatch.setattr(shortcut_counts, "count_shortcuts", count)
    found = 17
    assert main(["validate", *ARGUMENTS, "--cue", "mark", "stamp"]) == 0
    assert asked == [(Path("models"), Path("grains"), Path("out"), ["mark", "stamp"], 3, 1)]
    assert [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()] == [
        "mark, exact masks: detected on 90.0 %",
        "stamp, exact masks: detected on 85.0 %",
    ]
    found = 16
    assert main(["validate", *ARGUMENTS, "--cue", "mark", "stamp"]) == 1


@pytest.mark.parametrize("more", [["--save"], ["--piles", "piles"]])
def test_a_cue_that_is_counted_saves_nothing(more, capsys):
    assert main(["validate", *ARGUMENTS, "--cue", "mark", *more]) == 2
    assert "Leave out --save and --piles, or --cue." in capsys.readouterr().err
