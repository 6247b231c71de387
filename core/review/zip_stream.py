"""ZIP of a finished export, streamed piece by piece."""

from __future__ import annotations

import filecmp
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.errors import LensError
from core.review.manifest import MANIFEST_FILE, read_manifest
from core.utils.file_names import printable

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that ZIP knows: the same export gives the same bytes
_COMPRESSED = ".jpg"  # would not get smaller
_PIECE_SIZE = 1 << 20  # bytes


def zip_path(folder: Path, resume: bool = False) -> Path:
    """Where an export's ZIP file goes: beside its folder.

    Args:
        folder: The export's; there may be none yet.
        resume: Whether it may be there already, from when the export was finished.

    Raises:
        LensError: If it is there and may not be.
    """
    file = folder.resolve().with_name(f"{folder.resolve().name}.zip")
    if file.exists() and not resume:
        raise LensError(
            "export_exists",
            f"{file} is there already, and nothing is written over. Move it away, or name a new "
            "folder.",
        )
    return file


def write_zip(folder: Path, file: Path) -> None:
    """Write a finished export's ZIP file, all at once; one of the same bytes stays as it is.

    Raises:
        LensError: If the export is not finished, the file is there and differs, or it cannot be
            written.
    """
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("wb") as out:
            out.writelines(stream_zip(folder))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LensError(
            "zip_unwritable",
            f"{file} cannot be written ({error.strerror or error}); the export in {folder} is "
            "finished. Make room there, and give the same command with --resume.",
            done=True,
        ) from error
    if not file.exists():
        unfinished.replace(file)
        return
    same = filecmp.cmp(unfinished, file, shallow=False)
    unfinished.unlink()
    if not same:
        zip_path(folder)  # raises: it is there already


def stream_zip(folder: Path) -> Iterator[bytes]:
    """Pack what the manifest names, and nothing else; memory does not grow with the export.

    Args:
        folder: The export's.

    Yields:
        The ZIP file's bytes, piece by piece. Everything lies in a folder of the export's name.

    Raises:
        LensError: If it is not finished.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise LensError(
            "review_unfinished",
            f"{folder} is no finished review: it has no {MANIFEST_FILE}. Finish it with --resume.",
        )
    out = _Buffer()
    with zipfile.ZipFile(out, "w") as archive:
        for name in [*manifest["files"], MANIFEST_FILE]:
            entry = zipfile.ZipInfo(f"{printable(folder.resolve().name)}/{name}", _DATE)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            compressed = name.endswith(_COMPRESSED)
            entry.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as file, archive.open(entry, "w") as into:
                while piece := file.read(_PIECE_SIZE):
                    into.write(piece)
                    yield from out.drain()
            yield from out.drain()
    yield from out.drain()


class _Buffer(io.RawIOBase):
    """Buffers what is written until it is drained."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def drain(self) -> Iterator[bytes]:
        """What was written since the last time, if anything."""
        if self._written:
            piece = bytes(self._written)
            self._written.clear()
            yield piece
