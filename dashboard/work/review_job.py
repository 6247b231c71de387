"""All photos of a session reviewed by the command line's own function, in a thread of its own."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread

from core.errors import LensError
from core.explain.open_explainer import model_digest
from core.explain.output_files import folder_names
from core.images.photo_formats import EXTENSIONS
from core.review.pipeline import PICTURES, review
from core.review.result_row import ResultRow
from core.review.reuse import EarlierResult, reuse_results
from core.review.worker import ReviewSettings, review_photos
from dashboard.state.session import Entry, Session
from dashboard.work.model_pool import Model, unknown

log = logging.getLogger("dashboard")
PHOTOS, EXPORT = "photos", "rice-lens-review"
_BYTES = 180  # of a file's name: most disks take 255
_DEEP = 3  # folders around a photo that are kept


class _StoppedError(Exception):
    """The visitor wanted no more of it."""


@dataclass
class Work:
    """What a review's thread and the page share.

    Attributes:
        folder: Holds the photos and the exports; removed when nobody needs it any more.
        settings: What is asked of each photo.
        rows: What is known by now, by the photo's number.
        stop: Set to end the thread at the next run of the network.
        running: Whether the thread is.
        finished: Whether the export is complete.
        error: Why it ended before that.
        packing: Held by whoever takes the export away.
        known: What an earlier review with fewer photos gave, by the photo's hash.
    """

    folder: TemporaryDirectory[str]
    settings: ReviewSettings
    rows: dict[int, ResultRow] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    running: bool = False
    finished: bool = False
    error: LensError | None = None
    packing: Lock = field(default_factory=Lock)
    known: dict[str, EarlierResult] = field(default_factory=dict)

    @property
    def photos(self) -> Path:
        """Where the photos are."""
        return Path(self.folder.name) / PHOTOS

    @property
    def export(self) -> Path:
        """Where the export is."""
        which = "whole" if self.settings.evidence else "plain"
        return Path(self.folder.name) / which / EXPORT


@dataclass(eq=False)
class Review:
    """A review as the page sees it; when it is forgotten, its thread ends.

    Attributes:
        model: Whose answers these are.
        entries: The photos, by their paths in the review.
        work: How far it is.
        identity: The model's files', as in the export.
    """

    model: Model
    entries: dict[str, Entry]
    work: Work
    identity: str
    _began: tuple[float, int] = (0.0, 0)

    @property
    def begun(self) -> bool:
        """Whether it ever was."""
        return self._began != (0.0, 0)

    @property
    def done(self) -> int:
        """Photos that are done, or nearly: a picture is drawn before its row is there."""
        if self.work.settings.evidence:  # nearly is far from done then
            return len(self.work.rows)
        pictures = self.work.export / PICTURES
        drawn = sum(1 for _ in pictures.iterdir()) if pictures.is_dir() else 0
        return min(len(self.entries), max(len(self.work.rows), drawn))

    @property
    def answers(self) -> dict[str, EarlierResult]:
        """What is known by now, by the photo's path in the review."""
        work = self.work
        found = {file: work.known.get(entry.sha256) for file, entry in self.entries.items()}
        known = {file: each for file, each in found.items() if each}
        for row in [*work.rows.values()]:
            picture = work.export / row.picture if row.picture else None
            try:
                known[row.file] = EarlierResult(row, picture.read_bytes() if picture else b"")
            except OSError:  # removed by the thread, which draws it anew
                known.pop(row.file, None)
        return known

    @property
    def seconds_left(self) -> float | None:
        """About how long it takes yet; None where nobody knows."""
        since, before = self._began
        done = self.done - before
        if done <= 0:
            return None
        return (time.monotonic() - since) / done * (len(self.entries) - self.done)

    def go_on(self) -> None:
        """Begin, or go on where it was stopped."""
        work = self.work
        if work.running or work.finished:
            return
        work.stop.clear()
        work.running, work.error = True, None
        self._began = time.monotonic(), len(work.rows)
        told = work, self.model, self.identity, self.answers
        Thread(target=_review, args=told, daemon=True).start()


def begin(session: Session, model: Model, settings: ReviewSettings) -> Review:
    """Lay the session's photos into a folder; of one that the model chokes on, nothing can be said.

    What earlier reviews of this session gave of the same photos is not asked again.

    Raises:
        LensError: If there is no room for them.
    """
    entries = [
        entry for key, entry in session.photos.items() if (model.key, key) not in session.failed
    ]
    same = [each for each in session.reviews.values() if [*each.entries.values()] == entries]
    work = Work(same[0].work.folder if same else TemporaryDirectory(prefix="rice-lens-"), settings)
    for earlier in session.reviews.values():
        if (earlier.model.key, earlier.work.settings) == (model.key, settings):
            answers = earlier.answers
            work.known |= {earlier.entries[file].sha256: each for file, each in answers.items()}
    try:
        laid = same[0].entries if same else lay(entries, work.photos)
    except OSError as error:
        raise LensError("review_no_room", f"The photos cannot be kept ({error}).") from error
    found = Review(model, laid, work, model_digest(Path(model.key)))
    weakref.finalize(found, work.stop.set)
    return found


def lay(entries: Iterable[Entry], folder: Path) -> dict[str, Entry]:
    """Write photos into a folder, each within the folders that its name tells of.

    Args:
        entries: Their names are strangers' texts. A rendered sample's folder is its variety.
        folder: New.

    Returns:
        The photos, by their paths in the folder with "/".
    """
    laid: dict[str, Entry] = {}
    taken: set[str] = set()
    for entry in entries:
        *around, name = PurePosixPath(entry.name.replace("\\", "/")).parts or ("",)
        if entry.variety:
            around = [entry.variety]
        inside = [_harmless(part) for part in around[-_DEEP:]]
        ending = PurePosixPath(name).suffix
        known = ending[1:].lower() in EXTENSIONS
        stem, ending = (name[: -len(ending)], ending) if known else (name, ".jpg")
        stem, number = _harmless(stem), 1
        file = "/".join([*inside, stem + ending])
        while file.casefold() in taken:
            number += 1
            file = "/".join([*inside, f"{stem}_{number}{ending}"])
        taken.add(file.casefold())
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.data)
        laid[file] = entry
    return laid


def _harmless(name: str) -> str:
    """A part of a path that leads nowhere else and that every disk takes."""
    (harmless,) = folder_names([f"{name}.jpg"])
    return harmless.encode("utf-8", "ignore")[:_BYTES].decode("utf-8", "ignore").strip(" .")


def _review(work: Work, model: Model, identity: str, known: Mapping[str, EarlierResult]) -> None:
    """The thread's work. It must not know the session, whose end is to end it."""

    def halt(count: int) -> None:
        if work.stop.is_set():
            raise _StoppedError

    def told(row: ResultRow) -> None:
        halt(1)
        work.rows[row.number] = row

    try:
        shared = model.opened()
        baselines = shared.controls if work.settings.evidence else None
        review(
            work.photos,
            shared.visited(halt),
            identity,
            work.settings,
            work.export,
            resume=True,
            on_row=told,
            engine=reuse_results(known, partial(review_photos, baselines=baselines)),
        )
        work.finished = True
    except _StoppedError:
        pass
    except LensError as error:
        work.error = error
    except Exception:
        log.exception("a review of %s cannot go on", model.name)
        work.error = unknown()
    finally:
        work.running = False
