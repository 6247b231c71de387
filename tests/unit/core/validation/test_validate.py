"""The whole trial on a few photos: what it writes, again, and once more after a stop."""

from __future__ import annotations

import json

import pytest

from core.__main__ import main
from core.evidence.verdict import THRESHOLDS_FILE, Thresholds
from core.models.registry import find_model
from core.validation import shortcut_answers
from core.validation.disk_cache import cached
from core.validation.shortcut_models import SHORTCUTS


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The two models of the demonstration, the cheat in the place of every cheat."""
    folder = tmp_path_factory.mktemp("planted")
    for shortcut in SHORTCUTS:
        (folder / shortcut).symlink_to(find_model("demo-b" if shortcut == "honest" else "demo-a"))
    return folder


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
        (shortcut, 2) for shortcut in SHORTCUTS
    ]
    assert all(sum(each["verdicts"].values()) == 2 for each in report["test"])
    found = json.loads((tmp_path / "first" / "thresholds.json").read_text("utf-8"))
    assert Thresholds(**found).provenance.startswith("stays and falls: python -m core validate")
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


def test_kept_results_are_made_once_and_again_for_anything_else(tmp_path):
    made = []

    def make():
        made.append(1)
        return [len(made)]

    file = tmp_path / "answers" / "some.json"
    assert [cached(file, {"seed": 1}, make) for _ in range(2)] == [[1], [1]]
    assert cached(file, {"seed": 2}, make) == [2]
    assert list(file.parent.iterdir()) == [file]
