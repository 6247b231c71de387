"""Training on a tiny folder: what is written, what an interruption leaves, what is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.evidence.cutouts import CutOut
from core.models.card import CARD_FILE, read_card
from core.models.registry import MODEL_FILE, open_model
from core.training.cure import CutOuts
from core.training.dataset import PhotoFolder, read_folder, split_by_scene
from core.training.fit import History, Recipe
from core.training.recipes import rice_classifier
from core.training.recipes.rice_classifier import (
    DatasetInfo,
    open_start,
    train_rice_classifier,
)
from core.training.trainer import PROGRESS
from tests.support.tiny_training import build_tiny, interrupted_in, uncompiled  # noqa: F401

pytestmark = pytest.mark.tensorflow

RECIPE = Recipe(size=32, weights="none", epochs=2, batch=8, seed=3)
ABOUT = DatasetInfo(
    {"en": "Stripes {size}", "ja": "しま"},
    {"up": {"ja": "たて"}},
    {"name": "stripes", "licence": "MIT"},
)


@pytest.fixture(scope="module")
def stripes(tmp_path_factory) -> PhotoFolder:
    """Upright and level stripes, ten scenes a class."""
    root = tmp_path_factory.mktemp("stripes")
    rng = np.random.default_rng(0)
    for name in ("level", "up"):
        (root / name).mkdir()
        for number in range(10):
            rows = rng.integers(0, 255, (8, 1, 3)).astype(np.uint8).repeat(8, axis=1)
            picture = cv2.resize(rows if name == "level" else rows.transpose(1, 0, 2), (64, 64))
            assert cv2.imwrite(str(root / name / f"{number}.png"), picture)
    return read_folder(root)


def build(classes, size, variant, weights):
    assert (classes, size, variant, weights) == (2, (32, 32), "B0", None)
    return build_tiny(classes, size[0])


def test_an_interrupted_training_resumes_and_ends_in_a_model_with_its_card(stripes, tmp_path):
    out = tmp_path / "model"
    with interrupted_in(epoch=1):
        train_rice_classifier(stripes, RECIPE, ABOUT, out, build)
    assert len(History(out / PROGRESS).epochs) == 1
    assert not (out / MODEL_FILE).exists()

    with pytest.raises(TrainingError, match="other settings"):
        train_rice_classifier(stripes, Recipe(size=64, weights="none"), ABOUT, out, build)

    card = train_rice_classifier(stripes, RECIPE, ABOUT, out, build)
    assert card.training["epochs"] == 2
    photos = {"name": "stripes", "licence": "MIT", "photos": card.split["train"]}
    assert card.training["data"] == [photos]
    assert sorted(path.name for path in out.iterdir()) == [CARD_FILE, MODEL_FILE]
    assert read_card(out / CARD_FILE) == card
    assert card.title == {"en": "Stripes 32", "ja": "しま"}
    assert [entry.ja for entry in card.classes] == ["level", "たて"]
    assert card.split["train"] + card.split["validation"] + card.split["test"] == 20
    assert card.measured["photos"] == card.calibration["photos"] == card.split["test"]
    assert 0.05 <= card.temperature <= 20
    assert np.sum(card.measured["confusion"]) == card.split["test"]
    opened = open_model(out)
    assert opened.keras.input_shape == (None, 32, 32, 3)

    with pytest.raises(TrainingError, match="not empty"):
        train_rice_classifier(stripes, RECIPE, ABOUT, out, build)


@pytest.mark.slow
def test_rendered_scenes_are_trained_on_besides_the_photos(stripes, tmp_path):
    names = PhotoFolder(("Basmati", "IR64"), stripes.photos, ())
    recipe = Recipe(size=32, weights="none", epochs=1, batch=16, rendered=1)
    card = train_rice_classifier(names, recipe, DatasetInfo(), tmp_path / "model", build)
    data = card.training["data"]
    assert [each["name"] for each in data] == ["photos", "rendered scenes"]
    assert data[1]["photos"] == 2


@pytest.mark.slow
def test_a_cured_model_goes_on_from_another_and_says_so(stripes, tmp_path, monkeypatch):
    first = tmp_path / "first"
    train_rice_classifier(stripes, RECIPE, ABOUT, first, build)
    start, recipe = open_start(first, stripes.names, Recipe(epochs=1, cure=("ground",)))
    assert (recipe.size, recipe.weights, recipe.cure) == (32, "first", ("ground",))
    before = [each.copy() for each in start.keras.get_weights()]
    half = np.zeros((256, 256), np.float32)
    half[:, :128] = 1

    def cut(photos, side):
        pixels = np.zeros((side, side, 3), np.uint8)
        cuts = tuple(CutOut(pixels + p.label * 200, half[:side, :side], pixels) for p in photos)
        return CutOuts(cuts, np.array([p.label for p in photos]))

    monkeypatch.setattr(
        rice_classifier, "take_apart", lambda _, photos, side, *__: cut(photos, side)
    )
    card = train_rice_classifier(stripes, recipe, ABOUT, tmp_path / "cured", start=start)
    photos, cured = card.training["data"]
    assert cured == {"name": "cured photos (ground)", "photos": 6 * photos["photos"]}
    assert card.training["weights"] == "first"
    after = open_model(tmp_path / "cured").keras.get_weights()
    assert [each.shape for each in after] == [each.shape for each in before]
    assert any((a != b).any() for a, b in zip(after, before, strict=True))

    with pytest.raises(TrainingError, match="tells level, up, but the photos show a, b"):
        open_start(first, ("a", "b"), RECIPE)


def test_the_photos_that_it_is_tested_on_are_not_among_those_it_knows(stripes, monkeypatch):
    given = []
    recipe = Recipe(size=32, seed=3, rendered=2)
    monkeypatch.setattr(rice_classifier, "save_familiarity", lambda *all: given.append(all) or all)
    names = PhotoFolder(("Basmati", "IR64"), stripes.photos, ())
    rice_classifier.save_known_photos(names, recipe, "model")
    ((model, files, rendered),) = given
    parts = split_by_scene(stripes.photos, 3)
    left_out = {photo.path for photo in stripes.photos} - set(files)
    assert model == "model"
    assert left_out == {
        p.path for p, part in zip(stripes.photos, parts, strict=True) if part == "test"
    }
    assert left_out
    assert rendered.shape == (4, 32, 32, 3)


def test_only_known_varieties_can_be_rendered(stripes, tmp_path):
    with pytest.raises(TrainingError, match="level, up"):
        train_rice_classifier(stripes, Recipe(rendered=2), ABOUT, tmp_path / "model")
    assert not (tmp_path / "model").exists()
