"""Fit the segmenter to samples made on the way; resume after an interruption."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.training.segmentation_samples import Sample

Floats = NDArray[np.float32]

_DECODER_RATE = 1.5e-3
_ENCODER_RATE = 1e-4  # at the decoder's, it forgets in a few hundred steps what it came with
_ENCODER = "stem", "block"  # how the names of its layers start
_STAGE = 100  # steps between what an interrupted training resumes from
_FARTHEST = 3.0  # a length that is off by more than 8 times counts as off by 8
_ROOM = 20.0  # pixels: so that a photo without rice has an overlap, too


def fit_segmenter(
    model: Any,
    make: Callable[[int], Sample],
    steps: int,
    batch: int,
    progress: Path,
    pace: float = 1.0,
) -> None:
    """Train a network in place; resume an interrupted training after its last whole stage.

    Args:
        model: As `segmenter_network.build_segmenter`.
        make: Makes the sample of a number; the same number gives the same sample.
        steps: Rounded up to whole stages of a hundred.
        batch: Samples a step.
        progress: Folder for what an interrupted training resumes from.
        pace: Of the usual learning rates: less for a network that knows already.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # A batch is small: what the encoder knows of its activations is better than what a
            # few samples say, and the decoder's averages must follow its weights.
            layer.trainable = not layer.name.startswith(_ENCODER)
            layer.momentum = 0.95
    stages = math.ceil(steps / _STAGE)
    trained = _at_two_rates(model, stages * _STAGE, pace)
    with tqdm(total=stages * _STAGE, desc="training", unit="step", disable=None) as bar:
        trained.fit(
            _batches(trained, make, batch),
            epochs=stages,
            steps_per_epoch=_STAGE,
            verbose=0,
            shuffle=False,  # each sample is made once
            callbacks=[
                keras.callbacks.BackupAndRestore(progress / "backup", delete_checkpoint=False),
                keras.callbacks.LambdaCallback(
                    on_epoch_end=lambda stage, logs: _show(bar, _STAGE * (stage + 1), logs["loss"])
                ),
            ],
        )


def _at_two_rates(model: Any, steps: int, pace: float) -> Any:
    """The network, with its layers, so that a step moves the encoder less than the decoder."""
    import keras
    import tensorflow as tf

    class AtTwoRates(keras.Model):  # type: ignore[misc]
        def train_step(self, data: tuple[Any, Any]) -> dict[str, Any]:
            inputs, targets = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(inputs, targets, self(inputs, training=True))
            variables = self.trainable_variables
            gradients = dict(zip(map(id, variables), tape.gradient(loss, variables), strict=True))
            for optimizer, own in ((self.slow, slow), (self.optimizer, quick)):
                optimizer.apply([gradients[id(each)] for each in own], own)
            self.mean_loss.update_state(loss)
            return {"loss": self.mean_loss.result()}

    slow: list[Any] = []
    quick: list[Any] = []
    for layer in model.layers:
        (slow if layer.name.startswith(_ENCODER) else quick).extend(layer.trainable_variables)
    trained = AtTwoRates(model.inputs, model.outputs)
    trained.slow = _optimizer(pace * _ENCODER_RATE, steps)  # an attribute is saved with the weights
    trained.slow.build(slow)
    trained.mean_loss = keras.metrics.Mean(name="loss")
    trained.compile(
        optimizer=_optimizer(pace * _DECODER_RATE, steps),
        loss=segmentation_loss,
        jit_compile=False,  # on a CPU, XLA makes this network several times slower
    )
    trained.optimizer.build(quick)
    return trained


def _optimizer(rate: float, steps: int) -> Any:
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 15, steps, warmup_target=rate, warmup_steps=_STAGE
    )
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0)


def segmentation_loss(targets: Any, outputs: Any) -> Any:
    """How far a network's outputs are from the truth, one number a sample.

    Cross entropy and Dice (Milletari et al. 2016, arXiv 1606.04797, equation 1) of the rice, cross
    entropy of the cores where these are known, and the distance of the length within the rice.

    Args:
        targets: float32 [N, h, w, 4], as `_targets`.
        outputs: float32 [N, h, w, 3], as `segmenter_network.build_segmenter`.

    Returns:
        float32 [N].
    """
    import tensorflow as tf

    rice, core, known, length = tf.unstack(targets, axis=-1)
    odds, core_odds, said = tf.unstack(outputs, axis=-1)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    area, share = [1, 2], tf.sigmoid(odds)
    both = tf.reduce_sum(share * rice, area)
    each = tf.reduce_sum(share, area) + tf.reduce_sum(rice, area)
    dice = 1 - (2 * both + _ROOM) / (each + _ROOM)
    told = tf.cast(length > -_FARTHEST * 2, tf.float32) * rice
    off = tf.minimum(tf.abs(said - length), _FARTHEST)
    return (
        tf.reduce_mean(entropy(rice, odds), area)
        + 0.5 * dice
        + 0.5 * tf.reduce_mean(known * entropy(core, core_odds), area)
        + 0.15 * tf.reduce_sum(told * off, area) / (tf.reduce_sum(told, area) + 1)
    )


def _batches(model: Any, make: Callable[[int], Sample], batch: int) -> Any:
    """Endless batches of inputs and targets, from the step that the optimizer is at."""
    import tensorflow as tf

    side = make(0).rgb.shape[0]

    def samples() -> Iterator[tuple[Floats, Floats]]:
        for step in itertools.count(int(model.optimizer.iterations)):
            made = [make(step * batch + index) for index in range(batch)]
            yield (
                np.stack([each.rgb for each in made]).astype(np.float32),
                np.stack([_targets(each) for each in made]),
            )

    signature = (
        tf.TensorSpec((batch, side, side, 3), tf.float32),
        tf.TensorSpec((batch, side // 2, side // 2, 4), tf.float32),
    )
    return tf.data.Dataset.from_generator(samples, output_signature=signature).prefetch(2)


def _targets(sample: Sample) -> Floats:
    """What the network is to say, float32 [S/2, S/2, 4]: rice, core, whether that is known, length.

    A length that nobody knows is far below any.
    """
    known = (sample.core >= 0).astype(np.float32)
    # A core is where a grain is deeper than two thirds of its deepest; the way there is a slope.
    core = np.clip(2 * np.maximum(sample.core, 0) - 0.4, 0, 1)
    length = np.full_like(core, np.nan_to_num(sample.length, nan=-100.0))
    whole = np.dstack([sample.rice, core, known, length]).astype(np.float32)
    half = (whole.shape[1] // 2, whole.shape[0] // 2)
    return np.asarray(cv2.resize(whole, half, interpolation=cv2.INTER_AREA))


def _show(bar: Any, step: int, loss: float) -> None:
    bar.n = step
    bar.set_postfix(loss=f"{loss:.3f}")
