"""`train-grains` from the command line: the seed is passed on, and both accuracies are printed."""

from __future__ import annotations

from core.__main__ import main
from core.models.card import Card, Input, class_names
from core.training.recipes.grain_classifier import GrainTrainingPlan


def test_the_model_of_single_grains_is_trained(monkeypatch, tmp_path, capsys):
    calls = []

    def train(folder, plan, out, progress):
        calls.append((folder, plan, out))
        return Card(
            class_names(["a", "b"]), Input(64, 64),
            measured={"accuracy": 0.99, "photos": 100}, grains={"accuracy": 0.9, "grains": 50},
        )  # fmt: skip

    monkeypatch.setattr("core.training.recipes.grain_classifier.train_grain_classifier", train)
    out = tmp_path / "model"
    assert main(["train-grains", str(tmp_path), "--out", str(out), "--seed", "4"]) == 0
    assert calls == [(tmp_path, GrainTrainingPlan(seed=4), out)]
    printed = capsys.readouterr().out
    assert "99.0% right on 100 unseen grains, 90.0% on 50" in printed


def test_missing_grains_are_an_error(tmp_path, capsys):
    assert main(["train-grains", str(tmp_path), "--out", str(tmp_path / "model")]) == 2
    assert "Arborio" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
