"""A folder of class folders becomes lists of photos, split by scene.

Photos of one heap taken one after another look alike; were one trained on and the other tested on,
the accuracy would flatter. So whole scenes go to one side of the split.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.errors import PhotoError, TrainingError
from core.images.decode import ACCEPTED, Photo, read_file

PARTS = ("train", "validation", "test")
SHARES = (0.65, 0.15, 0.20)
_LOOK = 16  # a photo's coarse look is 16 x 16 grey levels
_ALIKE = (0.8, 0.9, 0.95, 0.98, 0.995)  # correlations; the first that leaves enough scenes
_LARGEST_SCENE = 0.25  # of its class


@dataclass(frozen=True)
class Labelled:
    """A photo file that can be read, and what it shows.

    Attributes:
        path: The file.
        label: Index of the class.
        look: float32 [256], its coarse grey look with mean 0 and length 1.
    """

    path: Path
    label: int
    look: NDArray[np.float32]


@dataclass(frozen=True)
class Folder:
    """What a folder of class folders holds.

    Attributes:
        names: The classes, in order of the labels.
        photos: All that could be read, by class and then in natural order of their names.
        unreadable: Files left out, each with the reason.
    """

    names: tuple[str, ...]
    photos: tuple[Labelled, ...]
    unreadable: tuple[tuple[Path, str], ...]


def read_folder(
    folder: Path,
    progress: Callable[[Iterable[Path], str], Iterable[Path]] = lambda files, doing: files,
) -> Folder:
    """List a folder of class folders and look at each photo.

    Args:
        folder: Holds one folder a class; hidden files and folders are passed over.
        progress: Wraps the list of files, to show how far it is; told what is being done.

    Raises:
        TrainingError: If nothing can be trained from it; says which class lacks what.
    """
    if not folder.is_dir():
        raise TrainingError("folder_missing", f"There is no folder {folder}.", folder=str(folder))
    classes = sorted(
        (entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."),
        key=lambda entry: natural(entry.name),
    )
    if len(classes) < 2:
        raise TrainingError(
            "classes_few",
            f"{folder} holds {len(classes)} class folders. Put the photos of each variety into a "
            "folder of its own; two varieties at least.",
            got=len(classes),
        )
    files = [
        (path, label)
        for label, entry in enumerate(classes)
        for path in sorted(entry.iterdir(), key=lambda path: natural(path.name))
        if path.is_file() and path.name[0] != "."
    ]
    labels = dict(files)
    photos, unreadable = [], []
    for path in progress([path for path, _ in files], "reading"):
        try:
            photos.append(Labelled(path, labels[path], look_of(read_file(path, longest=256))))
        except PhotoError as error:
            unreadable.append((path, str(error)))
    for label, entry in enumerate(classes):
        count = sum(photo.label == label for photo in photos)
        if count < 2:
            left_out = sum(path.parent == entry for path, _ in unreadable)
            known = ", ".join(ACCEPTED)
            raise TrainingError(
                "class_small",
                f"The class folder {entry.name} holds {count} readable photos"
                + (f" ({left_out} could not be read)" if left_out else "")
                + f"; it needs 2 at least. Photos are {known} files.",
                folder=entry.name,
                got=count,
            )
    return Folder(tuple(entry.name for entry in classes), tuple(photos), tuple(unreadable))


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key that puts photo 9 before photo 10.

    Example:
        >>> sorted(["p10.jpg", "p9.jpg"], key=natural)
        ['p9.jpg', 'p10.jpg']
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def scenes(photos: tuple[Labelled, ...]) -> list[int]:
    """Which photos show the same scene.

    Photos that follow each other in their class and look alike (correlation of their coarse looks)
    are one scene, and so are photos anywhere that look the same. How alike is alike is the least
    strict value that leaves no scene larger than a quarter of its class.

    Args:
        photos: As `Folder.photos`: by class, in natural order.

    Returns:
        A scene number a photo, ascending with the photos.
    """
    looks = np.stack([photo.look for photo in photos])
    labels = np.array([photo.label for photo in photos])
    following = np.einsum("ij,ij->i", looks[:-1], looks[1:])
    same_class = labels[:-1] == labels[1:]
    twins = _twins(looks)
    numbers = np.arange(len(photos))
    for alike in _ALIKE:
        numbers = _connected(
            len(photos), np.flatnonzero(same_class & (following > alike)).tolist(), twins
        )
        sizes = np.bincount(numbers)[numbers] / np.bincount(labels)[labels]
        if (sizes <= _LARGEST_SCENE).all():
            break
    return [int(number) for number in numbers]


def split(photos: tuple[Labelled, ...], seed: int) -> list[str]:
    """Send whole scenes to training, validation and test, class by class.

    Args:
        photos: As `Folder.photos`.
        seed: Decides which scenes go where.

    Returns:
        "train", "validation" or "test" for each photo; each class keeps at least one photo in
        training, and one in validation.
    """
    by_scene = defaultdict(list)
    for index, number in enumerate(scenes(photos)):
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


def look_of(photo: Photo) -> NDArray[np.float32]:
    """A photo's coarse look, as `Labelled.look`."""
    grey = cv2.cvtColor(photo.rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_LOOK, _LOOK), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return (small / max(1e-6, float(np.linalg.norm(small)))).ravel()


def _twins(looks: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs that look the same wherever they stand, in blocks so that memory stays bounded."""
    pairs = []
    for start in range(0, len(looks), 512):
        alike = np.argwhere(looks[start : start + 512] @ looks.T > 0.998)
        pairs += [(int(i) + start, int(j)) for i, j in alike if i + start < j]
    return pairs


def _connected(count: int, following: list[int], pairs: list[tuple[int, int]]) -> NDArray[np.intp]:
    """Number the connected groups of photos, in order of their first photo."""
    edges = np.array([*((index, index + 1) for index in following), *pairs], int).reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(count, count))
    groups = connected_components(graph, directed=False)[1]
    first = np.unique(groups, return_index=True)[1]
    return np.argsort(np.argsort(first))[groups]
