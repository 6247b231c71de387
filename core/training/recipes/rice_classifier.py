"""Recipe of the rice classifier: a folder of class folders to a trained model and its card."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.explain.familiarity import Familiarity
from core.explain.learn_familiarity import save_familiarity
from core.images.decode import read_file
from core.images.preprocess import fit, place
from core.models.card import Card, Input, class_names
from core.models.registry import OpenModel, open_model
from core.models.tensorflow.efficientnet import build_classifier
from core.synthetic.scenes import BACKGROUNDS, LAYOUTS, VARIETIES, render_scene
from core.training.augment import source_side
from core.training.cure import FINEST, draw_cured, read_grounds, take_apart
from core.training.dataset import PARTS, LabelledImages, PhotoFolder, number_scenes, split_by_scene
from core.training.fit import Recipe, fit_model
from core.training.trainer import (
    cached_images,
    calibrate_card,
    evaluate,
    resumable_training,
    save_trained,
)
from core.utils.file_names import printable
from core.utils.progress import Progress, silent
from core.utils.regular_file import open_regular_file

TRAINING_SCENES = 1_000_000
"""Seeds of rendered training scenes begin here; samples and tests use smaller ones."""

_MOST_ABOUT = 1 << 20  # bytes of what describes a data set
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}


def _object(required: Sequence[str] = (), **properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required],
        "properties": properties,
    }


# What the card has a place for: found wrong only when it is written, the training would be lost.
_ABOUT = _object(
    title=_object(["en", "ja"], en=_TEXT, ja=_TEXT),
    classes={"type": "object", "additionalProperties": _object(en=_TEXT, ja=_TEXT)},
    data=_object(name=_TEXT, source=_TEXT, licence=_TEXT),
)


@dataclass(frozen=True)
class DatasetInfo:
    """A data set's name, classes and licence, for the card.

    Attributes:
        title: What to call the model, by language; "{size}" in it becomes the input's side.
        classes: Class folder to its names, by language.
        data: `name`, `source` and `licence` of the photos.
    """

    title: dict[str, str] = field(default_factory=dict)
    classes: dict[str, dict[str, str]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


def read_dataset_info(file: Path) -> DatasetInfo:
    """Read a data set's name, classes and licence from a JSON file.

    Raises:
        TrainingError: If it cannot be read, or the card has no place for what it says.
    """
    try:
        with open_regular_file(file) as opened:
            about = json.loads(opened.read(_MOST_ABOUT))
        jsonschema.validate(about, _ABOUT)
    except jsonschema.ValidationError as error:
        place = "/".join(map(str, error.absolute_path))
        reason = f"{place}: {error.message}" if place else error.message
        raise _about_unreadable(file, reason) from error
    except OSError as error:
        raise _about_unreadable(file, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _about_unreadable(file, f"it is no JSON: {error}") from error
    return DatasetInfo(**about)


def _about_unreadable(file: Path, reason: str) -> TrainingError:
    return TrainingError(
        "about_unreadable",
        f"{file} cannot be used ({reason}). Give a JSON file with title, classes and data, each of "
        "which may be left out, as in assets/models/rice-224.json.",
        file=str(file),
    )


def train_rice_classifier(
    folder: PhotoFolder,
    recipe: Recipe,
    about: DatasetInfo,
    out: Path,
    build: Callable[..., Any] = build_classifier,
    start: OpenModel | None = None,
    grounds: Path | None = None,
    watch: Progress = silent,
) -> Card:
    """Train, measure on the held-out scenes, and write the model's folder.

    Interrupted, the same call resumes after the last whole epoch. A cure trains, and chooses the
    best epoch, on photos of `draw_cured`; the card's accuracy is that of the photos as they are.

    Args:
        folder: The photos, from `dataset.read_folder`.
        recipe: How.
        about: For the card.
        out: The model's folder; must not hold a model yet.
        build: Builds the network, called as `efficientnet.build_classifier`.
        start: The model to go on from, in place of a new one, as of `open_start`.
        grounds: Folder with photos of grounds to lay rice on, where the ground is cured.
        watch: Shows how far the cutting out of rice is.

    Returns:
        The card as written, with the accuracy measured.

    Raises:
        TrainingError: If `out` is taken, or the folder's classes cannot be rendered.
        ModelError: If the weights to start from cannot be loaded.
    """
    _check_rendered(folder, recipe)
    settings = {**asdict(recipe), "classes": list(folder.names), "photos": len(folder.photos)}
    settings["grounds"] = str(grounds or "")
    with resumable_training(out, settings) as progress:
        parts = np.array(split_by_scene(folder.photos, recipe.seed))
        if recipe.cure:
            images, validation = (
                cached_images(
                    progress / f"{part}.npz",
                    partial(_cure, folder, parts == part, side, recipe, grounds, watch),
                )
                for part, side in (("train", _cut_side(recipe)), ("validation", recipe.size))
            )
        else:
            images, validation = (
                _read_images(folder, parts == part, side, recipe.geometry)
                for part, side in (("train", source_side(recipe.size)), ("validation", recipe.size))
            )
        if recipe.rendered:
            images += _render_scenes(folder.names, recipe, images.pixels.shape[1])
        test = _read_images(folder, parts == "test", recipe.size, recipe.geometry)
        model, history = fit_model(
            lambda: start.keras if start else build(
                len(folder.names),
                (recipe.size, recipe.size),
                recipe.variant,
                None if recipe.weights == "none" else recipe.weights,
            ),
            images, validation, recipe, progress,
        )  # fmt: skip

        held_out = (test, "test") if len(test.labels) else (validation, "validation")
        card = Card(
            classes=class_names(folder.names, about.classes),
            input=Input(recipe.size, recipe.size, "imagenet", recipe.geometry),
            title={
                language: title.replace("{size}", str(recipe.size))
                for language, title in about.title.items()
            },
            architecture=start.card.architecture if start else f"EfficientNet{recipe.variant}",
            split={
                "by": "scene",
                "scenes": len(set(number_scenes(folder.photos))),
                **{part: int((parts == part).sum()) for part in PARTS},
            },
            measured=evaluate(model, *held_out),
        )
        data = [{"name": "photos", **about.data, "photos": int((parts == "train").sum())}]
        if recipe.cure:
            drawn = len(images.labels) - recipe.rendered * len(folder.names)
            data.append({"name": f"cured photos ({', '.join(recipe.cure)})", "photos": drawn})
        if recipe.rendered:
            data.append({"name": "rendered scenes", "photos": recipe.rendered * len(folder.names)})
        of_test = np.array(number_scenes(folder.photos))[parts == "test"]
        card = calibrate_card(card, model, validation, test, of_test)
        card = save_trained(model, card, recipe, history, data, out)
    save_known_photos(folder, recipe, out)
    return card


def save_known_photos(folder: PhotoFolder, recipe: Recipe, model: Path) -> Familiarity | None:
    """Note what a trained model's photos look like to it, but for those that it is tested on.

    Args:
        folder: As it was trained on.
        recipe: How it was trained.
        model: The model's folder.

    Returns:
        As `save_familiarity`.
    """
    parts = split_by_scene(folder.photos, recipe.seed)
    learned = [p.path for p, part in zip(folder.photos, parts, strict=True) if part != "test"]
    rendered = _render_scenes(folder.names, recipe, recipe.size).pixels if recipe.rendered else None
    return save_familiarity(model, learned, rendered)[0]


def open_start(path: Path, names: tuple[str, ...], recipe: Recipe) -> tuple[OpenModel, Recipe]:
    """Open a model to go on training from, and take over how it is shown photos.

    Args:
        path: As `registry.open_model`.
        names: The classes of the photos.
        recipe: How to train.

    Raises:
        TrainingError: If it was not trained by a recipe of this project, or on other classes.
    """
    model = open_model(path)
    import keras

    shown = model.card.input
    if not isinstance(model.keras, keras.Model) or shown.values != "imagenet":
        raise TrainingError(
            "start_unfit",
            f"{path.name} cannot be trained on: only a model that `train` has made can.",
            name=path.name,
        )
    if model.card.names != names:
        raise TrainingError(
            "start_unfit",
            f"{path.name} tells {', '.join(model.card.names)}, but the photos show "
            f"{', '.join(names)}. Name the folders as its classes.",
            name=path.name,
        )
    taken = replace(recipe, size=shown.width, geometry=shown.geometry, weights=printable(path.name))
    return model, taken


def _cure(
    folder: PhotoFolder,
    chosen: NDArray[np.bool_],
    side: int,
    recipe: Recipe,
    grounds: Path | None,
    watch: Progress,
) -> LabelledImages:
    """The chosen photos' rice in places, lights and qualities drawn independently of the class."""
    photos = [photo for photo, each in zip(folder.photos, chosen, strict=True) if each]
    fine = _cut_side(recipe)
    real = read_grounds(grounds, fine) if grounds else ()
    apart = take_apart(folder.names, photos, fine, recipe.geometry, watch)
    return draw_cured(apart, recipe.cure, recipe.seed, real, side=side)


def _cut_side(recipe: Recipe) -> int:
    """How large photos are when their rice is cut out, in pixels."""
    return max(2 * recipe.size, FINEST)


def _read_images(
    folder: PhotoFolder, chosen: NDArray[np.bool_], side: int, geometry: str
) -> LabelledImages:
    """Read the chosen photos as the model is shown them, in squares."""
    photos = [photo for photo, each in zip(folder.photos, chosen, strict=True) if each]
    pixels = np.empty((len(photos), side, side, 3), np.uint8)
    for row, photo in enumerate(photos):
        rgb = read_file(photo.path, longest=2 * side).rgb
        pixels[row] = fit(rgb, place(rgb.shape[:2], (side, side), geometry))
    return LabelledImages(pixels, np.array([photo.label for photo in photos], int))


def _render_scenes(names: tuple[str, ...], recipe: Recipe, side: int) -> LabelledImages:
    """Render scenes of every class, in turn over layouts and backgrounds."""
    pixels, labels = [], []
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
            pixels.append(fit(scene.rgb, place(scene.rgb.shape[:2], (side, side), recipe.geometry)))
            labels.append(label)
    return LabelledImages(np.stack(pixels), np.array(labels))


def _check_rendered(folder: PhotoFolder, recipe: Recipe) -> None:
    unknown = sorted(set(folder.names) - set(VARIETIES))
    if recipe.rendered and unknown:
        raise TrainingError(
            "not_rendered",
            f"No scenes can be rendered of {', '.join(unknown)}; only of {', '.join(VARIETIES)}. "
            "Train without --rendered.",
            names=", ".join(unknown),
        )
