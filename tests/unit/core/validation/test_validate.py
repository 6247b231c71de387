"""Validation as a whole: what it calibrates and writes, from known answers and for real."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.__main__ import main
from core.evidence.verdict import THRESHOLDS_FILE, Thresholds, load_thresholds
from core.models.registry import find_model
from core.validation import shortcut_answers, validate
from core.validation.methods import METHOD_NAMES, MethodScores
from core.validation.shortcut_answers import ShortcutModelAnswers
from core.validation.shortcut_models import SHORTCUTS, expected_verdict
from core.validation.verdict_counts import EXACT, FOUND
from tests.support.known_answers import ANSWERS, BACKGROUND, BOTH, RICE


def answered(shortcut):
    """A model that does what it is known for, and one photo in five that is inconclusive."""
    wanted = expected_verdict(shortcut)
    known = [RICE if wanted == "rice" else BOTH if wanted == "both" else BACKGROUND] * 20
    rows = {name: [MethodScores(name, 0.2, 0.7, 0.1, 0.1, 0.3)] * 2 for name in METHOD_NAMES}
    return ShortcutModelAnswers(shortcut, known, {EXACT: known, FOUND: list(ANSWERS)}, rows)


@pytest.fixture
def report(monkeypatch, tmp_path):
    """Of known answers, and the folder that was written to."""
    sheets = []
    monkeypatch.setattr(validate, "planted_models", lambda models: SHORTCUTS)
    monkeypatch.setattr(
        validate, "ask_shortcut_model", lambda questions: answered(questions.shortcut)
    )
    monkeypatch.setattr(validate, "write_contact_sheet", lambda file, *_: sheets.append(file.name))
    found = validate.validate(tmp_path, tmp_path, tmp_path / "out", 20, 1, None, lambda x, _: x)
    assert sheets == ["samples.png"]
    return found, tmp_path / "out"


def test_models_that_do_what_they_are_known_for_miss_nothing(report):
    found, _ = report
    assert found.missed == []
    assert [(each.model, each.masks) for each in found.test[:4]] == [
        ("honest", EXACT), ("honest", FOUND), ("size", EXACT), ("size", FOUND),
    ]  # fmt: skip
    assert len(found.methods["grad-cam"]) == 2 * len(SHORTCUTS)
    kept = replace(
        found.thresholds,
        stays=load_thresholds().stays,
        falls=load_thresholds().falls,
        follows=load_thresholds().follows,
        provenance=load_thresholds().provenance,
    )
    assert kept == load_thresholds()
    assert 'or "condition" on validation photos: honest 0 of 20' in (found.thresholds.provenance)


def test_what_it_writes_holds_its_numbers(report):
    found, out = report
    assert Thresholds(**json.loads((out / "thresholds.json").read_text("utf-8"))) == (
        found.thresholds
    )
    data = json.loads((out / "trial.json").read_text("utf-8"))
    assert data["command"].startswith("python -m core validate")
    assert data["test"][8]["blamed"] == {
        "share": 1.0, "of": 20, "interval": list(found.test[8].blamed.interval),
    }  # fmt: skip
    assert data["test"][9]["blamed_of_conclusive"]["of"] == 4
    assert {"off_rice", "verdicts", "reasons", "masks", "photos"} <= set(data["test"][0])
    assert data["phones"] == []
    text = (out / "trial.md").read_text("utf-8")
    for line in ("| background | exact |", "## Thresholds", "grad-cam", found.command):
        assert line in text
    assert "Phone photos" not in text


def test_measures_of_a_costly_method_come_from_the_first_photos_of_each_model():
    models = [answered("honest"), answered("mark")]
    unmeasured = replace(answered("stamp"), methods={name: [] for name in ("cheap", "costly")})
    rows = {
        each.shortcut: [MethodScores(each.shortcut, n, 1, 0, 0, 0) for n in range(3)]
        for each in models
    }
    costly = {each.shortcut: rows[each.shortcut][:1] for each in models}
    merged = validate.merge_measurements(
        [
            replace(each, methods={"cheap": rows[each.shortcut], "costly": costly[each.shortcut]})
            for each in models
        ]
        + [unmeasured]
    )
    pairs = zip(merged["cheap"], merged["costly"], strict=False)
    assert all(one == other for one, other in pairs)
    assert len(merged["cheap"]) == 6
    assert len(merged["costly"]) == 2


def test_adopted_thresholds_are_the_projects_own(monkeypatch, tmp_path):
    file = tmp_path / "thresholds.json"
    monkeypatch.setattr("core.evidence.verdict.THRESHOLDS_FILE", file)
    project = load_thresholds()
    try:
        validate.adopt_thresholds(replace(project, stays=0.5))
        assert load_thresholds() == replace(project, stays=0.5)
    finally:
        file.unlink()
        monkeypatch.undo()
        load_thresholds.cache_clear()
    assert load_thresholds() == project


OF_EACH_KIND = ("honest", "size", "background", "tint", "half")
"""The honest one, an innocent one, two that cheat, and one that does so on half of the photos."""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The two models of the demonstration, the cheat in the place of every other."""
    folder = tmp_path_factory.mktemp("planted")
    for shortcut in OF_EACH_KIND:
        (folder / shortcut).symlink_to(find_model("demo-b" if shortcut == "honest" else "demo-a"))
    return folder


@pytest.mark.slow
def test_the_command_writes_the_same_tables_again(
    models, real_photos, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(shortcut_answers, "SCORE_CAM_PHOTOS", 0)
    monkeypatch.setattr(shortcut_answers, "METHOD_PHOTOS", 1)
    project = THRESHOLDS_FILE.read_bytes()
    command = ["validate", str(models), str(real_photos / "grains"), "--photos", "2", "--save"]

    code = main([*command, "--out", str(tmp_path / "first")])
    said = capsys.readouterr()
    # It goes by the ground's colour: where the ground tells nothing, it is not the cheat it is
    # taken for, and the floors are missed.
    assert code == 1
    assert "misses its floor" in said.err
    assert THRESHOLDS_FILE.read_bytes() == project
    assert "honest, exact masks: false alarm on" in said.out

    report = json.loads((tmp_path / "first" / "trial.json").read_text("utf-8"))
    assert [(each["model"], each["photos"]) for each in report["test"][::2]] == [
        (shortcut, 2) for shortcut in OF_EACH_KIND
    ]
    assert all(sum(each["verdicts"].values()) == 2 for each in report["test"])
    found = json.loads((tmp_path / "first" / "thresholds.json").read_text("utf-8"))
    assert Thresholds(**found).provenance.startswith(
        "stays, falls and follows: python -m core validate"
    )
    text = (tmp_path / "first" / "trial.md").read_text("utf-8")
    assert "| background | exact |" in text
    assert "grad-cam" in text
    assert (tmp_path / "first" / "samples.png").stat().st_size < 1_000_000

    # Interrupted after two of the models, and gone on with.
    (tmp_path / "second" / "answers").mkdir(parents=True)
    for file in (tmp_path / "first" / "answers").glob("*"):
        if file.name.startswith(("honest", "tint")):
            (tmp_path / "second" / "answers" / file.name).write_bytes(file.read_bytes())
    assert main([*command, "--out", str(tmp_path / "second")]) == 1
    for name in ("trial.md", "trial.json", "thresholds.json", "samples.png"):
        first, second = ((tmp_path / run / name).read_bytes() for run in ("first", "second"))
        assert first == second, name
