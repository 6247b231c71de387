"""Lists the photos of a folder with their folder labels, and what is skipped."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError
from core.images.photo_formats import EXTENSIONS
from core.review.storage import StoredFile, StoredFolder
from core.utils.file_names import printable
from core.utils.natural_sort import natural_sort_key


@dataclass(frozen=True)
class ListedPhoto:
    """A photo to be reviewed.

    Attributes:
        number: From 0, in the listing's order.
        path: The file.
        file: Its path inside the folder, with "/", as it is written into tables.
        true: The class that its folder names; "" if none does.
    """

    number: int
    path: Path | StoredFile
    file: str
    true: str = ""


@dataclass(frozen=True)
class Listing:
    """Photos and skipped files of a folder, at any depth.

    Attributes:
        photos: In natural order, folder by folder.
        links: Symbolic links; they are not followed, because they may lead anywhere, or in circles.
        others: How many files are called neither as a photo nor hidden.
    """

    photos: tuple[ListedPhoto, ...]
    links: tuple[str, ...] = ()
    others: int = 0


def list_photos(folder: Path | StoredFolder, classes: Sequence[str]) -> Listing:
    """List a folder's photos at any depth; hidden files and folders are passed over.

    A photo's true class is the nearest folder around it that is named as a class, in capital
    letters or not, `folder` itself included.

    Args:
        folder: Where to look; the same photos have the same names and order in a store.
        classes: The model's.

    Raises:
        LensError: If there is no such folder, or one in it cannot be read.
    """
    named = {_normalize(name): name for name in classes}
    if isinstance(folder, StoredFolder):
        return _list_stored(folder, named)
    if not folder.is_dir():
        raise LensError(
            "folder_missing", f"There is no folder {folder}. Name one that holds photos."
        )
    photos: list[ListedPhoto] = []
    links: list[str] = []
    others = 0
    for entry, true in _walk(folder.resolve(), named, ""):
        file = printable(Path(entry.path).relative_to(folder.resolve()).as_posix())
        if entry.is_symlink():
            links.append(file)
        elif Path(entry.name).suffix[1:].lower() in EXTENSIONS and entry.is_file():
            photos.append(ListedPhoto(len(photos), Path(entry.path), file, true))
        else:
            others += 1
    return Listing(tuple(photos), tuple(links), others)


def _list_stored(folder: StoredFolder, named: dict[str, str]) -> Listing:
    """A store's folder; its listing comes all at once."""
    photos: list[ListedPhoto] = []
    links: list[str] = []
    others = 0
    found = [each for each in folder.files() if not any(part[:1] == "." for part in each[0])]
    for parts, stored in sorted(found, key=lambda each: _sort_key(each[0])):
        file, around = printable("/".join(parts)), (folder.name, *parts[:-1])
        if stored is None:
            links.append(file)
        elif Path(parts[-1]).suffix[1:].lower() in EXTENSIONS:
            classes = [named[_normalize(part)] for part in around if _normalize(part) in named]
            true = classes[-1] if classes else ""
            photos.append(ListedPhoto(len(photos), stored, file, true))
        else:
            others += 1
    return Listing(tuple(photos), tuple(links), others)


def _sort_key(parts: Sequence[str]) -> list[tuple[list[tuple[int, int, str]], str]]:
    """Natural order, folder by folder; names that differ in capital letters alone have one, too."""
    return [(natural_sort_key(part), part) for part in parts]


def _walk(folder: Path, named: dict[str, str], true: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """All that is in a folder and no folder, each with the class that it lies in."""
    true = named.get(_normalize(folder.name), true)
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: _sort_key([entry.name]))
    except OSError as error:
        raise LensError(
            "folder_unreadable",
            f"The folder {folder} cannot be read ({error.strerror}). Ask for permission to read "
            "it, or move it elsewhere.",
        ) from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), named, true)
        else:
            yield entry, true


def _normalize(name: str) -> str:
    """Equal for names that people take for the same: some systems write ガ as カ and ゛."""
    return unicodedata.normalize("NFC", name).casefold()
