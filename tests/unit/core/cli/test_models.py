"""`models` from the command line: every installed model in a line."""

from __future__ import annotations

import re

from core.__main__ import main
from core.cli import models
from core.models.card import Card, Input, class_names


def test_each_installed_model_has_a_line(capsys):
    assert main(["models"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    listed = {name: rest for name, *rest in lines}
    size, classes, accuracy = listed["rice-64"]
    assert (size, classes) == ("64 x 64", "Basmati, IR64, Ketan")
    assert re.fullmatch(r"\d+\.\d% right on \d+ unseen photos", accuracy)
    assert listed["grains-64"][-1].endswith(" unseen single grains")


def test_a_model_that_was_not_measured_says_so(monkeypatch, capsys):
    card = Card(class_names(["a", "b"]), Input(32, 48))
    monkeypatch.setattr(models, "list_models", lambda: {"mine": card})
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "mine\t32 x 48\ta, b\taccuracy not measured\n"
