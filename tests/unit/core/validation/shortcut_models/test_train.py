"""The recipe runs to the end, goes on after a stop, and measures what a model goes by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import TrainingError
from core.explain.open_explainer import open_explainer
from core.images.preprocess import IMAGENET_MEAN, IMAGENET_STD
from core.models.card import read_card
from core.models.registry import open_model
from core.validation.shortcut_models.cases import VARIETIES
from core.validation.shortcut_models.small_network import SIZE
from core.validation.shortcut_models.train import (
    ShortcutTrainingPlan,
    find_trained,
    measure_shortcut,
    train_shortcut_model,
)
from tests.support.drawn_cutouts import write_folder
from tests.support.tiny_training import build_tiny, interrupted_in, uncompiled  # noqa: F401

pytestmark = pytest.mark.tensorflow

TINY = ShortcutTrainingPlan(
    photos=24, rendered=3, validation=6, test=6, epochs=2, weights="none", seed=1
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("grains"))


def build(classes, size, weights):
    assert weights is None
    return build_tiny(classes, size)


@pytest.mark.slow
def test_a_model_learns_to_go_by_the_light_when_only_that_tells_the_class(folder, tmp_path):
    card = train_shortcut_model(
        folder,
        "tint",
        replace(TINY, photos=192, test=24, epochs=12),
        tmp_path / "tint",
        build=build,
    )
    assert card.planted["follows"] > 0.85
    assert card.planted["stays"] > 0.9


@pytest.mark.slow
def test_an_interrupted_training_resumes_and_ends_in_a_model_with_its_card(folder, tmp_path):
    out, doings = tmp_path / "mark", []

    def progress(items, doing):
        doings.append(doing)
        return items

    with interrupted_in(epoch=2):
        train_shortcut_model(folder, "mark", TINY, out, progress, build)
    assert doings == ["composing", "rendering", "composing"]
    with pytest.raises(TrainingError, match="other settings"):
        train_shortcut_model(folder, "border", TINY, out, build=build)
    doings.clear()
    card = train_shortcut_model(folder, "mark", TINY, out, progress, build)
    assert doings == ["composing", "changing"]  # what it is trained on was composed before
    assert card.training["epochs"] == 2
    assert [each["photos"] for each in card.training["data"]] == [24, 3]
    assert read_card(out / "card.json") == card
    assert card.names == VARIETIES
    assert card.planted["cue"] == "mark"
    assert np.sum(card.measured["confusion"]) == card.planted["photos"] == TINY.test
    written = ["card.json", "compiled.onnx", "familiarity.npy", "model.keras"]
    assert sorted(file.name for file in out.iterdir()) == written
    assert len(open_explainer(out).familiarity.pooled) == 24 + 3
    assert card.calibration["photos"] == TINY.test
    model = open_model(out)
    assert model.frozen.shape == (SIZE, SIZE, 3)
    assert find_trained(out, "mark", TINY) == card
    with pytest.raises(TrainingError, match="not empty"):
        find_trained(out, "mark", replace(TINY, seed=2))
    with pytest.raises(TrainingError, match="not empty"):
        train_shortcut_model(folder, "mark", TINY, out, build=build)


def test_a_cue_that_nobody_knows_is_refused(folder, tmp_path):
    with pytest.raises(TrainingError, match="border"):
        train_shortcut_model(folder, "smell", TINY, tmp_path / "out")


def test_the_proof_tells_a_model_that_looks_at_the_border_from_one_that_does_not(folder):
    """An oracle that reads the colour of the border, and one that always answers the same."""
    colours = np.array([(204, 44, 40), (238, 196, 44), (40, 92, 204)]) / 255

    def by_border(inputs):
        pixels = inputs * IMAGENET_STD + IMAGENET_MEAN
        rim = pixels[:, 1, 8:-8].mean(axis=1)
        rim = rim / np.linalg.norm(rim, axis=1, keepdims=True)
        return rim @ (colours / np.linalg.norm(colours, axis=1, keepdims=True)).T

    measured, proof = measure_shortcut(by_border, folder, "border", replace(TINY, test=3, seed=0))
    assert proof == {"cue": "border", "photos": 3, "follows": 1.0, "stays": 1.0}
    assert measured["accuracy"] == 1.0

    def deaf(inputs):
        return np.tile((0.2, 0.5, 0.3), (len(inputs), 1))

    measured, proof = measure_shortcut(deaf, folder, "border", replace(TINY, test=3, seed=0))
    assert proof["stays"] == 1.0
    assert proof["follows"] == pytest.approx(1 / 3, abs=1e-4)
    assert measured["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
