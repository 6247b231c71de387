"""A finished export as one ZIP file, in pieces as they are ready."""

from __future__ import annotations

import filecmp
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.errors import LensError
from core.review.manifest import MANIFEST_FILE, read_manifest

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that ZIP knows: the same export gives the same bytes
_PACKED = ".jpg"  # would not get smaller
_PIECE = 1 << 20  # bytes


def zip_file(folder: Path, resume: bool = False) -> Path:
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
        LensError: If the export is not finished, or the file is there and differs.
    """
    unfinished = file.with_name(f"{file.name}.part")
    with unfinished.open("wb") as out:
        out.writelines(zipped(folder))
        out.flush()
        os.fsync(out.fileno())
    if not file.exists():
        unfinished.replace(file)
        return
    same = filecmp.cmp(unfinished, file, shallow=False)
    unfinished.unlink()
    if not same:
        zip_file(folder)  # tells that it is there


def zipped(folder: Path) -> Iterator[bytes]:
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
    out = _Pieces()
    with zipfile.ZipFile(out, "w") as archive:
        for name in [*manifest["files"], MANIFEST_FILE]:
            entry = zipfile.ZipInfo(f"{folder.resolve().name}/{name}", _DATE)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            packed = name.endswith(_PACKED)
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as file, archive.open(entry, "w") as into:
                while piece := file.read(_PIECE):
                    into.write(piece)
                    yield from out.taken()
            yield from out.taken()
    yield from out.taken()


class _Pieces(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def taken(self) -> Iterator[bytes]:
        """Those bytes, if there are any."""
        if self._written:
            piece = bytes(self._written)
            self._written.clear()
            yield piece
