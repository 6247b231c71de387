"""`plant`: a model for each shortcut that is asked for, and what it goes by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.__main__ import main
from core.models.card import Card, Input, class_names
from core.validation.shortcut_models import SHORTCUTS, train


@pytest.mark.parametrize(
    ("option", "wanted"), [([], SHORTCUTS), (["--cue", "mark", "tint"], ("mark", "tint"))]
)
def test_each_model_is_trained_compiled_and_measured(option, wanted, monkeypatch, tmp_path, capsys):
    calls, compiled = [], []

    def trained(folder, shortcut, plan, out, progress):
        calls.append((folder, shortcut, plan, out))
        return Card(
            class_names(["a", "b"]), Input(64, 64),
            measured={"accuracy": 0.9, "photos": 300}, planted={"follows": 0.8, "stays": 0.7},
        )  # fmt: skip

    monkeypatch.setattr(train, "train_shortcut_model", trained)
    monkeypatch.setattr("core.cli.plant.compile_folder", compiled.append)
    assert main(["plant", "grains", "--out", str(tmp_path), "--seed", "3", *option]) == 0
    assert [(shortcut, plan, out) for _, shortcut, plan, out in calls] == [
        (name, replace(train.PLANS[name], seed=3), tmp_path / name) for name in wanted
    ]
    assert compiled == [tmp_path / name for name in wanted]
    last = capsys.readouterr().out.splitlines()[-1]
    assert "90.0% right on 300 unseen photos" in last
    assert "80.0%" in last
    assert "70.0%" in last
