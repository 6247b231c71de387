"""Recipe of the grain classifier: trained on cut-outs, tested on unseen grains and backgrounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.explain.learn_familiarity import save_familiarity
from core.models.card import Card, Input, class_names
from core.synthetic.grain_cutouts import SOURCE, SPLITS, TRANSLATIONS, list_grain_files
from core.training.dataset import LabelledImages
from core.training.fit import Recipe, fit_model
from core.training.grain_network import SIZE, build_network
from core.training.grain_samples import (
    HELD_OUT_GROUNDS,
    TRAINING_GROUNDS,
    VARIETIES,
    cut_out_composed,
    cut_out_single_grains,
    read_grain_stock,
)
from core.training.trainer import (
    cached_images,
    calibrate_card,
    evaluate,
    resumable_training,
    save_trained,
)
from core.utils.progress import Progress, silent

_TILT = math.radians(6)
_ZOOM = 0.06  # in log, at most; each way by itself half as much again
_GAMMA = (0.7, 1.4)
_TINT = 0.03  # deviation of each channel's gain, in log
_NOISE = 4.0  # grey levels, at most


@dataclass(frozen=True)
class GrainTrainingPlan:
    """Size of a training of the grain classifier.

    Attributes:
        photos: Composed photos, of 30 to 60 grains, besides the data set's own.
        validation: Composed photos that help to choose the best epoch.
        test: Composed photos, on grounds never trained on, that the card's number is measured on.
        epochs: At most.
        patience: Stop after this many epochs without a better validation loss.
        batch: Cut-outs a step.
        seed: Of all.
        most: Grains of the data set's own photos, at most, of each split.
    """

    photos: int = 180
    validation: int = 15
    test: int = 30
    epochs: int = 10
    patience: int = 4
    batch: int = 64
    seed: int = 0
    most: int = 7000


def train_grain_classifier(
    folder: Path,
    plan: GrainTrainingPlan,
    out: Path,
    progress: Progress = silent,
    build: Callable[[int], Any] = build_network,
) -> Card:
    """Train, measure, and write the model's folder.

    Interrupted, the same call resumes after the last whole epoch.

    Args:
        folder: The Rice Image Dataset: a folder of single grains a variety.
        plan: How much.
        out: The model's folder; must not hold a model yet.
        progress: Wraps what takes long; given what is being done.
        build: Builds the network for a number of classes, as `grain_network.build_network`.

    Returns:
        The card as written. Its `measured` is of unseen grains as the data set shows them, its
        `grains` of unseen grains as they are found in photos on other grounds.

    Raises:
        TrainingError: If `out` is taken, or the folder lacks grains.
    """
    files = {split: list_grain_files(folder, VARIETIES, split) for split in SPLITS}
    files = {split: some[:: -(-len(some) // plan.most)] for split, some in files.items()}
    with resumable_training(out, asdict(plan)) as started:
        rng = np.random.default_rng(plan.seed)

        def cut_outs(split: str, count: int, stream: int) -> LabelledImages:
            alone = cut_out_single_grains(files[split], SIZE, rng, progress)
            stock, seed = read_grain_stock(folder, split), [plan.seed, stream]
            return alone + cut_out_composed(stock, TRAINING_GROUNDS, count, SIZE, seed, progress)

        images = cached_images(started / "train.npz", lambda: cut_outs("train", plan.photos, 0))
        validation = cached_images(
            started / "validation.npz", lambda: cut_outs("validation", plan.validation, 1)
        )
        recipe = Recipe(
            size=SIZE, weights="none", epochs=plan.epochs, patience=plan.patience, batch=plan.batch,
            seed=plan.seed,
        )  # fmt: skip
        model, history = fit_model(
            lambda: build(len(VARIETIES)), images, validation, recipe, started, augment_cut_outs
        )

        stock, seed = read_grain_stock(folder, "test"), [plan.seed, 2]
        elsewhere = cut_out_composed(stock, HELD_OUT_GROUNDS, plan.test, SIZE, seed, progress)
        on_held_out = evaluate(model, elsewhere, "test")
        card = Card(
            classes=class_names(VARIETIES, TRANSLATIONS),
            input=Input(SIZE, SIZE, "imagenet", "squash"),
            title={"en": "Single grains, 5 varieties", "ja": "一粒ずつの写真用（5品種）"},
            architecture="6 convolutions",
            split={"by": "grain", **{split: len(some) for split, some in files.items()}},
            measured=evaluate(model, cut_out_single_grains(files["test"], SIZE, None), "test"),
            grains={
                "grounds": list(HELD_OUT_GROUNDS),
                "grains": on_held_out["photos"],
                "accuracy": on_held_out["accuracy"],
                "interval": on_held_out["interval"],
            },
        )
        alone = "single grains of the Rice Image Dataset"
        data = [
            {"name": alone, **SOURCE, "photos": len(files["train"])},
            {"name": "photos composed of the same grains", **SOURCE, "photos": plan.photos},
        ]
        card = calibrate_card(card, model, validation, elsewhere)
        card = save_trained(model, card, recipe, history, data, out)
        save_familiarity(out, (), images.pixels)
    return card


def augment_cut_outs(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """Vary cut-outs: which way is up, a little turned and stretched, light, noise.

    Args:
        pixels: uint8 [N, H, W, 3].
        size: (height, width) of the result.
        seed: int32 [2]; the same seed gives the same result.

    Returns:
        float32 [N, height, width, 3], 0 to 255.
    """
    import tensorflow as tf

    seeds = tf.unstack(tf.random.split(seed, 8), num=8)
    count, (height, width) = tf.shape(pixels)[0], pixels.shape[1:3]
    tilt = tf.random.stateless_uniform([count], seeds[0], -_TILT, _TILT)
    zoom = tf.exp(tf.random.stateless_uniform([count, 2], seeds[1], -_ZOOM, _ZOOM))
    flip = tf.sign(tf.random.stateless_uniform([count, 2], seeds[2], -1, 1))
    scale_x, scale_y = zoom[:, 0] * flip[:, 0] * width / size[1], flip[:, 1] * height / size[0]
    scale_y *= zoom[:, 1]
    a, b = tf.cos(tilt) * scale_x, -tf.sin(tilt) * scale_y
    c, d = tf.sin(tilt) * scale_x, tf.cos(tilt) * scale_y
    centre_y, centre_x = (size[0] - 1) / 2, (size[1] - 1) / 2
    right = (width - 1) / 2 - a * centre_x - b * centre_y
    down = (height - 1) / 2 - c * centre_x - d * centre_y
    zero = tf.zeros_like(a)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(pixels, tf.float32),
        transforms=tf.stack([a, b, right, c, d, down, zero, zero], axis=1),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    tint = tf.exp(tf.random.stateless_normal([count, 1, 1, 3], seeds[3], 0, _TINT))
    gamma = tf.random.stateless_uniform([count, 1, 1, 1], seeds[4], *_GAMMA)
    lit = 255 * tf.clip_by_value(moved / 255 * tint, 1e-4, 1) ** gamma
    strength = tf.random.stateless_uniform([count, 1, 1, 1], seeds[5], 0, _NOISE)
    noise = tf.random.stateless_normal(tf.shape(lit), seeds[6])
    # The ground was laid black after the noise of the photo.
    inside = tf.cast(tf.reduce_max(moved, axis=-1, keepdims=True) > 8, tf.float32)
    return tf.clip_by_value(lit + strength * noise, 0, 255) * inside
