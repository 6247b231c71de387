"""A folder of class folders becomes a trained model and its card."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.images.decode import read_file
from core.images.preprocess import fit, normalize, place
from core.models.card import Card, Input, named
from core.models.registry import save_model
from core.models.tensorflow.efficientnet import build_classifier
from core.synthetic.scenes import BACKGROUNDS, LAYOUTS, VARIETIES, render_scene
from core.training.augment import source_side
from core.training.dataset import PARTS, Folder, scenes, split
from core.training.fit import Recipe, fit_model
from core.utils.confidence_interval import wilson

PROGRESS = ".training"
"""The folder, inside the model's, that holds what an interrupted training goes on from."""

TRAINING_SCENES = 1_000_000
"""Seeds of rendered training scenes begin here; samples and tests use smaller ones."""


@dataclass(frozen=True)
class About:
    """What people should know of a data set, for the card.

    Attributes:
        title: What to call the model, by language; "{size}" in it becomes the input's side.
        classes: Class folder to its names, by language.
        data: `name`, `source` and `licence` of the photos.
    """

    title: dict[str, str] = field(default_factory=dict)
    classes: dict[str, dict[str, str]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


def train(folder: Folder, recipe: Recipe, about: About, out: Path) -> Card:
    """Train, measure on the held-out scenes, and write the model's folder.

    Interrupted, the same call goes on after the last whole epoch.

    Args:
        folder: The photos, from `dataset.read_folder`.
        recipe: How.
        about: For the card.
        out: The model's folder; must not hold a model yet.

    Returns:
        The card as written, with the accuracy measured.

    Raises:
        TrainingError: If `out` is taken, or the folder's classes cannot be rendered.
        ModelError: If the weights to start from cannot be had.
    """
    _check_rendered(folder, recipe)
    keep = progress_folder(out)
    same_recipe(
        keep / "recipe.json",
        {**asdict(recipe), "classes": list(folder.names), "photos": len(folder.photos)},
    )

    parts = np.array(split(folder.photos, recipe.seed))
    labels = np.array([photo.label for photo in folder.photos])
    size = (recipe.size, recipe.size)
    seen = {part: _pixels(folder, parts == part, size, recipe.geometry) for part in PARTS[1:]}
    larger = (source_side(recipe.size),) * 2
    shown = _pixels(folder, parts == "train", larger, recipe.geometry)
    targets = labels[parts == "train"]
    if recipe.rendered:
        pictures, drawn = _rendered(folder.names, recipe, larger)
        shown, targets = np.concatenate([shown, pictures]), np.concatenate([targets, drawn])

    keras.utils.set_random_seed(recipe.seed)
    model = build_classifier(
        len(folder.names),
        size,
        recipe.variant,
        None if recipe.weights == "none" else recipe.weights,
    )
    validation = (normalize(seen["validation"], "imagenet"), labels[parts == "validation"])
    history = fit_model(model, shown, targets, validation, recipe, keep)

    card = Card(
        classes=named(list(folder.names), about.classes),
        input=Input(recipe.size, recipe.size, "imagenet", recipe.geometry),
        title={
            language: title.replace("{size}", str(recipe.size))
            for language, title in about.title.items()
        },
        architecture=f"EfficientNet{recipe.variant}",
        training={
            "seed": recipe.seed,
            "epochs": len(history.epochs),
            "weights": recipe.weights,
            "data": [
                {**({"name": "photos"} | about.data), "photos": int((parts == "train").sum())},
                *(
                    [{"name": "rendered scenes", "photos": recipe.rendered * len(folder.names)}]
                    if recipe.rendered
                    else []
                ),
            ],
        },
        split={
            "by": "scene",
            "scenes": len(set(scenes(folder.photos))),
            **{part: int((parts == part).sum()) for part in PARTS},
        },
        versions=versions(),
    )
    on = "test" if (parts == "test").any() else "validation"
    scores = model.predict(normalize(seen[on], "imagenet"), verbose=0)
    card = replace(card, measured=measure(scores, labels[parts == on], on))
    save_model(model, card, out)
    shutil.rmtree(keep)
    return card


def versions() -> dict[str, str]:
    """What trained and saved the model, for the card."""
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("tensorflow", "keras", "efficientnet")},
    }


def measure(scores: NDArray[np.float32], labels: NDArray[np.intp], on: str) -> dict[str, Any]:
    """Accuracy and confusion matrix of held-out photos.

    Args:
        scores: float32 [N, C].
        labels: int [N].
        on: "test" or "validation".

    Returns:
        The card's `measured`: `confusion[i][j]` counts photos of class i called class j;
        `interval` is that of `wilson`.

    Example:
        >>> measure(np.eye(2, dtype=np.float32), np.array([0, 1]), "test")["confusion"]
        [[1, 0], [0, 1]]
    """
    confusion = np.zeros((scores.shape[1],) * 2, int)
    np.add.at(confusion, (labels, scores.argmax(axis=1)), 1)
    count, share = len(labels), float(np.trace(confusion) / len(labels))
    low, high = wilson(int(np.trace(confusion)), count)
    return {
        "on": on,
        "photos": count,
        "accuracy": round(share, 4),
        "interval": [round(low, 4), round(high, 4)],
        "confusion": confusion.tolist(),
    }


def _pixels(
    folder: Folder, chosen: NDArray[np.bool_], size: tuple[int, int], geometry: str
) -> NDArray[np.uint8]:
    """The chosen photos as the model is shown them: uint8 [N, h, w, 3]."""
    out = np.empty((int(chosen.sum()), *size, 3), np.uint8)
    for row, index in enumerate(np.flatnonzero(chosen)):
        rgb = read_file(folder.photos[index].path, longest=2 * max(size)).rgb
        out[row] = fit(rgb, place(rgb.shape[:2], size, geometry))
    return out


def _rendered(
    names: tuple[str, ...], recipe: Recipe, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Rendered scenes of every class, in turn over layouts and backgrounds."""
    pictures, labels = [], []
    for label, name in enumerate(names):
        for number in range(recipe.rendered):
            scene = render_scene(
                name,
                layout=LAYOUTS[number % len(LAYOUTS)],
                background=BACKGROUNDS[number // len(LAYOUTS) % len(BACKGROUNDS)],
                height=512,
                width=512,
                seed=TRAINING_SCENES + recipe.seed * 100_000 + label * 10_000 + number,
            )
            pictures.append(fit(scene.rgb, place(scene.rgb.shape[:2], size, recipe.geometry)))
            labels.append(label)
    return np.stack(pictures), np.array(labels)


def _check_rendered(folder: Folder, recipe: Recipe) -> None:
    unknown = sorted(set(folder.names) - set(VARIETIES))
    if recipe.rendered and unknown:
        raise TrainingError(
            "not_rendered",
            f"No scenes can be rendered of {', '.join(unknown)}; only of {', '.join(VARIETIES)}. "
            "Train without --rendered.",
            names=", ".join(unknown),
        )


def progress_folder(out: Path) -> Path:
    """Make a new model's folder, or find in it what an interrupted training left.

    Returns:
        The folder that holds what training goes on from.

    Raises:
        TrainingError: If `out` holds anything else.
    """
    if out.exists() and not (out / PROGRESS).is_dir() and any(out.iterdir()):
        raise TrainingError(
            "out_taken", f"{out} is not empty. Name a new folder for the model.", folder=str(out)
        )
    keep = out / PROGRESS
    keep.mkdir(parents=True, exist_ok=True)
    return keep


def same_recipe(file: Path, now: dict[str, Any]) -> None:
    """An interrupted training goes on only as it began.

    Args:
        file: Where it was written down how it began; written if it begins now.
        now: How it is to go on.

    Raises:
        TrainingError: If that is not as it began.
    """
    if file.is_file() and json.loads(file.read_text("utf-8")) != now:
        raise TrainingError(
            "recipe_changed",
            f"An interrupted training in {file.parent.parent} was begun with other settings or "
            "photos. Give the same again to go on, or remove that folder to begin anew.",
            folder=str(file.parent.parent),
        )
    file.write_text(json.dumps(now), "utf-8")
