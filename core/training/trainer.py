"""Steps shared by all recipes: resume, cache images, evaluate, write the model folder.

A recipe composes its images, fits its network, and saves it with its card:

    with resumable_training(out, settings) as progress:
        images = cached_images(progress / "train.npz", compose_images)
        model, history = fit_model(build, images, validation, recipe, progress)
        card = Card(…, measured=evaluate(model, test, "test"))
        card = calibrate_card(card, model, validation, test)
        save_trained(model, card, recipe, history, data, out)
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError, out_busy
from core.explain.open_explainer import compile_model
from core.images.preprocess import normalize
from core.models.calibration import fit_temperature, measure_reliability, to_card
from core.models.card import Card
from core.models.network import probabilities
from core.models.registry import save_model
from core.training.dataset import LabelledImages
from core.training.fit import History, Recipe
from core.utils.confidence_interval import wilson_interval
from core.utils.file_lock import lock_file

_LEAST = np.float32(1e-30)  # a probability, of which a logarithm is taken
PROGRESS = ".training"
"""The folder, inside the model's, that holds what an interrupted training resumes from."""


def check_untaken(out: Path) -> None:
    """Make sure that a model's folder holds nothing yet but a training that was interrupted.

    Raises:
        TrainingError: If it holds anything else.
    """
    if out.exists() and not (out / PROGRESS).is_dir() and any(out.iterdir()):
        raise TrainingError(
            "out_taken", f"{out} is not empty. Name a new folder for the model.", folder=str(out)
        )


@contextmanager
def resumable_training(out: Path, settings: dict[str, Any]) -> Iterator[Path]:
    """Train into a new model's folder, or resume the training that was interrupted in it.

    Args:
        out: The model's folder; must not hold a model yet.
        settings: What decides on the result; an interrupted training resumes only with the same.

    Yields:
        The folder for what an interrupted training resumes from. It is removed at the end, and
        where the training fails before there is anything to resume from.

    Raises:
        TrainingError: If `out` holds anything else, or a training with other settings.
        LensError: If another process is training in it.
    """
    check_untaken(out)
    progress, file = out / PROGRESS, out / PROGRESS / "recipe.json"
    made = [each for each in (progress, *progress.parents) if not each.exists()]
    progress.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("a+b") as recipe:
            if not lock_file(recipe):
                raise out_busy(out)
            recipe.seek(0)
            text, begun = json.dumps(settings), recipe.read().decode(errors="replace")
            # A kill or a full disk may have cut it off; nothing follows from it then.
            if not text.startswith(begun):
                raise TrainingError(
                    "recipe_changed",
                    f"An interrupted training in {out} was started with other settings or photos. "
                    "Give the same again to resume it, or remove that folder to start over.",
                    folder=str(out),
                )
            recipe.write(text[len(begun) :].encode())
            recipe.flush()
            yield progress
    except BaseException:
        if made and [*progress.iterdir()] == [file]:
            file.unlink()
            with suppress(OSError):  # there is something else in one of them
                for folder in made:
                    folder.rmdir()
        raise
    shutil.rmtree(progress)


def cached_images(file: Path, make: Callable[[], LabelledImages]) -> LabelledImages:
    """What an interrupted training has composed already, or made and saved now.

    Args:
        file: The cache, an `.npz`.
        make: Called only where that is missing.
    """
    if not file.is_file():
        made = make()
        whole = file.with_suffix(".new.npz")
        np.savez(whole, pixels=made.pixels, labels=made.labels)
        whole.replace(file)
    with np.load(file) as saved:
        return LabelledImages(saved["pixels"], saved["labels"])


def evaluate(model: Any, images: LabelledImages, on: str) -> dict[str, Any]:
    """Measure a trained model on held-out images, as `measure`.

    Args:
        model: A `keras.Model` from inputs, normalised as "imagenet", to probabilities.
        images: As large as its input.
        on: "test" or "validation".
    """
    scores = model.predict(normalize(images.pixels, "imagenet"), verbose=0)
    return measure(scores, images.labels, on)


def measure(scores: NDArray[np.float32], labels: NDArray[np.intp], on: str) -> dict[str, Any]:
    """Accuracy and confusion matrix of held-out photos.

    Args:
        scores: float32 [N, C].
        labels: int [N].
        on: "test" or "validation".

    Returns:
        The card's `measured`: `confusion[i][j]` counts photos of class i called class j;
        `interval` is that of `wilson_interval`.

    Example:
        >>> measure(np.eye(2, dtype=np.float32), np.array([0, 1]), "test")["confusion"]
        [[1, 0], [0, 1]]
    """
    confusion = np.zeros((scores.shape[1],) * 2, int)
    np.add.at(confusion, (labels, scores.argmax(axis=1)), 1)
    count, right = len(labels), int(np.trace(confusion))
    low, high = wilson_interval(right, count)
    return {
        "on": on,
        "photos": count,
        "accuracy": round(right / count, 4),
        "interval": [round(low, 4), round(high, 4)],
        "confusion": confusion.tolist(),
    }


def calibrate_card(
    card: Card,
    model: Any,
    validation: LabelledImages,
    test: LabelledImages,
    scenes: NDArray[np.intp] | None = None,
) -> Card:
    """A card with the temperature for its probabilities, and what they are worth with it.

    Args:
        card: The model's.
        model: As `evaluate`.
        validation: The temperature is fitted on; it was not trained on.
        test: Its probabilities are measured on; none of it had a part in anything. May be empty.
        scenes: int [N], which of the test's images show the same; None where each is its own.
    """
    temperature = round(fit_temperature(_logits(model, validation), validation.labels), 3)
    card = replace(card, temperature=temperature)
    if not len(test.labels):
        return card
    scores = probabilities(_logits(model, test), "softmax", temperature)
    of_scene = np.arange(len(test.labels)) if scenes is None else scenes
    return replace(card, calibration=to_card(measure_reliability(scores, test.labels, of_scene)))


def _logits(model: Any, images: LabelledImages) -> NDArray[np.float32]:
    """As a softmax takes them; but for a constant, which it does not mind."""
    scores = model.predict(normalize(images.pixels, "imagenet"), verbose=0)
    found: NDArray[np.float32] = np.log(np.maximum(scores, _LEAST))
    return found


def save_trained(
    model: Any,
    card: Card,
    recipe: Recipe,
    history: History,
    data: Sequence[dict[str, Any]],
    out: Path,
) -> Card:
    """Write a trained model's folder, ready to run without TensorFlow.

    Args:
        model: From `fit.fit_model`.
        card: All of its card but how it was trained, and by which versions.
        recipe: How it was trained.
        history: The epochs done.
        data: What it was trained on, for the card: `name`, `photos`, `source`, `licence`.
        out: As `resumable_training`.

    Returns:
        The card as written.
    """
    card = replace(
        card,
        training={
            "seed": recipe.seed,
            "epochs": len(history.epochs),
            "weights": recipe.weights,
            "data": list(data),
        },
        versions={
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("tensorflow", "keras", "efficientnet")},
        },
    )
    save_model(model, card, out)
    compile_model(out)
    return card
