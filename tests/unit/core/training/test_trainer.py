"""A training begins in a new folder, resumes in its own, and ends as a model with its card."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pytest

from core.errors import LensError, TrainingError
from core.models.card import Card, Input, class_names
from core.training.dataset import LabelledImages
from core.training.fit import History, Recipe
from core.training.trainer import (
    PROGRESS,
    cached_images,
    calibrate_card,
    evaluate,
    measure,
    resumable_training,
    save_trained,
)


@contextmanager
def interrupted(out, settings, keep=True):
    """A training that is interrupted after it has kept something to resume from, or before."""
    with suppress(KeyboardInterrupt), resumable_training(out, settings) as progress:
        if keep:
            (progress / "train.npz").write_bytes(b"composed")
        yield progress
        raise KeyboardInterrupt


def test_an_interrupted_training_resumes_and_ends_without_a_trace(tmp_path):
    out = tmp_path / "model"
    with interrupted(out, {"seed": 1}) as progress:
        assert progress == out / PROGRESS
    assert json.loads((progress / "recipe.json").read_text("utf-8")) == {"seed": 1}
    with resumable_training(out, {"seed": 1}) as again:
        assert (again / "train.npz").read_bytes() == b"composed"
    assert list(out.iterdir()) == []


def test_a_training_that_has_nothing_to_resume_from_leaves_nothing(tmp_path):
    with interrupted(tmp_path / "deep" / "model", {}, keep=False):
        pass
    assert list(tmp_path.iterdir()) == []
    with interrupted(tmp_path, {}, keep=False):  # an empty folder is as good as a new one
        pass
    assert list(tmp_path.iterdir()) == []


def test_other_settings_do_not_resume_a_training(tmp_path):
    with interrupted(tmp_path / "model", {"seed": 1}) as progress:
        pass
    with (
        pytest.raises(TrainingError, match="other settings") as error,
        resumable_training(tmp_path / "model", {"seed": 2}),
    ):
        pytest.fail("it has begun")
    assert error.value.code == "recipe_changed"
    assert error.value.facts == {"folder": str(tmp_path / "model")}
    assert json.loads((progress / "recipe.json").read_text("utf-8")) == {"seed": 1}


def test_settings_that_were_cut_off_are_written_again(tmp_path):
    (tmp_path / PROGRESS).mkdir()
    for begun in ("", '{"se'):
        (tmp_path / PROGRESS / "recipe.json").write_text(begun)
        with interrupted(tmp_path, {"seed": 1}) as progress:
            assert json.loads((progress / "recipe.json").read_text("utf-8")) == {"seed": 1}


def test_a_folder_with_anything_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with (
        pytest.raises(TrainingError, match="not empty") as error,
        resumable_training(tmp_path, {}),
    ):
        pytest.fail("it has begun")
    assert error.value.code == "out_taken"
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_one_process_trains_in_a_folder_at_a_time(tmp_path):
    pytest.importorskip("fcntl")
    with (
        interrupted(tmp_path / "model", {}) as progress,
        pytest.raises(LensError, match="Another process is writing"),
        resumable_training(tmp_path / "model", {}),
    ):
        pytest.fail("it has begun")
    assert progress.is_dir()


def test_composed_images_are_made_once(tmp_path):
    images = LabelledImages(np.ones((2, 4, 4, 3), np.uint8), np.array([0, 1]))
    first = cached_images(tmp_path / "a.npz", lambda: images)
    second = cached_images(tmp_path / "a.npz", lambda: pytest.fail("made again"))
    for each in (first, second):
        assert (each.pixels == images.pixels).all()
        assert (each.labels == images.labels).all()
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_accuracy_comes_with_its_interval():
    scores = np.eye(3, dtype=np.float32)[[0] * 9 + [1] + [2] * 10]
    measured = measure(scores, np.array([0] * 10 + [2] * 10), "test")
    assert measured["accuracy"] == 0.95
    assert measured["confusion"] == [[9, 1, 0], [0, 0, 0], [0, 0, 10]]
    low, high = measured["interval"]
    assert (low, high) == (0.7639, 0.9911)  # Wilson's interval of 19 in 20


class Redness:
    """Says class 1 of what is redder than ImageNet's mean."""

    def predict(self, inputs, verbose):
        red = inputs[..., 0].mean(axis=(1, 2)) > 0
        return np.stack([~red, red], axis=1).astype(np.float32)


def test_a_model_is_evaluated_on_inputs_normalised_as_it_was_trained():
    pixels = np.zeros((4, 2, 2, 3), np.uint8)
    pixels[2:, :, :, 0] = 200
    measured = evaluate(Redness(), LabelledImages(pixels, np.array([0, 0, 1, 0])), "validation")
    assert measured["confusion"] == [[2, 1], [0, 1]]
    assert (measured["on"], measured["photos"]) == ("validation", 4)


class Certain(Redness):
    """Says so with a probability of 999 in 1000."""

    def predict(self, inputs, verbose):
        return super().predict(inputs, verbose) * np.float32(0.998) + np.float32(0.001)


def test_a_model_that_is_surer_than_right_gets_a_temperature_from_the_validation():
    pixels = np.zeros((40, 2, 2, 3), np.uint8)
    pixels[::2, :, :, 0] = 200
    labels = np.arange(40) % 2 == 0
    often = LabelledImages(pixels, np.where(np.arange(40) % 10 < 8, labels, ~labels).astype(int))
    card = Card(class_names(["a", "b"]), Input(2, 2))
    none = LabelledImages(pixels[:0], labels[:0].astype(int))
    found = calibrate_card(card, Certain(), often, none)
    assert found == replace(card, temperature=found.temperature)
    said = 1 / (1 + 999 ** (-1 / found.temperature))
    assert said == pytest.approx(32.5 / 41, abs=0.01)  # 32 of 40, and half a photo of each class
    tested = calibrate_card(card, Certain(), often, often)
    assert tested.temperature == found.temperature
    (only,) = tested.calibration["bins"]
    assert (only["photos"], only["right"]) == (40, 0.8)
    assert only["confidence"] == pytest.approx(said, abs=1e-3)
    assert tested.calibration["error"] == pytest.approx(abs(said - 0.8), abs=1e-3)


def test_a_trained_model_is_saved_with_how_it_was_trained(tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(
        "core.training.trainer.save_model", lambda model, card, out: saved.append((card, out))
    )
    monkeypatch.setattr("core.training.trainer.compile_model", saved.append)
    history = History(tmp_path)
    history.add(1.0)
    data = [{"name": "photos", "photos": 3}]
    card = save_trained(
        Redness(), Card(class_names(["a", "b"]), Input(2, 2), measured={"on": "test"}),
        Recipe(seed=5, weights="none"), history, data, tmp_path / "model",
    )  # fmt: skip
    assert card.training == {"seed": 5, "epochs": 1, "weights": "none", "data": data}
    assert set(card.versions) == {"python", "tensorflow", "keras", "efficientnet"}
    assert card.measured == {"on": "test"}
    assert saved == [(card, tmp_path / "model"), tmp_path / "model"]
