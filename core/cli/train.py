"""`python -m core train`: train on a folder of class folders."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.shared import (
    RESUMABLE,
    Commands,
    add_command,
    check_out,
    count,
    file_path,
    positive_int,
    print_left_out,
    progress_bar,
    seed,
    when_interrupted,
)
from core.errors import LensError
from core.images.preprocess import GEOMETRIES
from core.models.registry import find_model
from core.models.tensorflow.efficientnet import FEATURES, check_settings
from core.texts import count_noun
from core.training.cure import CURES

if TYPE_CHECKING:
    from core.training.dataset import PhotoFolder


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "train", "train a classifier on a folder of class folders")
    command.set_defaults(run=run)
    add = command.add_argument
    add("folder", type=file_path, metavar="FOLDER", help="one folder of photos per class")
    add("--out", type=file_path, required=True, metavar="MODEL", help="the new model's folder")
    add(
        "--size",
        type=positive_int,
        default=224,
        help="side of the model's input in pixels (%(default)s)",
    )
    add("--variant", choices=tuple(FEATURES), default="B0", help="EfficientNet (%(default)s)")
    add("--weights", default="lite0", help="lite0, imagenet, none, or a file (%(default)s)")
    add(
        "--from",
        dest="start",
        metavar="MODEL",
        help="go on from a model that was trained before, at its size",
    )
    add(
        "--cure",
        nargs="*",
        choices=CURES,
        metavar="CUE",
        help=f"train on the rice of each photo in the places of others, so that nothing else tells "
        f"the class: {', '.join(CURES)} (all)",
    )
    add(
        "--grounds",
        type=file_path,
        metavar="FOLDER",
        help="with --cure: photos of grounds without rice to lay it on, too",
    )
    add("--geometry", choices=GEOMETRIES, default="squash")
    add("--epochs", type=positive_int, default=60, help="at most so many (%(default)s)")
    add(
        "--patience",
        type=positive_int,
        default=20,
        help="stop after so many without improvement (%(default)s)",
    )
    add("--batch", type=positive_int, default=32, help="photos per step (%(default)s)")
    add("--seed", type=seed, default=0)
    add("--rendered", type=count, default=0, metavar="N", help="rendered scenes to add per class")
    add(
        "--about", type=file_path, metavar="FILE", help="JSON: title, names of the classes, licence"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.diagnosis.audit_text import audit_text
    from core.training.dataset import audit_folder, read_folder
    from core.training.fit import Recipe
    from core.training.recipes.rice_classifier import (
        DatasetInfo,
        open_start,
        read_dataset_info,
        train_rice_classifier,
    )
    from core.training.trainer import PROGRESS, check_untaken

    if options.grounds and options.cure is None:
        raise LensError("grounds_unused", "--grounds are to lay rice on. Give --cure, too.")
    check_out(options.out)
    check_untaken(options.out)
    before = find_model(options.start) if options.start else None
    if before is None:  # else it goes on at that model's size, from its weights
        check_settings((options.size, options.size), options.weights)
    about = read_dataset_info(options.about) if options.about else DatasetInfo()
    folder = read_folder(options.folder, progress_bar)
    print_left_out(folder.unreadable)
    if not (options.out / PROGRESS).is_dir():  # it was said before the interruption
        print(audit_text(audit_folder(folder, progress_bar)))
    recipe = Recipe(
        options.size, options.variant, options.weights, options.geometry, options.epochs,
        options.patience, options.batch, options.seed, options.rendered, _cures(options),
    )  # fmt: skip
    start = None
    if before:
        start, recipe = open_start(before, folder.names, recipe)
    with when_interrupted(RESUMABLE):
        card = train_rice_classifier(
            folder, recipe, about, options.out,
            start=start, grounds=options.grounds, watch=progress_bar,
        )  # fmt: skip
    measured = card.measured
    low, high = measured["interval"]
    photos = count_noun(measured["photos"], "photo")
    print(
        f"{options.out}: {measured['accuracy']:.1%} right on {photos} of scenes it was not trained "
        f"on (95 % interval {low:.1%} to {high:.1%})"
    )
    if recipe.cure:
        models = [each for each in (before, options.out) if each]
        _print_certificates(models, folder, recipe.seed)
    return 1 if folder.unreadable else 0


def _print_certificates(models: Sequence[Path], folder: PhotoFolder, seed: int) -> None:
    """How often models are right on the test photos, as they are and on other grounds."""
    from core.diagnosis.certificate_text import certificate_sentence
    from core.diagnosis.certify import certify
    from core.diagnosis.labelled_photos import LabelledPhotos
    from core.explain.open_explainer import open_explainer
    from core.training.dataset import split_by_scene

    parts = zip(folder.photos, split_by_scene(folder.photos, seed), strict=True)
    files = tuple((photo.path, photo.label) for photo, part in parts if part == "test")
    known = LabelledPhotos(folder.names, files, False)
    for model in models if files else ():
        found = certify(open_explainer(model), known, progress_bar)
        print(f"{found.name}: {certificate_sentence(found).en}")


def _cures(options: argparse.Namespace) -> tuple[str, ...]:
    """What is to be cured: nothing without `--cure`, all for that alone."""
    return () if options.cure is None else tuple(options.cure or CURES)
