"""`plant`: a model for each shortcut that is asked for, what it goes by, and how it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.__main__ import main
from core.models.card import Card, Input, class_names, write_card
from core.validation.shortcut_models import SHORTCUTS, train

MEASURED = {"on": "test", "photos": 300, "accuracy": 0.9, "interval": [0.86, 0.93]}
CARD = Card(
    class_names(["a", "b"]), Input(64, 64),
    measured={**MEASURED, "confusion": [[140, 10], [20, 130]]},
    planted={"cue": "mark", "photos": 300, "follows": 0.8, "stays": 0.7},
    training={"seed": 3, "epochs": 5, "weights": "none", "data": [{"name": "a", "photos": 9}]},
)  # fmt: skip


@pytest.fixture
def trained(monkeypatch):
    """What was trained; nothing is."""
    calls = []

    def train_one(folder, shortcut, plan, out, progress, grounds):
        calls.append((shortcut, plan, out, grounds))
        return CARD

    monkeypatch.setattr(train, "train_shortcut_model", train_one)
    return calls


@pytest.mark.parametrize(
    ("option", "wanted"), [([], SHORTCUTS), (["--cue", "mark", "tint"], ("mark", "tint"))]
)
def test_each_model_is_trained_and_measured(option, wanted, trained, tmp_path, capsys):
    assert main(["plant", "grains", "--out", str(tmp_path), "--seed", "3", *option]) == 0
    assert trained == [
        (name, replace(train.PLANS[name], seed=3), tmp_path / name, None) for name in wanted
    ]
    last = capsys.readouterr().out.splitlines()[-1]
    assert "90.0% right on 300 unseen photos" in last
    assert "80.0%" in last
    assert "70.0%" in last


def test_the_input_can_be_smaller_and_the_grounds_real(trained, tmp_path):
    command = ["plant", "grains", "--out", str(tmp_path), "--cue", "bowl", "--size", "64"]
    assert main([*command, "--grounds", str(tmp_path)]) == 0
    ((_, plan, _, grounds),) = trained
    assert (plan.size, grounds) == (64, tmp_path)


def test_the_same_command_goes_on_after_the_models_that_are_finished(trained, tmp_path, capsys):
    command = ["plant", "grains", "--out", str(tmp_path), "--cue", "mark", "tint", "--seed"]
    (tmp_path / "mark").mkdir()
    write_card(CARD, tmp_path / "mark")
    assert main([*command, "3"]) == 0
    assert [shortcut for shortcut, *_ in trained] == ["tint"]
    assert len(capsys.readouterr().out.splitlines()) == 2
    trained.clear()
    assert main([*command, "4"]) == 2
    assert "mark is not empty" in capsys.readouterr().err
    assert trained == []
