"""Reads a folder of class folders, split by scene into training, validation and test.

Photos of one heap taken one after another look alike; were one trained on and the other tested on,
the accuracy would flatter. So whole scenes go to one side of the split.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.audit import Audit, audit_photos
from core.errors import PhotoError, TrainingError
from core.images.decode import read_file
from core.images.photo_formats import ACCEPTED
from core.images.same_scene import group_scenes, thumbnail_vector
from core.texts import count_noun
from core.utils.file_names import printable
from core.utils.natural_sort import natural_sort_key
from core.utils.progress import Progress, silent

PARTS = ("train", "validation", "test")
SHARES = (0.65, 0.15, 0.20)


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo file that can be read, and what it shows.

    Attributes:
        path: The file.
        label: Index of the class.
        look: float32 [256], as of `thumbnail_vector`.
    """

    path: Path
    label: int
    look: NDArray[np.float32]


@dataclass(frozen=True)
class PhotoFolder:
    """Photos and classes of a folder of class folders.

    Attributes:
        names: The classes, in order of the labels.
        photos: All that could be read, by class and then in natural order of their names.
        unreadable: Files left out, each with the reason.
    """

    names: tuple[str, ...]
    photos: tuple[LabelledPhoto, ...]
    unreadable: tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class LabelledImages:
    """Images of one size, and what each one shows.

    Attributes:
        pixels: uint8 [N, H, W, 3].
        labels: Index of each one's class, int [N].
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.intp]

    def __add__(self, other: LabelledImages) -> LabelledImages:
        """Both together."""
        return LabelledImages(
            np.concatenate([self.pixels, other.pixels]), np.concatenate([self.labels, other.labels])
        )


def read_folder(folder: Path, progress: Progress = silent) -> PhotoFolder:
    """List a folder of class folders and look at each photo.

    Args:
        folder: Holds one folder a class; hidden files and folders are passed over.
        progress: Wraps the list of files, to show how far it is; given what is being done.

    Raises:
        TrainingError: If nothing can be trained from it; says which class lacks what.
    """
    if not folder.is_dir():
        raise TrainingError("folder_missing", f"There is no folder {folder}.", folder=str(folder))
    classes = sorted(
        (entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."),
        key=lambda entry: natural_sort_key(entry.name),
    )
    if len(classes) < 2:
        raise TrainingError(
            "classes_few",
            f"{folder} holds {count_noun(len(classes), 'class folder')}. Put the photos of each "
            "variety into a folder of its own; two varieties at least.",
            got=len(classes),
        )
    files = [
        (path, label)
        for label, entry in enumerate(classes)
        for path in sorted(entry.iterdir(), key=lambda path: natural_sort_key(path.name))
        if path.is_file() and path.name[0] != "."
    ]
    labels = dict(files)
    photos, unreadable = [], []
    for path in progress([path for path, _ in files], "reading"):
        try:
            photos.append(
                LabelledPhoto(
                    path, labels[path], thumbnail_vector(read_file(path, longest=256).rgb)
                )
            )
        except PhotoError as error:
            unreadable.append((path, str(error)))
    for label, entry in enumerate(classes):
        count = sum(photo.label == label for photo in photos)
        if count < 2:
            left_out = sum(path.parent == entry for path, _ in unreadable)
            known = ", ".join(ACCEPTED)
            raise TrainingError(
                "class_small",
                f"The class folder {entry.name} holds {count_noun(count, 'readable photo')}"
                + (f" ({left_out} could not be read)" if left_out else "")
                + f"; it needs 2 at least. Photos are {known} files.",
                folder=entry.name,
                got=count,
            )
    names = tuple(printable(entry.name) for entry in classes)  # as the model's card takes them
    return PhotoFolder(names, tuple(photos), tuple(unreadable))


def number_scenes(photos: tuple[LabelledPhoto, ...]) -> list[int]:
    """A scene number a photo, as `group_scenes`, of `PhotoFolder.photos`."""
    looks = np.stack([photo.look for photo in photos])
    return group_scenes(looks, [photo.label for photo in photos])


def audit_folder(folder: PhotoFolder, progress: Progress = silent) -> Audit:
    """Audit a folder's photos, as `audit_photos`."""
    photos = folder.photos
    files, labels = [photo.path for photo in photos], [photo.label for photo in photos]
    return audit_photos(folder.names, files, labels, number_scenes(photos), progress)


def split_by_scene(photos: tuple[LabelledPhoto, ...], seed: int) -> list[str]:
    """Send whole scenes to training, validation and test, class by class.

    Args:
        photos: As `PhotoFolder.photos`.
        seed: Decides which scenes go where.

    Returns:
        "train", "validation" or "test" for each photo; each class keeps at least one photo in
        training, and one in validation.
    """
    by_scene = defaultdict(list)
    for index, number in enumerate(number_scenes(photos)):
        by_scene[number].append(index)
    parts = ["train"] * len(photos)
    for label in sorted({photo.label for photo in photos}):
        members = [m for m in by_scene.values() if photos[m[0]].label == label]
        if len(members) == 1:  # one scene only: an honest split is impossible, halve it
            members = [members[0][::2], members[0][1::2]]
        random.Random(f"{seed}/{label}").shuffle(members)
        total = sum(map(len, members))
        counts = dict.fromkeys(PARTS, 0)
        for position, scene in enumerate(members):
            left = len(members) - position
            empty = [part for part in PARTS[:2] if not counts[part]]
            # To whichever part lacks most of its share; the last scenes fill what is still empty.
            lacking = {p: s - counts[p] / total for p, s in zip(PARTS, SHARES, strict=True)}
            part = empty[0] if left <= len(empty) else max(lacking, key=lacking.__getitem__)
            counts[part] += len(scene)
            for index in scene:
                parts[index] = part
    return parts
