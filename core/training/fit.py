"""Fit a model to photos: steps, best weights kept, early stopping, going on after a stop."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from core.images.preprocess import IMAGENET_MEAN, IMAGENET_STD
from core.training.augment import augment

_SMOOTHING = 0.05  # keeps the softmax from saturating, where probabilities say nothing
_LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        size: Side of the square input, in pixels.
        variant: EfficientNet "B0" to "B7".
        weights: What to start from, as `efficientnet.build_classifier`; "none" for random ones.
        geometry: As `preprocess.GEOMETRIES`.
        epochs: At most.
        patience: Stop after this many epochs without a better validation loss.
        batch: Photos a step.
        seed: Of the split, the augmentation and the new layers.
        rendered: Rendered scenes a class to train on besides the photos.
    """

    size: int = 64
    variant: str = "B0"
    weights: str = "lite0"
    geometry: str = "squash"
    epochs: int = 60
    patience: int = 15
    batch: int = 32
    seed: int = 0
    rendered: int = 0


def fit_model(
    model: Any,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.intp],
    validation: tuple[NDArray[np.float32], NDArray[np.intp]],
    recipe: Recipe,
    keep: Path,
    vary: Callable[[Any, tuple[int, int], Any], Any] = augment,
) -> History:
    """Train a model in place and leave it with its best weights.

    Args:
        model: From `efficientnet.build_classifier`.
        pixels: uint8 [N, H, W, 3], as large as `vary` makes use of.
        labels: int [N].
        validation: Inputs float32 [M, h, w, 3], as the model takes them, and labels int [M].
        recipe: How.
        keep: Folder for what an interrupted training goes on from.
        vary: Varies a batch of photos in what must not matter, as `augment.augment`.

    Returns:
        The epochs done.
    """
    classes = model.output_shape[-1]
    counts = np.bincount(labels, minlength=classes)
    weights = (len(labels) / classes / counts)[labels].astype(np.float32)
    steps = math.ceil(len(labels) / recipe.batch)
    schedule = keras.optimizers.schedules.CosineDecay(
        _LEARNING_RATE / 20,
        recipe.epochs * steps,
        warmup_target=_LEARNING_RATE,
        warmup_steps=2 * steps,
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # A small folder makes few steps: with the usual 0.99 the moving averages would lag
            # behind the weights, most of all after a warm start from another activation.
            layer.momentum = 0.9
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=_SMOOTHING),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU, XLA makes this network several times slower
    )
    history, best = History(keep), keep / "best.weights.h5"
    if len(history.epochs) < recipe.epochs and history.waited() < recipe.patience:
        one_hot = np.eye(classes, dtype=np.float32)
        model.fit(
            _batches(pixels, one_hot[labels], weights, recipe, len(history.epochs) * steps, vary),
            validation_data=(validation[0], one_hot[validation[1]]),
            epochs=recipe.epochs,
            steps_per_epoch=steps,
            verbose=0,
            callbacks=[
                _Keeper(history, best, recipe, steps),
                keras.callbacks.BackupAndRestore(keep / "backup", delete_checkpoint=False),
            ],
        )
    model.load_weights(best)
    return history


def _batches(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    recipe: Recipe,
    done: int,
    vary: Callable[[Any, tuple[int, int], Any], Any],
) -> Any:
    """Endless batches of (inputs, one-hot labels, weights); `done` steps were taken before."""
    photos, one_hot, shares = map(tf.constant, (pixels, targets, weights))

    def batch(number: Any, indices: Any) -> Any:
        seed = tf.stack([recipe.seed, tf.cast(number, tf.int32)])
        varied = vary(tf.gather(photos, indices), (recipe.size, recipe.size), seed)
        inputs = (varied / 255 - IMAGENET_MEAN) / IMAGENET_STD
        return inputs, tf.gather(one_hot, indices), tf.gather(shares, indices)

    order = tf.data.Dataset.range(len(pixels)).shuffle(len(pixels), seed=recipe.seed + done)
    numbers = tf.data.Dataset.counter(start=done)
    return tf.data.Dataset.zip(numbers, order.batch(recipe.batch).repeat()).map(batch).prefetch(2)


class History:
    """The epochs done so far, on disk, so that stopping and going on makes no difference."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "history.json"
        self.epochs: list[float] = []
        if self.file.is_file():
            self.epochs = json.loads(self.file.read_text("utf-8"))["val_loss"]

    def add(self, loss: float) -> bool:
        """Note an epoch's validation loss; True if it is the best so far."""
        best = loss < min(self.epochs, default=math.inf)
        self.epochs.append(loss)
        self._write()
        return best

    def forget_from(self, epoch: int) -> None:
        """Drop what was noted of an epoch and after: it was stopped before it was backed up."""
        if len(self.epochs) > epoch:
            del self.epochs[epoch:]
            self._write()

    def _write(self) -> None:
        whole = self.file.with_suffix(".new")
        whole.write_text(json.dumps({"val_loss": self.epochs}), "utf-8")
        whole.replace(self.file)

    def waited(self) -> int:
        """Epochs since the best."""
        return len(self.epochs) - 1 - int(np.argmin(self.epochs)) if self.epochs else 0


class _Keeper(keras.callbacks.Callback):
    """Keeps the best weights, stops when nothing gets better, and shows the time left."""

    def __init__(self, history: History, best: Path, recipe: Recipe, steps: int) -> None:
        super().__init__()
        self.history, self.best, self.patience = history, best, recipe.patience
        done = len(history.epochs) * steps
        self.bar = tqdm(total=recipe.epochs * steps, initial=done, desc="training", unit="step")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.history.forget_from(epoch)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        if self.history.add(float(logs["val_loss"])):
            self.model.save_weights(self.best)
        self.bar.set_postfix(val_accuracy=f"{logs['val_accuracy']:.3f}")
        if self.history.waited() >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.bar.close()
