"""The loss rewards the truth; a training learns, and resumes as if it had never stopped."""

from __future__ import annotations

import numpy as np
import pytest

from core.training import fit_segmenter as fitting
from core.training.fit_segmenter import fit_segmenter, segmentation_loss
from core.training.segmentation_samples import Sample
from tests.support.segmenter_data import build_tiny_segmenter

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("error:.*shuffle:UserWarning"),  # it hides the progress
]

SIDE = 16


def bright_is_rice(number):
    rng = np.random.default_rng(number)
    rice = np.zeros((SIDE, SIDE), np.float32)
    rice[2 * rng.integers(1, 6) :] = 1
    rgb = np.where(rice[..., None] > 0, 210, 40).astype(np.uint8).repeat(3, 2)
    return Sample(rgb, rice, rice, 0.0)


def loss_of(said, rice, core=1.0, known=1.0, length=0.5):
    shape = (1, 8, 8)
    targets = [np.full(shape, each, np.float32) for each in (rice, core, known, length)]
    outputs = [np.full(shape, each, np.float32) for each in said]
    return float(segmentation_loss(np.stack(targets, -1), np.stack(outputs, -1))[0])


def test_the_truth_costs_nothing_and_what_nobody_knows_is_not_asked():
    assert loss_of((20, 20, 0.5), rice=1) == pytest.approx(0, abs=1e-3)
    assert loss_of((-20, -20, 3), rice=0, core=0) == pytest.approx(0, abs=1e-3)
    assert loss_of((-20, 20, 0.5), rice=1) > 10
    assert loss_of((20, -20, 9), rice=1, known=0, length=-100) == pytest.approx(0, abs=1e-3)
    # Off by 2: 0.15 times that, for 64 of 65 pixels.
    assert loss_of((20, 20, 2.5), rice=1) == pytest.approx(0.3 * 64 / 65, abs=1e-3)


def train(folder, steps, make=bright_is_rice):
    import keras

    keras.utils.set_random_seed(1)
    model = build_tiny_segmenter()
    fit_segmenter(model, make, steps, 2, folder)
    return model


@pytest.mark.slow
def test_an_interrupted_training_ends_as_one_that_was_never_stopped(tmp_path, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(fitting, "_STAGE", 8)

    def stops(number):
        if number == 2 * 20:
            raise KeyboardInterrupt
        return bright_is_rice(number)

    whole = train(tmp_path / "whole", 48)
    with pytest.raises((KeyboardInterrupt, tf.errors.OpError)):  # it wraps what a sample raises
        train(tmp_path / "stopped", 48, stops)
    resumed = train(tmp_path / "stopped", 48)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    losses = [
        float(np.mean(segmentation_loss(targets_of(4), model(inputs_of(4)))))
        for model in (build_tiny_segmenter(), resumed)
    ]
    assert losses[1] < losses[0]


def inputs_of(number):
    return bright_is_rice(number).rgb[None].astype(np.float32)


def targets_of(number):
    rice = bright_is_rice(number).rice[::2, ::2]
    one = np.ones_like(rice)
    return np.stack([rice, rice, one, 0 * one], -1)[None]
