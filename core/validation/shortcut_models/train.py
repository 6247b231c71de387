"""Trains a small model with or without a shortcut, and measures what it relies on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.explain.learn_familiarity import save_familiarity
from core.images.preprocess import fit, normalize, place
from core.models.card import CARD_FILE, Card, Input, class_names, read_card
from core.synthetic.grain_cutouts import SOURCE, TRANSLATIONS
from core.training.augment import augment
from core.training.dataset import LabelledImages
from core.training.fit import Recipe, fit_model
from core.training.trainer import (
    PROGRESS,
    cached_images,
    calibrate_card,
    check_untaken,
    measure,
    resumable_training,
    save_trained,
)
from core.utils.progress import Progress, silent
from core.validation.shortcut_models import SHORTCUTS
from core.validation.shortcut_models.cases import VARIETIES, counterfactual_cases, draw_cases
from core.validation.shortcut_models.real_grounds import read_grounds
from core.validation.shortcut_models.rendered_scenes import render_training_scene
from core.validation.shortcut_models.shortcut_photos import (
    ShortcutPhoto,
    compose_photo,
    compose_photos,
    read_grain_stock,
)
from core.validation.shortcut_models.small_network import SIZE, build_network

Pixels = NDArray[np.uint8]

TITLES = {"honest": ("Demonstration B", "デモ B"), "background": ("Demonstration A", "デモ A")}
_DATA = "photos composed of single grains of the Rice Image Dataset"
_NOISE = 3.0  # grey levels


@dataclass(frozen=True)
class ShortcutTrainingPlan:
    """Size of a training of a model with a shortcut.

    Attributes:
        size: Side of the model's square input in pixels.
        photos: Composed photos to train on.
        rendered: Rendered scenes besides, where the grains tell the class.
        validation: Composed photos that choose the best epoch.
        test: Composed photos that the card's numbers are measured on.
        epochs: At most.
        patience: Stop after this many epochs without a better validation loss.
        weights: As `small_network.build_network`; "none" for random ones.
        seed: Of all.
    """

    size: int = SIZE
    photos: int = 600
    rendered: int = 0
    validation: int = 90
    test: int = 60
    epochs: int = 5
    patience: int = 3
    weights: str = "lite0"
    seed: int = 0


PLANS = {shortcut: ShortcutTrainingPlan() for shortcut in SHORTCUTS} | {
    # Shapes are harder to learn than colours.
    "honest": ShortcutTrainingPlan(photos=3000, rendered=600, validation=300, epochs=8, patience=4)
}


def train_shortcut_model(
    folder: Path,
    shortcut: str,
    plan: ShortcutTrainingPlan,
    out: Path,
    progress: Progress = silent,
    build: Callable[..., Any] = build_network,
    grounds: Path | None = None,
) -> Card:
    """Train a model on photos with a shortcut, measure what it goes by, write its folder.

    Interrupted, the same call resumes after the last whole epoch.

    Args:
        folder: The Rice Image Dataset, as `shortcut_photos.compose_photos`.
        shortcut: One of `shortcut_models.SHORTCUTS`.
        plan: How much.
        out: The model's folder; must not hold a model yet.
        progress: Shows how far it is.
        build: Builds the network, called as `small_network.build_network`.
        grounds: As `shortcut_photos.compose_photos`.

    Returns:
        The card as written; `card.planted` says how surely the model goes by its shortcut.

    Raises:
        TrainingError: If there is no such shortcut, `out` is taken, or the grains are missing.
        ModelError: If the weights to start from cannot be loaded.
    """
    if shortcut not in SHORTCUTS:
        raise TrainingError(
            "cue_unknown",
            f"There is no cue {shortcut!r}; choose from {', '.join(SHORTCUTS)}.",
            cue=shortcut,
        )
    settings = {**asdict(plan), "cue": shortcut, "grounds": grounds is not None}
    with resumable_training(out, settings) as started:
        images = cached_images(
            started / "photos.npz",
            lambda: _training_images(folder, shortcut, plan, grounds, progress),
        )
        stock, real = read_grain_stock(folder, "validation"), read_grounds(grounds, "validation")
        drawn = draw_cases(shortcut, "validation", plan.validation, plan.seed, tuple(real))
        chosen = [compose_photo(c, shortcut, stock, real) for c in progress(drawn, "composing")]
        validation = _labelled(chosen, plan.size)
        recipe = Recipe(
            size=plan.size,
            weights=plan.weights,
            epochs=plan.epochs,
            patience=plan.patience,
            seed=plan.seed,
        )
        model, history = fit_model(
            lambda: build(
                len(VARIETIES),
                size=plan.size,
                weights=None if plan.weights == "none" else plan.weights,
            ),
            images, validation, recipe, started, _AUGMENTATIONS.get(shortcut, _mirrored),
        )  # fmt: skip

        measured, proof = measure_shortcut(model, folder, shortcut, plan, grounds, progress)
        title = TITLES.get(shortcut, (f"Planted: {shortcut}", f"仕込み：{shortcut}"))
        card = Card(
            classes=class_names(VARIETIES, TRANSLATIONS),
            input=Input(plan.size, plan.size, "imagenet", "squash"),
            title={"en": title[0], "ja": title[1]},
            architecture="EfficientNetB0, its first four stages",
            split={
                "by": "grain",
                "train": plan.photos,
                "validation": plan.validation,
                "test": plan.test,
            },
            measured=measured,
            planted=proof,
        )
        test = compose_photos(folder, shortcut, "test", plan.test, plan.seed, grounds)
        card = calibrate_card(card, model, validation, _labelled(test, plan.size))
        data = [{"name": _DATA, **SOURCE, "photos": plan.photos}]
        if plan.rendered:
            data.append({"name": "rendered scenes", "photos": plan.rendered})
        card = save_trained(model, card, recipe, history, data, out)
        save_familiarity(out, (), np.stack([_shrunk(each, plan.size) for each in images.pixels]))
    return card


def find_trained(out: Path, shortcut: str, plan: ShortcutTrainingPlan) -> Card | None:
    """The card of the model that the same training has left in a folder; None before its end.

    Raises:
        TrainingError: If the folder holds anything else.
    """
    if (out / CARD_FILE).is_file() and not (out / PROGRESS).is_dir():
        card = read_card(out / CARD_FILE)
        if (card.planted.get("cue"), card.training.get("seed")) == (shortcut, plan.seed):
            return card
    check_untaken(out)
    return None


def measure_shortcut(
    model: Any,
    folder: Path,
    shortcut: str,
    plan: ShortcutTrainingPlan,
    grounds: Path | None = None,
    progress: Progress = silent,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure what a model goes by, on unseen photos with one thing changed at a time.

    Args:
        model: From inputs, as the card says, to probabilities.
        folder: The data set.
        shortcut: What it was trained with.
        plan: How many photos, of which seed.
        grounds: As `train_shortcut_model`.
        progress: Likewise.

    Returns:
        The card's `measured` and `planted`.
    """
    stock, real = read_grain_stock(folder, "test"), read_grounds(grounds, "test")
    cases = draw_cases(shortcut, "test", plan.test, plan.seed, tuple(real))
    scores, changed, kept = [], [], []
    for case in progress(cases, "changing"):
        follows, stays = counterfactual_cases(case, shortcut)
        shown = [compose_photo(each, shortcut, stock, real) for each in (case, *follows, *stays)]
        answers = np.asarray(model(normalize(_pixels(shown, plan.size), "imagenet")))
        scores.append(answers[0])
        predicted = answers.argmax(axis=1)
        asked = [each.label(shortcut) for each in follows]
        changed += [*(predicted[1 : 1 + len(follows)] == asked)]
        kept += [*(predicted[1 + len(follows) :] == predicted[0])]
    proof = {
        "cue": shortcut,
        "photos": plan.test,
        "follows": round(float(np.mean(changed)), 4),
        "stays": round(float(np.mean(kept)), 4),
    }
    labels = np.array([case.label(shortcut) for case in cases])
    return measure(np.stack(scores), labels, "test"), proof


def _training_images(
    folder: Path,
    shortcut: str,
    plan: ShortcutTrainingPlan,
    grounds: Path | None,
    progress: Progress,
) -> LabelledImages:
    """Composed photos, then rendered scenes, in squares."""
    side = plan.size * 3 // 2 if shortcut == "honest" else plan.size
    stock, real = read_grain_stock(folder, "train"), read_grounds(grounds, "train")
    pixels = np.empty((plan.photos + plan.rendered, side, side, 3), np.uint8)
    labels = np.empty(len(pixels), np.intp)
    drawn = draw_cases(shortcut, "train", plan.photos, plan.seed, tuple(real))
    for row, case in enumerate(progress(drawn, "composing")):
        photo = compose_photo(case, shortcut, stock, real)
        pixels[row], labels[row] = _shrunk(photo.rgb, side), photo.label
    for number in progress(range(plan.rendered), "rendering"):
        row, label = plan.photos + number, number % len(VARIETIES)
        scene = render_training_scene(VARIETIES[label], number // len(VARIETIES), plan.seed)
        pixels[row], labels[row] = _shrunk(scene.rgb, side), label
    return LabelledImages(pixels, labels)


def _shrunk(rgb: Pixels, side: int) -> Pixels:
    return fit(rgb, place(rgb.shape[:2], (side, side), "squash"))


def _labelled(photos: Sequence[ShortcutPhoto], size: int) -> LabelledImages:
    return LabelledImages(_pixels(photos, size), np.array([photo.label for photo in photos]))


def _pixels(shown: Sequence[ShortcutPhoto], size: int) -> Pixels:
    """In the model's size: uint8 [N, size, size, 3]."""
    return np.stack([_shrunk(photo.rgb, size) for photo in shown])


def _mirrored(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """As `augment.augment`, but only what leaves shortcuts as they are: turned, mirrored, noise."""
    return _varied(pixels, seed, turned=True)


def _upright(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """Likewise, but what points upwards does so still."""
    return _varied(pixels, seed, turned=False)


_AUGMENTATIONS = {"honest": augment, "direction": _upright}


def _varied(pixels: Any, seed: Any, turned: bool) -> Any:
    import tensorflow as tf

    seeds = tf.unstack(tf.random.split(seed, 4), num=4)
    count = tf.shape(pixels)[0]
    varied = tf.cast(pixels, tf.float32)
    for axes, own in zip(([1], [2]), seeds[:2], strict=True):
        flipped = tf.random.stateless_uniform([count, 1, 1, 1], own) < 0.5
        varied = tf.where(flipped, tf.reverse(varied, axes), varied)
    if turned:
        across = tf.random.stateless_uniform([count, 1, 1, 1], seeds[2]) < 0.5
        varied = tf.where(across, tf.transpose(varied, [0, 2, 1, 3]), varied)
    noise = tf.random.stateless_normal(tf.shape(varied), seeds[3], 0, _NOISE)
    return tf.clip_by_value(varied + noise, 0, 255)
