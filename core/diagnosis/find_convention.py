"""Search over the usual input conventions of a model; writes a certain result to its card."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.conventions import (
    Convention,
    Findings,
    compare_conventions,
    convention_logits,
    list_conventions,
)
from core.diagnosis.labelled_photos import LabelledPhotos, sample_photos
from core.errors import LensError, ModelError, PhotoError
from core.explain.explainer import Explainer
from core.images.decode import PREVIEW, read_file
from core.images.same_scene import group_scenes, thumbnail_vector
from core.models.calibration import to_card
from core.models.card import CARD_FILE, Card, class_names, write_card
from core.models.files.formats import recognise
from core.utils.progress import Progress

_MOST_UNKNOWN = 40  # photos of unknown class: more would add nothing

UnreadablePhotos = tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class Answer:
    """Predictions for unlabelled photos under one convention.

    Attributes:
        convention: Of the inputs.
        counts: How many photos it calls each class, in the order of its outputs.
        confidence: The mean of the predicted classes' probabilities.
    """

    convention: Convention
    counts: tuple[int, ...]
    confidence: float


def find_convention(
    explainer: Explainer, known: LabelledPhotos, progress: Progress
) -> tuple[Findings, UnreadablePhotos]:
    """Try every convention on a sample of photos of known class.

    Args:
        explainer: The model.
        known: The photos.
        progress: Wraps the list of files, to show how far it is; given what is being done.

    Returns:
        The findings, and the photos that could not be read with the reasons.

    Raises:
        LensError: If no photo can be read.
    """
    labels = dict(sample_photos(known))
    ways = list_conventions(explainer.card.input)
    read, logits, unread = _answered(explainer, list(labels), ways, progress)
    classes = [labels[path] for path, _ in read]
    found = compare_conventions(
        ways,
        logits,
        np.array(classes),
        np.array(group_scenes(np.stack([look for _, look in read]), classes)),
        explainer.network.head,
        explainer.card.temperature,
    )
    return found, unread


def answer_unlabelled(
    explainer: Explainer, files: Sequence[Path], progress: Progress
) -> tuple[tuple[Answer, ...], UnreadablePhotos]:
    """Classify photos of unknown class under every number convention and order of colours.

    Args:
        explainer: The model.
        files: Photos; of many, a few are drawn by lot.
        progress: Wraps the list of files, to show how far it is; given what is being done.

    Returns:
        The answers, and the photos that could not be read with the reasons.

    Raises:
        LensError: If no photo can be read.
    """
    given = explainer.card.input
    ways = [way for way in list_conventions(given) if way.geometry == given.geometry]
    some = random.Random(0).sample(list(files), min(len(files), _MOST_UNKNOWN))
    _, logits, unread = _answered(explainer, some, ways, progress)
    scores = explainer.probabilities(logits)
    predicted, classes = scores.argmax(axis=2), scores.shape[2]
    counts = [np.bincount(each, minlength=classes).tolist() for each in predicted]
    confidence = scores.max(axis=2).mean(axis=1)
    rows = zip(ways, counts, confidence, strict=True)
    return tuple(Answer(way, tuple(count), float(sure)) for way, count, sure in rows), unread


def _answered(
    explainer: Explainer, files: Sequence[Path], ways: Sequence[Convention], progress: Progress
) -> tuple[list[tuple[Path, NDArray[np.float32]]], NDArray[np.float32], UnreadablePhotos]:
    """The photos that could be read with their looks, and the logits float32 [K, N, C]."""
    read, logits, unread = [], [], []
    for file in progress(files, "trying"):
        try:
            photo = read_file(file, longest=PREVIEW)
        except PhotoError as error:
            unread.append((file, str(error)))
            continue
        read.append((file, thumbnail_vector(photo.rgb)))
        logits.append(convention_logits(explainer, photo, ways))
    if not read:
        reasons = "".join(f"\n{file}: {reason}" for file, reason in unread[:3])
        raise LensError("photos_none", f"There is no photo that can be read.{reasons}")
    return read, np.stack(logits, axis=1), tuple(unread)


def correct_card(card: Card, known: LabelledPhotos, found: Findings) -> Card:
    """Correct a card by what is certain; what the photos leave open stays as the card says.

    Its temperature is replaced by what these photos ask for, where half of their scenes foretell
    the other half better than it does.
    """
    way = found.closest_to(card.input).convention
    shown = replace(card.input, values=way.values, order=way.order, geometry=way.geometry)
    classes = class_names(list(known.names)) if known.assumed else card.classes
    corrected = replace(card, classes=classes, input=shown)
    measured = found.calibration
    if measured is None or not measured.improves:
        return corrected
    temperature = round(measured.fitted, 3)
    return replace(corrected, temperature=temperature, calibration=to_card(measured.refitted))


def save_card(card: Card, path: Path) -> Path:
    """Write a model's card where opening the model finds it.

    Args:
        card: The card.
        path: The model, as for `open_explainer.open_explainer`.

    Returns:
        The card's file: in the model's folder, or beside a bare file.

    Raises:
        ModelError: If the card would be taken for another model's, too, or cannot be written.
    """
    folder = path if path.is_dir() else path.parent
    others = [] if path.is_dir() else _neighbours(path)
    if others:
        raise ModelError(
            "card_shared",
            f"A card beside {path.name} would be taken for {', '.join(others)}, too. Put the model "
            "into a folder of its own.",
            name=path.name,
        )
    try:
        # Into place at once, so that nobody reads half a card.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            write_card(card, Path(scratch))
            os.replace(Path(scratch, CARD_FILE), folder / CARD_FILE)
    except OSError as error:
        raise ModelError(
            "card_unwritable",
            f"{folder / CARD_FILE} cannot be written ({error.strerror}). Copy the model to a "
            "folder of your own and check it there.",
            name=path.name,
        ) from error
    return folder / CARD_FILE


def _neighbours(path: Path) -> list[str]:
    """Other models' files in a bare model's folder."""
    own, others = recognise(path).path, set()
    for entry in path.parent.iterdir():
        try:
            found = recognise(entry).path if entry.is_file() else own
        except ModelError:
            continue
        others |= {found.name} - {own.name}
    return sorted(others)
