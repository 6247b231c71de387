"""A reviewer's notes on photos, a mark and a line each, in memory or an SQLite file.

A note is of a photo (by its hash, whatever its name) and of a model (by its files' identity): who
disagrees with one model may agree with another.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError
from core.explain.output_files import escape_formula
from core.review.manifest import add_to_manifest
from core.review.result_row import ResultRow

AGREE, DISAGREE, RETAKE = "agree", "disagree", "retake"
MARKS = (AGREE, DISAGREE, RETAKE)
"""The answer is right; it is wrong; the photo must be taken again."""

NOTES_FILE = "notes.csv"
COLUMNS = ("file", "sha256", "predicted", "mark", "note")
LONGEST = 500  # characters of a line
_TABLE = """
CREATE TABLE IF NOT EXISTS notes (
    photo TEXT NOT NULL, model TEXT NOT NULL, mark TEXT NOT NULL, line TEXT NOT NULL,
    PRIMARY KEY (photo, model)
) WITHOUT ROWID
"""
_WRITE = """
INSERT INTO notes VALUES (:photo, :model, coalesce(:mark, ''), coalesce(:line, ''))
ON CONFLICT DO UPDATE SET mark = coalesce(:mark, mark), line = coalesce(:line, line)
"""
_FORGET = "DELETE FROM notes WHERE photo = :photo AND model = :model AND mark = '' AND line = ''"


@dataclass(frozen=True)
class Note:
    """A reviewer's note on a photo.

    Attributes:
        mark: One of `MARKS`, or "".
        line: In the reviewer's words; "" for none.
    """

    mark: str = ""
    line: str = ""


def clean_note(mark: str, line: str) -> Note:
    r"""A note as it is kept: its text in one line, without invisible characters, not too long.

    Raises:
        ValueError: If there is no such mark.

    Example:
        >>> clean_note("retake", " blurred,\n and dark ")
        Note(mark='retake', line='blurred, and dark')
    """
    if mark not in ("", *MARKS):
        raise ValueError(f"{mark!r} is no mark; there are {', '.join(MARKS)}")
    words = "".join(each if each.isprintable() else " " for each in line).split()
    return Note(mark, " ".join(words)[:LONGEST].strip())


@dataclass(frozen=True)
class Notebook:
    """Notes in an SQLite file, which is made when the first is written; several may write at once.

    Attributes:
        file: Where.
    """

    file: Path

    def read(self, model: str) -> dict[str, Note]:
        """The notes on a model's answers, by the photo's hash.

        Raises:
            LensError: If the file is none of notes, or cannot be read.
        """
        if not self.file.exists():
            return {}
        with self._opened() as notes:
            found = notes.execute("SELECT photo, mark, line FROM notes WHERE model = ?", (model,))
            return {photo: Note(mark, line) for photo, mark, line in found}

    def write(
        self, photo: str, model: str, mark: str | None = None, line: str | None = None
    ) -> None:
        """Write a note, or one part of it; the other part stays as it is.

        Args:
            photo: Its hash.
            model: Its files' identity.
            mark: As from `clean_note`; None leaves what is there.
            line: Likewise. A note without both is forgotten.

        Raises:
            LensError: If the file is none of notes, or cannot be written to.
        """
        with self._opened() as notes:
            of = {"photo": photo, "model": model, "mark": mark, "line": line}
            notes.execute(_WRITE, of)
            notes.execute(_FORGET, of)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=10)) as notes, notes:
                notes.execute(_TABLE)
                yield notes
        except (sqlite3.Error, OSError) as error:
            raise LensError(
                "notes_unusable",
                f"The notes in {self.file} cannot be read or written ({error}). Name a file of "
                "notes, or a new one in a folder that can be written to.",
            ) from error


def write_notes(folder: Path, rows: Iterable[ResultRow], notes: Mapping[str, Note]) -> None:
    """Put notes into a finished export as `notes.csv`, named in its manifest.

    Args:
        folder: The export's.
        rows: Its photos.
        notes: By the photo's hash; photos that are not in the export are passed over.
    """
    written = [(row, notes[row.sha256]) for row in rows if notes.get(row.sha256, Note()) != Note()]
    if not written and not (folder / NOTES_FILE).exists():
        return
    with (folder / NOTES_FILE).open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(COLUMNS)
        for row, note in written:
            cells = (row.file, row.sha256, row.predicted, note.mark, note.line)
            table.writerow([escape_formula(cell) for cell in cells])
    add_to_manifest(folder, NOTES_FILE)
