"""Trains a small model with or without a shortcut, and measures what it relies on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.images.preprocess import fit, normalize, place
from core.models.card import CARD_FILE, Card, Input, class_names, read_card
from core.synthetic.grain_cutouts import SOURCE, TRANSLATIONS
from core.training.augment import augment
from core.training.dataset import LabelledImages
from core.training.fit import Recipe, fit_model
from core.training.trainer import (
    PROGRESS,
    cached_images,
    check_untaken,
    measure,
    resumable_training,
    save_trained,
)
from core.utils.progress import Progress, silent
from core.validation.shortcut_models import SHORTCUTS
from core.validation.shortcut_models.rendered_scenes import render_training_scene
from core.validation.shortcut_models.shortcut_photos import (
    VARIETIES,
    Case,
    ShortcutPhoto,
    compose_photo,
    draw_cases,
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
        photos: Composed photos to train on.
        rendered: Rendered scenes besides, where the grains tell the class.
        validation: Composed photos that choose the best epoch.
        test: Composed photos that the card's numbers are measured on.
        epochs: At most.
        patience: Stop after this many epochs without a better validation loss.
        weights: As `small_network.build_network`; "none" for random ones.
        seed: Of all.
    """

    photos: int = 1000
    rendered: int = 0
    validation: int = 150
    test: int = 300
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
    with resumable_training(out, {**asdict(plan), "cue": shortcut}) as started:
        honest = shortcut == "honest"
        side = SIZE * 3 // 2 if honest else SIZE
        images = cached_images(
            started / "photos.npz", lambda: _training_images(folder, shortcut, plan, side, progress)
        )
        stock = read_grain_stock(folder, "validation")
        drawn = draw_cases(shortcut, "validation", plan.validation, plan.seed)
        chosen = [compose_photo(case, shortcut, stock) for case in progress(drawn, "composing")]
        validation = LabelledImages(_pixels(chosen), np.array([photo.label for photo in chosen]))
        recipe = Recipe(
            size=SIZE,
            weights=plan.weights,
            epochs=plan.epochs,
            patience=plan.patience,
            seed=plan.seed,
        )
        model, history = fit_model(
            lambda: build(
                len(VARIETIES), weights=None if plan.weights == "none" else plan.weights
            ),
            images, validation, recipe, started, augment if honest else _mirrored,
        )  # fmt: skip

        measured, proof = measure_shortcut(model, folder, shortcut, plan.test, plan.seed, progress)
        title = TITLES.get(shortcut, (f"Planted: {shortcut}", f"仕込み：{shortcut}"))
        card = Card(
            classes=class_names(VARIETIES, TRANSLATIONS),
            input=Input(SIZE, SIZE, "imagenet", "squash"),
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
        data = [{"name": _DATA, **SOURCE, "photos": plan.photos}]
        if plan.rendered:
            data.append({"name": "rendered scenes", "photos": plan.rendered})
        return save_trained(model, card, recipe, history, data, out)


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
    count: int,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure what a model goes by, on unseen photos with one thing changed at a time.

    Args:
        model: From inputs, as the card says, to probabilities.
        folder: The data set.
        shortcut: What it was trained with.
        count: Photos.
        seed: Of the photos.
        progress: As `train_shortcut_model`.

    Returns:
        The card's `measured` and `compose_photo`.
    """
    stock = read_grain_stock(folder, "test")
    scores, changed, kept = [], 0, 0
    for case in progress(draw_cases(shortcut, "test", count, seed), "changing"):
        follows, stays = counterfactual_cases(case, shortcut)
        shown = [compose_photo(each, shortcut, stock) for each in (case, *follows, *stays)]
        answers = np.asarray(model(normalize(_pixels(shown), "imagenet")))
        scores.append(answers[0])
        predicted = answers.argmax(axis=1)
        asked = [each.label(shortcut) for each in follows]
        changed += int((predicted[1 : 1 + len(follows)] == asked).sum())
        kept += int((predicted[1 + len(follows) :] == predicted[0]).sum())
    labels = np.array([case.label(shortcut) for case in draw_cases(shortcut, "test", count, seed)])
    others = len(VARIETIES) - 1
    proof = {
        "cue": shortcut,
        "photos": count,
        "follows": round(changed / (others * count), 4),
        "stays": round(kept / (others * count), 4),
    }
    return measure(np.stack(scores), labels, "test"), proof


def counterfactual_cases(case: Case, shortcut: str) -> tuple[list[Case], list[Case]]:
    """A case with only its shortcut changed, and with only all the rest changed.

    Returns:
        For each other class: the case with the shortcut of that class; and the case as it was but
        for the grains, or where the grains tell the class, for all shortcuts.
    """
    steps = range(1, len(VARIETIES))

    def other(number: int | None, step: int) -> int:
        return ((number or 0) + step) % len(VARIETIES)

    grains = [replace(case, variety=other(case.variety, step)) for step in steps]
    if shortcut != "honest":
        changes: list[dict[str, Any]] = [
            {shortcut: other(case.label(shortcut), step)} for step in steps
        ]
        return [replace(case, **each) for each in changes], grains
    return grains, [
        replace(
            case,
            background=other(case.background, step),
            tint=other(case.tint, step),
            mark=other(case.mark, step),
            border=other(case.border, step),
        )
        for step in steps
    ]


def _training_images(
    folder: Path, shortcut: str, plan: ShortcutTrainingPlan, side: int, progress: Progress
) -> LabelledImages:
    """Composed photos, then rendered scenes, in squares."""
    stock = read_grain_stock(folder, "train")
    pixels = np.empty((plan.photos + plan.rendered, side, side, 3), np.uint8)
    labels = np.empty(len(pixels), np.intp)
    drawn = draw_cases(shortcut, "train", plan.photos, plan.seed)
    for row, case in enumerate(progress(drawn, "composing")):
        photo = compose_photo(case, shortcut, stock)
        pixels[row], labels[row] = _shrunk(photo.rgb, side), photo.label
    for number in progress(range(plan.rendered), "rendering"):
        row, label = plan.photos + number, number % len(VARIETIES)
        scene = render_training_scene(VARIETIES[label], number // len(VARIETIES), plan.seed)
        pixels[row], labels[row] = _shrunk(scene.rgb, side), label
    return LabelledImages(pixels, labels)


def _shrunk(rgb: Pixels, side: int) -> Pixels:
    return fit(rgb, place(rgb.shape[:2], (side, side), "squash"))


def _pixels(shown: Sequence[ShortcutPhoto]) -> Pixels:
    """In the model's size: uint8 [N, size, size, 3]."""
    return np.stack([_shrunk(photo.rgb, SIZE) for photo in shown])


def _mirrored(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """As `augment.augment`, but only what leaves shortcuts as they are: turned, mirrored, noise."""
    import tensorflow as tf

    seeds = tf.unstack(tf.random.split(seed, 4), num=4)
    count = tf.shape(pixels)[0]
    varied = tf.cast(pixels, tf.float32)
    for axes, own in zip(([1], [2]), seeds[:2], strict=True):
        turned = tf.random.stateless_uniform([count, 1, 1, 1], own) < 0.5
        varied = tf.where(turned, tf.reverse(varied, axes), varied)
    across = tf.random.stateless_uniform([count, 1, 1, 1], seeds[2]) < 0.5
    varied = tf.where(across, tf.transpose(varied, [0, 2, 1, 3]), varied)
    noise = tf.random.stateless_normal(tf.shape(varied), seeds[3], 0, _NOISE)
    return tf.clip_by_value(varied + noise, 0, 255)
