"""Fit with early stopping, best weights, and resuming after an interruption."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from core.images.preprocess import IMAGENET_MEAN, IMAGENET_STD, normalize
from core.models.tensorflow.start import start_tensorflow
from core.training.augment import augment
from core.training.dataset import LabelledImages

_SMOOTHING = 0.05  # keeps the softmax from saturating, where probabilities say nothing
_LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training.

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
        cure: What is drawn independently of the class, of `cure.CURES`; nothing for the photos as
            they are.
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
    cure: tuple[str, ...] = ()


def fit_model(
    build: Callable[[], Any],
    images: LabelledImages,
    validation: LabelledImages,
    recipe: Recipe,
    progress: Path,
    vary: Callable[[Any, tuple[int, int], Any], Any] = augment,
) -> tuple[Any, History]:
    """Build a model and train it; resume an interrupted training after its last whole epoch.

    Args:
        build: Builds the `keras.Model`, from inputs normalised as "imagenet" to probabilities.
        images: To train on, as large as `vary` makes use of.
        validation: To choose the best epoch by, as large as the model's input.
        recipe: How.
        progress: Folder for what an interrupted training resumes from.
        vary: Varies a batch of photos in what must not matter, as `augment.augment`.

    Returns:
        The model with its best weights, and the epochs done.
    """
    start_tensorflow()
    import keras

    keras.utils.set_random_seed(recipe.seed)
    model = build()
    classes, count = model.output_shape[-1], len(images.labels)
    steps = math.ceil(count / recipe.batch)
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
    history, best = History(progress), progress / "best.weights.h5"
    done = len(history.epochs)
    if done < recipe.epochs and history.waited() < recipe.patience:
        one_hot = np.eye(classes, dtype=np.float32)
        model.fit(
            _batches(images, classes, recipe, done * steps, vary),
            validation_data=(
                normalize(validation.pixels, "imagenet"),
                one_hot[validation.labels],
            ),
            epochs=recipe.epochs,
            steps_per_epoch=steps,
            verbose=0,
            shuffle=False,  # `_batches` does
            callbacks=[
                _keep_best(model, history, best, recipe, steps),
                keras.callbacks.BackupAndRestore(progress / "backup", delete_checkpoint=False),
            ],
        )
    model.load_weights(best)
    return model, history


def _batches(
    images: LabelledImages,
    classes: int,
    recipe: Recipe,
    done: int,
    vary: Callable[[Any, tuple[int, int], Any], Any],
) -> Any:
    """Endless batches of (inputs, one-hot labels, weights); `done` steps were taken before."""
    import tensorflow as tf

    labels, count = images.labels, len(images.labels)
    weights = (count / classes / np.bincount(labels, minlength=classes))[labels]
    targets = np.eye(classes, dtype=np.float32)[labels]
    photos, one_hot, shares = map(tf.constant, (images.pixels, targets, weights.astype(np.float32)))

    def batch(number: Any, indices: Any) -> Any:
        seed = tf.stack([recipe.seed, tf.cast(number, tf.int32)])
        varied = vary(tf.gather(photos, indices), (recipe.size, recipe.size), seed)
        inputs = (varied / 255 - IMAGENET_MEAN) / IMAGENET_STD
        return inputs, tf.gather(one_hot, indices), tf.gather(shares, indices)

    order = tf.data.Dataset.range(count).shuffle(count, seed=recipe.seed + done)
    numbers = tf.data.Dataset.counter(start=done)
    return tf.data.Dataset.zip(numbers, order.batch(recipe.batch).repeat()).map(batch).prefetch(2)


def _keep_best(model: Any, history: History, best: Path, recipe: Recipe, steps: int) -> Any:
    """A callback that saves the best weights, stops early, and shows the time left."""
    import keras

    bar = tqdm(
        total=recipe.epochs * steps,
        initial=len(history.epochs) * steps,
        desc="training",
        unit="step",
    )

    def end_epoch(epoch: int, logs: dict[str, float]) -> None:
        if history.add(float(logs["val_loss"])):
            model.save_weights(best)
        bar.set_postfix(val_accuracy=f"{logs['val_accuracy']:.3f}")
        if history.waited() >= recipe.patience:
            model.stop_training = True

    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: history.forget_from(epoch),
        on_train_batch_end=lambda batch, logs: bar.update(),
        on_epoch_end=end_epoch,
        on_train_end=lambda logs: bar.close(),
    )


class History:
    """The epochs done so far, on disk, so that a stopped training can resume."""

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
