"""The recipe runs to the end, resumes after a stop, and varies nothing that matters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import TrainingError
from core.models.card import read_card
from core.models.registry import open_model
from core.training.grain_network import SIZE
from core.training.grain_samples import HELD_OUT_GROUNDS, VARIETIES
from core.training.recipes.grain_classifier import (
    GrainTrainingPlan,
    augment_cut_outs,
    train_grain_classifier,
)
from tests.support.drawn_cutouts import write_folder
from tests.support.tiny_training import build_tiny, interrupted_in

pytestmark = pytest.mark.tensorflow

WIDTHS = dict(zip(VARIETIES, (80, 30, 64, 44, 96), strict=True))
TINY = GrainTrainingPlan(photos=1, validation=1, test=1, epochs=2, batch=32, seed=3)


def build(classes):
    return build_tiny(classes, SIZE)


@pytest.mark.slow
def test_an_interrupted_training_resumes_and_ends_in_a_model_with_its_card(tmp_path):
    folder, out = write_folder(tmp_path / "data", widths=WIDTHS), tmp_path / "grains"
    with interrupted_in(epoch=2):
        train_grain_classifier(folder, TINY, out, build=build)
    with pytest.raises(TrainingError, match="other settings"):
        train_grain_classifier(folder, GrainTrainingPlan(seed=4), out, build=build)
    card = train_grain_classifier(folder, TINY, out, build=build)
    assert card.training["epochs"] == 2
    assert [each["photos"] for each in card.training["data"]] == [35, 1]
    assert replace(read_card(out / "card.json"), compiled_sha256="") == card
    assert card.names == VARIETIES
    assert card.split == {"by": "grain", "train": 35, "validation": 5, "test": 10}
    assert np.sum(card.measured["confusion"]) == 10
    assert card.grains["grounds"] == list(HELD_OUT_GROUNDS)
    assert card.calibration["photos"] == card.grains["grains"]
    assert sorted(file.name for file in out.iterdir()) == [
        "card.json",
        "compiled.onnx",
        "familiarity.npy",
        "model.keras",
    ]
    assert open_model(out).frozen.shape == (SIZE, SIZE, 3)


def test_what_is_varied_stays_a_grain_on_black():
    pixels = np.zeros((8, SIZE, SIZE, 3), np.uint8)
    pixels[:, 6:58, 22:42] = (222, 216, 200)
    varied = np.asarray(augment_cut_outs(pixels, (SIZE, SIZE), np.array([0, 1], np.int32)))
    assert varied.shape == pixels.shape
    assert (varied[:, :, :8] == 0).all()
    areas = (varied.max(axis=-1) > 60).sum(axis=(1, 2))
    assert (np.abs(areas / (52 * 20) - 1) < 0.2).all()
    assert len(set(areas.tolist())) > 1
    again = np.asarray(augment_cut_outs(pixels, (SIZE, SIZE), np.array([0, 1], np.int32)))
    assert (again == varied).all()
