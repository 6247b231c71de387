"""Training on a tiny folder: what is written, what an interruption leaves, what is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.models.card import CARD_FILE, read_card
from core.models.registry import MODEL_FILE, open_model
from core.training import fit
from core.training.dataset import Folder, read_folder
from core.training.fit import History, Recipe
from core.training.recipes.rice_classifier import PROGRESS, About, measure, train

RECIPE = Recipe(size=32, weights="none", epochs=2, batch=8, seed=3)
ABOUT = About(
    {"en": "Stripes {size}", "ja": "しま"},
    {"up": {"ja": "たて"}},
    {"name": "stripes", "licence": "MIT"},
)


@pytest.fixture(scope="module")
def stripes(tmp_path_factory) -> Folder:
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


def test_an_interrupted_training_goes_on_where_it_stopped(stripes, tmp_path, monkeypatch, capsys):
    out, stop_after = tmp_path / "model", {"epochs": 1}
    add = History.add

    def stopping(self, loss):
        best = add(self, loss)
        stop_after["epochs"] -= 1
        return best

    def check(self, epoch, logs=None):
        original(self, epoch, logs)
        if stop_after["epochs"] == 0:
            stop_after["epochs"] = -1
            raise KeyboardInterrupt

    original = fit._Keeper.on_epoch_end
    monkeypatch.setattr(History, "add", stopping)
    monkeypatch.setattr(fit._Keeper, "on_epoch_end", check)
    with pytest.raises(KeyboardInterrupt):
        train(stripes, RECIPE, ABOUT, out)
    assert len(History(out / PROGRESS).epochs) == 1
    assert not (out / MODEL_FILE).exists()

    with pytest.raises(TrainingError, match="other settings"):
        train(stripes, Recipe(size=64, weights="none"), ABOUT, out)

    card = train(stripes, RECIPE, ABOUT, out)
    assert card.training["epochs"] == 2
    assert "training" in capsys.readouterr().err  # the progress bar
    assert sorted(path.name for path in out.iterdir()) == [CARD_FILE, MODEL_FILE]
    assert read_card(out / CARD_FILE) == card
    assert card.title == {"en": "Stripes 32", "ja": "しま"}
    assert [entry.ja for entry in card.classes] == ["level", "たて"]
    assert card.split["train"] + card.split["validation"] + card.split["test"] == 20
    assert card.measured["photos"] == card.split["test"]
    assert np.sum(card.measured["confusion"]) == card.split["test"]
    opened = open_model(out)
    assert opened.keras.input_shape == (None, 32, 32, 3)

    with pytest.raises(TrainingError, match="not empty"):
        train(stripes, RECIPE, ABOUT, out)


def test_only_known_varieties_can_be_rendered(stripes, tmp_path):
    with pytest.raises(TrainingError, match="level, up"):
        train(stripes, Recipe(rendered=2), ABOUT, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_history_survives_on_disk_and_knows_the_best(tmp_path):
    history = History(tmp_path)
    assert [history.add(loss) for loss in (3.0, 2.0, 2.5, 2.4)] == [True, True, False, False]
    again = History(tmp_path)
    assert again.epochs == [3.0, 2.0, 2.5, 2.4]
    assert again.waited() == 2
    again.forget_from(1)
    assert History(tmp_path).epochs == [3.0]


def test_accuracy_comes_with_its_interval():
    scores = np.eye(3, dtype=np.float32)[[0] * 9 + [1] + [2] * 10]
    measured = measure(scores, np.array([0] * 10 + [2] * 10), "test")
    assert measured["accuracy"] == 0.95
    assert measured["confusion"] == [[9, 1, 0], [0, 0, 0], [0, 0, 10]]
    low, high = measured["interval"]
    assert (low, high) == (0.7639, 0.9911)  # Wilson's interval of 19 in 20
