"""Local folders and object storage (`s3://`, `gs://` and others of fsspec) under one interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LensError


@dataclass(frozen=True)
class StoredFile:
    """A file in object storage, with what `Path` offers to read it.

    Attributes:
        store: An `fsspec` file system; it travels to other processes.
        key: The file's name there.
        st_size: Bytes.
    """

    store: Any
    key: str
    st_size: int

    def stat(self) -> StoredFile:
        """What is known of it from the listing: its size."""
        return self

    def read_bytes(self) -> bytes:
        """All of it.

        Raises:
            OSError: Whatever the store's own package raises.
        """
        try:
            return bytes(self.store.cat_file(self.key))
        except Exception as error:
            raise OSError(0, f"{type(error).__name__}: {error}") from error

    def __str__(self) -> str:
        """Its address."""
        return str(self.store.unstrip_protocol(self.key))


@dataclass(frozen=True)
class StoredFolder:
    """A folder in object storage.

    Attributes:
        store: An `fsspec` file system.
        key: The folder's name there.
        address: As it was given, for people.
    """

    store: Any
    key: str
    address: str

    @property
    def name(self) -> str:
        """The folder's last name."""
        return self.key.rstrip("/").rpartition("/")[2]

    def files(self) -> Iterator[tuple[tuple[str, ...], StoredFile | None]]:
        """All files at any depth, each with the parts of its name; None for what is no plain file.

        Raises:
            LensError: If there is no such folder, or it cannot be read.
        """
        try:
            found = self.store.find(self.key, detail=True)
        except FileNotFoundError:
            found = {}
        except Exception as error:  # each store's package has errors of its own
            raise LensError(
                "folder_unreadable",
                f"{self.address} cannot be read ({type(error).__name__}: {error}). Check the name, "
                "and that this machine has the right to read it.",
            ) from error
        top = self.key.rstrip("/") + "/"
        inside = {key: about for key, about in found.items() if key.startswith(top)}
        if not inside:
            raise LensError(
                "folder_missing", f"There are no files in {self.address}. Name a folder of photos."
            )
        for key, about in inside.items():
            plain = about["type"] == "file" and not about.get("islink")
            stored = StoredFile(self.store, key, int(about["size"] or 0)) if plain else None
            yield tuple(key.removeprefix(top).split("/")), stored

    def __str__(self) -> str:
        """Its address."""
        return self.address


def open_folder(text: str) -> Path | StoredFolder:
    """Open a folder by its path or its address; `file://` is a path like any other.

    Example:
        >>> str(open_folder("photos")), str(open_folder("memory://bucket/photos"))
        ('photos', 'memory://bucket/photos')

    Raises:
        LensError: If no package opens such addresses.
    """
    if "://" not in text:
        return Path(text)
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    try:
        store, key = url_to_fs(text)
    except (ImportError, ValueError) as error:  # says which package, or which addresses it knows
        raise LensError("place_unknown", f"{text} cannot be opened: {error}.") from error
    return Path(key) if isinstance(store, LocalFileSystem) else StoredFolder(store, key, text)
