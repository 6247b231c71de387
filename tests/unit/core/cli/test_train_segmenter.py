"""`train-segmenter` on the command line: what is asked is passed on, what came out is printed."""

from __future__ import annotations

from pathlib import Path

from core.__main__ import main
from core.training.recipes.rice_segmenter import SegmenterPlan


def test_the_segmenter_is_trained(monkeypatch, tmp_path, capsys):
    calls = []

    def train(data, plan, out, progress, start):
        calls.append((data, plan, out, start))
        return {"measured": {"with_rice": 7, "median_overlap": 0.91, "overlap_enough": 0.8,
                             "without_rice": 3, "mistaken": 0.01}}  # fmt: skip

    monkeypatch.setattr("core.training.recipes.rice_segmenter.train_segmenter", train)
    out = tmp_path / "segmenter"
    asked = ["--held-out", "wood", "sheet", "--steps", "300", "--seed", "4", "--continue", "s.onnx"]
    assert main(["train-segmenter", str(tmp_path), "--out", str(out), *asked]) == 0
    plan = SegmenterPlan(300, seed=4, held_out=("sheet", "wood"))
    assert calls == [(tmp_path, plan, out, Path("s.onnx"))]
    printed = capsys.readouterr().out
    assert "91.0% median overlap" in printed
    assert "1.0% of 3 samples without rice" in printed


def test_missing_data_are_an_error(tmp_path, capsys):
    arguments = ["train-segmenter", str(tmp_path), "--out", str(tmp_path / "segmenter")]
    assert main(arguments) == 2
    assert "backgrounds is missing" in capsys.readouterr().err
