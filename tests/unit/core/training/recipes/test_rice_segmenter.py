"""The recipe ends in a network's file, and in what it measured on the sources left out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import TrainingError
from core.training import fit_segmenter as fitting
from core.training.recipes import rice_segmenter
from core.training.recipes.rice_segmenter import (
    MEASURES_FILE,
    SEGMENTER_FILE,
    SegmenterPlan,
    measure_segmenter,
    train_segmenter,
)
from core.training.segmentation_samples import SIDE
from core.training.segmentation_stock import read_stock
from tests.support.segmenter_data import build_tiny_segmenter, write_data

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def test_a_network_is_trained_measured_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr(rice_segmenter, "build_segmenter", build_tiny_segmenter)
    monkeypatch.setattr(rice_segmenter, "load_lite0_weights", lambda: None)
    monkeypatch.setattr(fitting, "_STAGE", 2)
    data, out = write_data(tmp_path / "data"), tmp_path / "segmenter"
    plan = SegmenterPlan(steps=2, batch=2, held_out=("wood", "sheet"), test=6)
    written = train_segmenter(data, plan, out)
    assert sorted(each.name for each in out.iterdir()) == [MEASURES_FILE, SEGMENTER_FILE]
    assert json.loads((out / MEASURES_FILE).read_text("utf-8")) == json.loads(json.dumps(written))
    assert written["training"]["held_out"] == ("wood", "sheet")
    assert (written["training"]["grains"], written["training"]["masked"]) == (35, 1)
    assert written["measured"]["with_rice"] + written["measured"]["without_rice"] == 6
    with pytest.raises(TrainingError, match="not empty"):
        train_segmenter(data, plan, out)
    read = []
    monkeypatch.setattr(rice_segmenter, "read_segmenter", lambda *given: read.append(given))
    further = train_segmenter(data, plan, tmp_path / "further", start=out / SEGMENTER_FILE)
    assert len(further["training"]["start"]) == 64
    ((_, file, batch),) = read
    assert file == out / SEGMENTER_FILE
    assert batch(3).shape == (2, SIDE, SIDE, 3)


def test_halfway_what_is_measured_is_the_mean_with_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(rice_segmenter, "build_segmenter", build_tiny_segmenter)
    monkeypatch.setattr(fitting, "_STAGE", 2)
    read, averaged = [], []
    monkeypatch.setattr(rice_segmenter, "read_segmenter", lambda *given: read.append(given[1]))
    monkeypatch.setattr(rice_segmenter, "average_networks", lambda *given: averaged.append(given))
    data, start = write_data(tmp_path / "data"), tmp_path / "start.onnx"
    start.write_bytes(b"a network")
    plan = SegmenterPlan(steps=2, batch=2, held_out=("wood", "sheet"), test=2, halfway=True)
    train_segmenter(data, plan, tmp_path / "out", start=start)
    ((first, made, mean),) = averaged
    assert (first, mean) == (start, made)
    assert read == [start, mean]
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        MEASURES_FILE,
        SEGMENTER_FILE,
    ]


def test_who_calls_all_rice_is_right_on_rice_alone(tmp_path):
    _, left_out = read_stock(write_data(tmp_path / "data"), ["wood"])

    def all_rice(photos, training):
        return np.ones((1, photos.shape[1] // 2, photos.shape[2] // 2, 3))

    measured = measure_segmenter(all_rice, left_out, 8)
    assert measured["mistaken"] == 1
    assert 0 < measured["median_overlap"] < 1
    assert 0 <= measured["overlap_enough"] <= 1
