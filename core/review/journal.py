"""Journal of a review: one line a photo, so that an interrupted review resumes.

A line is written after its photo's picture. So after a kill at any moment the journal says of no
photo that it is done unless it is. Whole chunks alone count, because photos are explained in
chunks that must stay the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import LensError, out_busy
from core.review.result_row import ResultRow
from core.review.worker import CHUNK_SIZE
from core.utils.file_lock import lock_file

JOURNAL_FILE = "journal.jsonl"


@contextmanager
def open_journal(folder: Path) -> Iterator[BinaryIO]:
    """An export's journal, for this process alone.

    Raises:
        LensError: If another process has it.
    """
    with (folder / JOURNAL_FILE).open("a+b") as file:
        if not lock_file(file):
            raise out_busy(folder)
        yield file


def start(file: BinaryIO, about: dict[str, Any]) -> None:
    """Write what is reviewed, and how, into an empty journal."""
    file.truncate(0)
    file.write(_to_line(about))
    file.flush()


def resume(file: BinaryIO, about: dict[str, Any], folder: Path, photos: int) -> int:
    """Keep the photos that are done, and cut off what a killed process left half written.

    A photo counts as done if its picture is there as it was written.

    Args:
        file: An open journal.
        about: What `start` was given.
        folder: The export's.
        photos: How many there are in all.

    Returns:
        How many are done.

    Raises:
        LensError: If the journal is of other photos, another model or other parameters, or no
            review's.
    """
    file.seek(0)
    line = file.readline()
    head = _parse(line)
    if head is None:
        # A process that was killed, or a power cut, while the head was written; not a file of
        # somebody's own that happens to have the name.
        if not _to_line(about).startswith(line) and line.strip(b"\0\n"):
            raise LensError(
                "export_exists",
                f"{folder / JOURNAL_FILE} is no review's journal. Name a new folder.",
            )
        start(file, about)
        return 0
    check_same_review(about, head, folder)
    keep, done = file.tell(), 0
    offset = keep
    for count, line in enumerate(file, 1):
        row = _parse_row(line)
        if row is None or not _picture_intact(row, folder):
            break
        offset += len(line)
        if count % CHUNK_SIZE == 0 or count == photos:
            keep, done = offset, count
    file.truncate(keep)
    return done


def check_same_review(about: dict[str, Any], begun: dict[str, Any], folder: Path) -> None:
    """Make sure that the review that was begun is the one asked for now.

    Args:
        about: The review asked for now.
        begun: The head of a journal or a manifest.
        folder: The export's.

    Raises:
        LensError: If it is not; it names what is different.
    """
    asked = json.loads(json.dumps(about))  # as it looks on disk, where a tuple is a list
    changed = [key for key in asked if begun.get(key) != asked[key]]
    if changed:
        raise LensError(
            "review_differs",
            f"The review in {folder} was begun with different {' and '.join(changed)}. Name a new "
            "folder, or give what it was begun with.",
        )


def append(file: BinaryIO, row: ResultRow, whole: bool) -> None:
    """Write a photo down.

    Args:
        file: An open journal.
        row: The photo's.
        whole: Whether it ends a chunk.
    """
    file.write(_to_line(vars(row)))
    if whole:
        file.flush()


def read_head(folder: Path) -> dict[str, Any] | None:
    """What is reviewed, and how, as `start` wrote it; None where no journal says so."""
    try:
        with (folder / JOURNAL_FILE).open("rb") as file:
            return _parse(file.readline())
    except FileNotFoundError:
        return None


def read_rows(folder: Path) -> Iterator[ResultRow]:
    """The photos in a journal, one after the other."""
    with (folder / JOURNAL_FILE).open("rb") as file:
        file.readline()
        for line in file:
            yield ResultRow(**json.loads(line))


def _picture_intact(row: ResultRow, folder: Path) -> bool:
    """Whether a photo's picture is on disk as it was written; one that has none lacks nothing."""
    if not row.picture:
        return True
    try:
        picture = (folder / row.picture).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(picture).hexdigest() == row.picture_sha256


def _to_line(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    """A whole line's content; None if it was cut off."""
    try:
        data = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):  # after a power cut there may be anything
        return None
    return data if isinstance(data, dict) else None


def _parse_row(line: bytes) -> ResultRow | None:
    """A whole line's photo; None if it was cut off."""
    data = _parse(line)
    try:
        return None if data is None else ResultRow(**data)
    except TypeError:
        return None
