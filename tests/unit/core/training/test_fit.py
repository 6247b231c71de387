"""Fitting a tiny network: what is learned, the best epoch, and resuming after a stop."""

from __future__ import annotations

import numpy as np
import pytest

from core.images.preprocess import normalize
from core.training.dataset import LabelledImages
from core.training.fit import History, Recipe, fit_model
from tests.support.tiny_training import build_tiny, interrupted_in

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("error:.*shuffle:UserWarning"),  # it hides the progress
]

RECIPE = Recipe(size=16, epochs=3, batch=8, seed=3)


def colours(count: int, seed: int) -> LabelledImages:
    """Dark photos of class 0 and, three times as many, light ones of class 1."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4 > 0
    pixels = rng.integers(0, 60, (count, 16, 16, 3)) + 180 * labels[:, None, None, None]
    return LabelledImages(pixels.astype(np.uint8), labels.astype(int))


def unvaried(pixels, size, seed):
    import tensorflow as tf

    return tf.cast(pixels, tf.float32)


def fitted(folder, recipe=RECIPE, vary=unvaried):
    return fit_model(lambda: build_tiny(2, 16), colours(32, 0), colours(8, 1), recipe, folder, vary)


def test_a_network_learns_and_ends_with_its_best_weights(tmp_path):
    model, history = fitted(tmp_path, Recipe(size=16, epochs=12, batch=8))
    unseen = colours(16, 2)
    scores = model.predict(normalize(unseen.pixels, "imagenet"), verbose=0)
    assert (scores.argmax(axis=1) == unseen.labels).all()
    assert len(history.epochs) == 12
    images = colours(8, 1)
    loss = model.evaluate(
        normalize(images.pixels, "imagenet"), np.eye(2)[images.labels], verbose=0
    )[0]
    assert loss == pytest.approx(min(history.epochs), abs=1e-5)


def test_training_stops_when_nothing_gets_better(tmp_path):
    """Photos that are all alike teach nothing that holds for others."""
    black = LabelledImages(np.zeros((8, 16, 16, 3), np.uint8), np.array([0, 1] * 4))
    recipe = Recipe(size=16, epochs=40, batch=8, patience=1)
    _, history = fit_model(
        lambda: build_tiny(2, 16), black, colours(8, 1), recipe, tmp_path, unvaried
    )
    assert len(history.epochs) < 40
    assert history.waited() == 1
    again = fit_model(lambda: build_tiny(2, 16), black, colours(8, 1), recipe, tmp_path, unvaried)[
        1
    ]
    assert again.epochs == history.epochs


@pytest.mark.parametrize("epoch", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_interrupted_training_resumes_after_its_last_whole_epoch(tmp_path, capsys, epoch):
    with interrupted_in(epoch):
        fitted(tmp_path)
    before = History(tmp_path).epochs
    assert len(before) == epoch
    model, history = fitted(tmp_path)
    assert len(history.epochs) == 3
    assert history.epochs[: epoch - 1] == before[:-1]
    assert History(tmp_path).epochs == history.epochs
    assert "training" in capsys.readouterr().err  # the progress bar
    assert model.output_shape == (None, 2)


def test_photos_are_varied_by_the_seed_and_the_step(tmp_path):
    import tensorflow as tf

    seeds = []

    def noted(pixels, size, seed):
        assert size == (16, 16)
        tf.py_function(lambda each: seeds.append(tuple(each.numpy())), [seed], [])
        return unvaried(pixels, size, seed)

    fitted(tmp_path, Recipe(size=16, epochs=2, batch=16, seed=7), noted)
    assert sorted(seeds)[:4] == [(7, 0), (7, 1), (7, 2), (7, 3)]


def test_history_survives_on_disk_and_knows_the_best(tmp_path):
    history = History(tmp_path)
    assert [history.add(loss) for loss in (3.0, 2.0, 2.5, 2.4)] == [True, True, False, False]
    again = History(tmp_path)
    assert again.epochs == [3.0, 2.0, 2.5, 2.4]
    assert again.waited() == 2
    again.forget_from(1)
    assert History(tmp_path).epochs == [3.0]
