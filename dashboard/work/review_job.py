"""Review of all photos of a session, run in a background thread."""

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
from core.evidence.collect import VERDICT
from core.evidence.table_columns import evidence_cells
from core.explain.explanation import Explanation
from core.explain.known_explainer import KnownExplainer
from core.explain.open_explainer import model_digest
from core.explain.output_files import folder_names
from core.images.photo_formats import EXTENSIONS
from core.review.pipeline import PICTURES
from core.review.pipeline import review as write_review
from core.review.result_row import ResultRow
from core.review.reuse import EarlierResult, reuse_results
from core.review.worker import ReviewSettings, review_photos
from dashboard.state.session import Entry, Session
from dashboard.state.temporary_folder import temporary_folder
from dashboard.work.evidence_runner import EvidenceKey, known_verdict
from dashboard.work.model_pool import Model, unexpected_error

log = logging.getLogger("dashboard")
PHOTOS, EXPORT = "photos", "rice-lens-review"
_BYTES = 180  # of a file's name: most disks take 255
_DEEP = 3  # folders around a photo that are kept


class _StoppedError(Exception):
    """The visitor wanted no more of it."""


@dataclass
class ReviewJob:
    """A review under way: what its thread and the page share.

    Attributes:
        folder: Holds the photos and the exports; removed when nobody needs it any more.
        settings: What is asked of each photo.
        rows: The results by now, by the photo's number.
        stop: Set to end the thread at the next run of the network.
        running: Whether the thread is.
        finished: Whether the export is complete.
        error: Why it ended before that.
        packing: Held while the export is downloaded.
        known: What an earlier review with fewer photos gave, by the photo's hash.
        explanations: What the page has asked the model of the photos.
        evidence: Cells of what the page knows that the model looks at, by the photo's hash.
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
    explanations: tuple[Explanation, ...] = ()
    evidence: dict[str, dict[str, object]] = field(default_factory=dict)

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
        job: How far it is.
        identity: The model's files', as in the export.
    """

    model: Model
    entries: dict[str, Entry]
    job: ReviewJob
    identity: str
    _started: tuple[float, int] = (0.0, 0)

    @property
    def started(self) -> bool:
        """Whether it ever was."""
        return self._started != (0.0, 0)

    @property
    def done(self) -> int:
        """Photos that are done, or nearly: a picture is drawn before its row is there."""
        if self.job.settings.evidence:  # nearly is far from done then
            return len(self.job.rows)
        pictures = self.job.export / PICTURES
        drawn = sum(1 for _ in pictures.iterdir()) if pictures.is_dir() else 0
        return min(len(self.entries), max(len(self.job.rows), drawn))

    @property
    def results(self) -> dict[str, EarlierResult]:
        """What is known by now, by the photo's path in the review."""
        job = self.job
        found = {file: job.known.get(entry.sha256) for file, entry in self.entries.items()}
        known = {file: each for file, each in found.items() if each}
        for row in [*job.rows.values()]:
            picture = job.export / row.picture if row.picture else None
            try:
                known[row.file] = EarlierResult(row, picture.read_bytes() if picture else b"")
            except OSError:  # removed by the thread, which draws it again
                known.pop(row.file, None)
        return known

    @property
    def seconds_left(self) -> float | None:
        """About how long it takes yet; None where nobody knows."""
        since, before = self._started
        done = self.done - before
        if done <= 0:
            return None
        return (time.monotonic() - since) / done * (len(self.entries) - self.done)

    def start(self) -> None:
        """Start, or go on where it was stopped.

        Raises:
            OSError: If the photos have been cleared from the disk, and cannot be written again.
        """
        job = self.job
        if job.running or job.finished:
            return
        if not job.photos.is_dir():
            write_photos(self.entries.values(), job.photos)
            job.rows.clear()  # some may say that their photo is not there
        job.stop.clear()
        job.running, job.error = True, None
        self._started = time.monotonic(), len(job.rows)
        of = job, self.model, self.identity, self.results
        Thread(target=_run, args=of, daemon=True).start()


ReviewKey = tuple[str, bool, tuple[str, ...]]
"""The model's key, whether evidence is asked for, and the photos' hashes."""


class Reviews(dict[ReviewKey, Review]):
    """The reviews of a session."""


def wanted_review(session: Session, model: Model, evidence: bool) -> Review:
    """The review of the session's photos; the others stop, and go on where they were later.

    Raises:
        LensError: If there is no room for the photos.
    """
    reviews, key = session.part(Reviews), (model.key, evidence, tuple(session.photos))
    if key not in reviews:
        settings = ReviewSettings(evidence=VERDICT if evidence else "")
        review = prepare_review(session, model, settings)
        for other in [each for each in reviews if each[:2] == key[:2]]:  # of fewer photos
            del reviews[other]
        reviews[key] = review
    for other, review in reviews.items():
        if other != key:
            review.job.stop.set()
    return reviews[key]


def prepare_review(session: Session, model: Model, settings: ReviewSettings) -> Review:
    """Write the session's photos into a folder, without those that the model cannot explain.

    What the page or earlier reviews of this session gave of the same photos is not asked again.

    Raises:
        LensError: If there is no room for them.
    """
    entries = [
        entry for key, entry in session.photos.items() if (model.key, key) not in session.failed
    ]
    reviews = session.part(Reviews).values()
    same = [each for each in reviews if [*each.entries.values()] == entries]
    asked = ((model.key, settings.request, entry.sha256) for entry in entries)
    explanations = tuple(
        session.explanations[each] for each in asked if each in session.explanations
    )
    try:
        folder = same[0].job.folder if same else temporary_folder()
        job = ReviewJob(folder, settings, explanations=explanations)
        written = same[0].entries if same else write_photos(entries, job.photos)
    except OSError as error:
        raise LensError("review_no_room", f"The photos cannot be kept ({error}).") from error
    if settings.evidence == VERDICT:
        for each in explanations:
            key = EvidenceKey(model.key, each.sha256, settings.request, each.predicted)
            if evidence := known_verdict(session, key):
                job.evidence[each.sha256] = evidence_cells(evidence)
    for earlier in reviews:
        if (earlier.model.key, earlier.job.settings) == (model.key, settings):
            results = earlier.results
            job.known |= {earlier.entries[file].sha256: each for file, each in results.items()}
    review = Review(model, written, job, model_digest(Path(model.key)))
    weakref.finalize(review, job.stop.set)
    return review


def write_photos(entries: Iterable[Entry], folder: Path) -> dict[str, Entry]:
    """Write photos into a folder, each within the folders that its name tells of.

    Args:
        entries: Their names are strangers' texts. A rendered sample's folder is its variety.
        folder: New.

    Returns:
        The photos, by their paths in the folder with "/".
    """
    written: dict[str, Entry] = {}
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
        written[file] = entry
    return written


def _harmless(name: str) -> str:
    """A part of a path that leads nowhere else and that every disk takes."""
    (harmless,) = folder_names([f"{name}.jpg"])
    return harmless.encode("utf-8", "ignore")[:_BYTES].decode("utf-8", "ignore").strip(" .")


def _run(job: ReviewJob, model: Model, identity: str, known: Mapping[str, EarlierResult]) -> None:
    """What the thread does. It must not know the session, whose end is to end it."""

    def halt(count: int) -> None:
        if job.stop.is_set():
            raise _StoppedError

    def on_row(row: ResultRow) -> None:
        halt(1)
        job.rows[row.number] = row

    try:
        loaded = model.load()
        baselines = loaded.baselines if job.settings.evidence else None
        review = partial(review_photos, baselines=baselines, known=job.evidence)
        write_review(
            job.photos,
            KnownExplainer(loaded.for_visitor(halt), job.explanations),
            identity,
            job.settings,
            job.export,
            resume=True,
            on_row=on_row,
            engine=reuse_results(known, review),
        )
        job.finished = True
    except _StoppedError:
        pass
    except LensError as error:
        job.error = error
    except Exception:
        log.exception("a review of %s cannot go on", model.name)
        job.error = unexpected_error()
    finally:
        job.running = False
