"""Photo files labelled by their folder, and a balanced sample of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError
from core.images.photo_formats import EXTENSIONS
from core.models.card import Card
from core.texts import count_noun
from core.utils.natural_sort import natural_sort_key

_MOST, _MOST_OF_A_CLASS = 400, 40  # photos that are enough, in all and of a class
_NAMED = 8  # names that an error lists


@dataclass(frozen=True)
class LabelledPhotos:
    """Photo files with their class.

    Attributes:
        names: The classes, in the order of the model's outputs.
        files: Each with the index of its class, by class and then in natural order.
        assumed: Whether the names are the folders', because the model's classes have none.
    """

    names: tuple[str, ...]
    files: tuple[tuple[Path, int], ...]
    assumed: bool


def _photo_files(path: Path) -> list[Path]:
    """A folder stands for the photos in it, at any depth; anything else stands for itself."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix[1:].lower() in EXTENSIONS)
    return sorted(found, key=lambda file: natural_sort_key(str(file)))


def has_unnamed_classes(card: Card) -> bool:
    """Whether a model's classes have no names.

    Example:
        >>> from core.models.card import Input, class_names
        >>> has_unnamed_classes(Card(class_names(["class 0", "class 1"]), Input(8, 8)))
        True
    """
    return card.names == tuple(f"class {number}" for number in range(len(card.names)))


def find_labelled_photos(paths: Sequence[Path], card: Card) -> LabelledPhotos | None:
    """Label photo files by the class that their folder is named as, in capital letters or not.

    Where the model's classes have no names, as many folders are taken for them in the order of
    their names, as Keras' `image_dataset_from_directory` and `flow_from_directory` number them.

    Args:
        paths: Folders that hold class folders, or class folders.
        card: The model's card.

    Returns:
        None if none of them is a class folder or holds one: photos of unknown class.

    Raises:
        LensError: If a path is missing, a folder is not named as a class, or only some of the
            photos lie in class folders.
    """
    for path in paths:
        if not path.exists():
            raise LensError("photos_missing", f"There is no photo or folder {path}.")
    inner = {path: _holding_photos(path) for path in paths}
    folders = [folder for path in paths for folder in inner[path] or [path] if folder.is_dir()]
    found = sorted({folder.name for folder in folders})
    plain = {name.casefold(): label for label, name in enumerate(card.names)}
    strange = [name for name in found if name.casefold() not in plain]
    assumed = has_unnamed_classes(card) and len(found) == len(strange) == len(card.names)
    if assumed:
        plain, strange = {name.casefold(): label for label, name in enumerate(found)}, []
    if len(strange) == len(found) and not any(inner.values()):
        return None
    _check(card, found, strange, [path for path in paths if not path.is_dir()])
    names = tuple(found) if assumed else card.names
    files = [
        (file, names.index(folder.name) if folder.name in names else plain[folder.name.casefold()])
        for folder in folders
        for file in _photo_files(folder)
    ]
    return LabelledPhotos(names, tuple(sorted(files, key=lambda each: each[1])), assumed)


def sample_photos(known: LabelledPhotos, seed: int = 0) -> tuple[tuple[Path, int], ...]:
    """Draw at most 40 photos of each class, 400 in all, at random: more would add little.

    Returns:
        Each with the index of its class, in the order of `Known.files`.
    """
    lot = random.Random(seed)
    by_class: dict[int, list[int]] = {}
    for index, (_, label) in enumerate(known.files):
        by_class.setdefault(label, []).append(index)
    drawn = []
    for label in lot.sample(list(by_class), len(by_class)):
        some = lot.sample(by_class[label], min(len(by_class[label]), _MOST_OF_A_CLASS))
        drawn += list(enumerate(some))
    drawn.sort(key=lambda each: each[0])  # one of each class, then a second one, …
    return tuple(known.files[index] for index in sorted(index for _, index in drawn[:_MOST]))


def _holding_photos(path: Path) -> list[Path]:
    """The folders in a folder that hold photos; hidden ones are passed over."""
    if not path.is_dir():
        return []
    entries = sorted(entry for entry in path.iterdir() if entry.is_dir() and entry.name[0] != ".")
    return [entry for entry in entries if _photo_files(entry)]


def _check(card: Card, found: list[str], strange: list[str], loose: list[Path]) -> None:
    if strange and has_unnamed_classes(card):
        raise LensError(
            "folders_unfit",
            f"Class folders found: {len(found)} ({_listed(found)}), but the model has "
            f"{count_noun(len(card.names), 'class')} without names. Give one folder for each "
            "class, named so that their alphabetical order is that of the model's outputs.",
        )
    if strange:
        raise LensError(
            "folders_unfit",
            f"No class of the model is called {_listed(strange)}; its classes are "
            f"{_listed(list(card.names))}. Name each folder as the class it shows and leave the "
            "others out, or give photos alone to see what would be answered.",
        )
    if loose:
        raise LensError(
            "photos_mixed",
            f"{_listed([path.name for path in loose])} lies in no class folder, other photos do. "
            "Give either class folders or photos of unknown class.",
        )


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
