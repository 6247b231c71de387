"""The recipe runs to the end, goes on after a stop, and varies nothing that matters."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import TrainingError
from core.models.card import read_card
from core.models.registry import open_model
from core.training import fit
from core.training.grain_network import SIZE, build_network
from core.training.grain_samples import UNSEEN, VARIETIES, Known
from core.training.recipes import grain_classifier
from core.training.recipes.grain_classifier import Plan, train_grains, vary
from tests.unit.core.training.test_grain_samples import folder  # noqa: F401

TINY = Plan(photos=1, validation=1, test=1, epochs=2, batch=32, seed=3)


def test_a_stopped_training_goes_on_and_ends_in_a_model_with_its_card(
    folder, tmp_path, monkeypatch  # noqa: F811
):  # fmt: skip
    out, add = tmp_path / "grains", fit.History.add

    def stopping(self, loss):
        if self.epochs:
            raise KeyboardInterrupt
        return add(self, loss)

    monkeypatch.setattr(fit.History, "add", stopping)
    with pytest.raises(KeyboardInterrupt):
        train_grains(folder, TINY, out)
    monkeypatch.setattr(fit.History, "add", add)
    with pytest.raises(TrainingError, match="other settings"):
        train_grains(folder, Plan(seed=4), out)
    card = train_grains(folder, TINY, out)
    assert card.training["epochs"] == 2
    assert read_card(out / "card.json") == card
    assert card.names == VARIETIES
    assert card.split == {"by": "grain", "train": 35, "validation": 5, "test": 10}
    assert np.sum(card.measured["confusion"]) == 10
    assert card.grains["grounds"] == list(UNSEEN)
    assert sorted(file.name for file in out.iterdir()) == ["card.json", "model.keras"]
    assert open_model(out).frozen.shape == (SIZE, SIZE, 3)


def test_what_is_varied_stays_a_grain_on_black():
    pixels = np.zeros((8, SIZE, SIZE, 3), np.uint8)
    pixels[:, 6:58, 22:42] = (222, 216, 200)
    varied = np.asarray(vary(pixels, (SIZE, SIZE), np.array([0, 1], np.int32)))
    assert varied.shape == pixels.shape
    assert (varied[:, :, :8] == 0).all()
    areas = (varied.max(axis=-1) > 60).sum(axis=(1, 2))
    assert (np.abs(areas / (52 * 20) - 1) < 0.2).all()
    assert len(set(areas.tolist())) > 1
    again = np.asarray(vary(pixels, (SIZE, SIZE), np.array([0, 1], np.int32)))
    assert (again == varied).all()


def test_the_network_is_small():
    model = build_network(5)
    assert model.count_params() < 300_000
    assert model.output_shape == (None, 5)


def test_what_was_cut_out_is_kept(tmp_path):
    known = Known(np.ones((2, 4, 4, 3), np.uint8), np.array([0, 1]))
    first = grain_classifier._kept(tmp_path / "a.npz", lambda: known)
    second = grain_classifier._kept(tmp_path / "a.npz", lambda: pytest.fail("made again"))
    assert (first.pixels == second.pixels).all()
    assert (second.labels == known.labels).all()
