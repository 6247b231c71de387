"""The review pipeline: a folder of photos in, an export out, and its manifest last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import LensError
from core.evidence.collect import FULL, VERDICT
from core.explain.explainer import Explainer
from core.explain.output_files import check_outside
from core.images.memory_budget import trim_memory
from core.review import journal
from core.review.listing import Listing, list_photos
from core.review.manifest import MANIFEST_FILE, describe_review, read_manifest, write_manifest
from core.review.report import write_report
from core.review.result_row import ResultRow
from core.review.storage import StoredFolder
from core.review.summary import summarize
from core.review.summary_file import summary_json
from core.review.tables import write_csv, write_parquet
from core.review.worker import CHUNK_SIZE, ReviewPhotos, ReviewSettings, ReviewTask, review_photos
from core.utils.file_names import printable
from core.utils.progress import Progress, silent

FILES = ("photos.csv", "photos.parquet", "report.html", "summary.json")
PICTURES = "pictures"
_NUMBERED = re.compile(r"(\d{6,})-.+\.jpg")  # as `worker.picture_name` names pictures


def review(
    folder: Path | StoredFolder,
    explainer: Explainer,
    model: str,
    settings: ReviewSettings,
    out: Path,
    workers: int | None = None,
    resume: bool = False,
    progress: Progress = silent,
    on_row: Callable[[ResultRow], None] = lambda row: None,
    engine: ReviewPhotos = review_photos,
) -> dict[str, Any]:
    """Review a folder and write the export; the same photos and model give the same bytes.

    Killed at any moment, it goes on with `resume` where it was, and what comes out is the same.

    Args:
        folder: Holds the photos, at any depth.
        explainer: With the model.
        model: Its files' identity, as `open_explainer.model_digest` gives it.
        settings: What is computed for each photo.
        out: The export's folder; new or empty, or begun before if `resume`.
        workers: Photos' chunks that are worked on at once; one a core for None.
        resume: Go on with what was begun; what is finished already stays as it is.
        progress: Wraps the photos that are left, to show how far it is.
        on_row: Called with each photo's row once it is in the journal.
        engine: Reviews the photos: this machine's threads, or what `ray_engine.join_cluster` gives.

    Returns:
        What stands in `summary.json`.

    Raises:
        LensError: If there are no photos, or `out` cannot be written to or was begun otherwise.
    """
    _check_folders(folder, out, resume)
    listing = list_photos(folder, explainer.card.names)
    if not listing.photos:
        raise LensError("photos_none", f"There are no photos in {folder}. Name a folder of photos.")
    finished = read_manifest(out)
    begun = finished or journal.read_head(out)
    settings, explainer = _as_begun(settings, begun), _known_as_begun(explainer, begun)
    head = {
        **describe_review(explainer, model, settings),
        "photos": _identify_photos(folder, listing),
    }
    if finished is not None:
        journal.check_same_review(head, finished, out)
        (out / journal.JOURNAL_FILE).unlink(missing_ok=True)
        return _read_summary(out)

    def save(name: str, picture: bytes) -> None:
        (out / name).write_bytes(picture)

    task = ReviewTask(explainer, settings, save, workers)
    try:
        (out / PICTURES).mkdir(parents=True, exist_ok=True)
        with journal.open_journal(out) as file:
            _review_rest(file, listing, task, head, out, progress, on_row, engine)
            summary = _write_export(listing, explainer, settings, head, out)
        (out / journal.JOURNAL_FILE).unlink()
    except OSError as error:  # photos that cannot be read are no errors here
        where = f"{error.filename}: " if error.filename else ""
        raise LensError(
            "export_unwritable",
            f"The review in {out} cannot go on ({where}{error.strerror or error}). Fix that and "
            "resume with --resume, or name another folder.",
        ) from error
    return summary


def _as_begun(settings: ReviewSettings, begun: dict[str, Any] | None) -> ReviewSettings:
    """The settings, with all evidence where a review has that: before, there were no levels."""
    parameters = (begun or {}).get("parameters")
    whole = isinstance(parameters, dict) and parameters.get("evidence") is True
    return replace(settings, evidence=FULL) if whole and settings.evidence == VERDICT else settings


def _known_as_begun(explainer: Explainer, begun: dict[str, Any] | None) -> Explainer:
    """The explainer as it was where a review began: without familiarity or temperature at first."""
    model = (begun or {}).get("model")
    if not isinstance(model, dict):
        return explainer
    earlier = copy(explainer)
    if "familiarity_sha256" not in model:
        earlier.familiarity = None
    if "temperature" not in model:
        earlier.card = replace(earlier.card, temperature=1.0)
    return earlier


def _read_summary(out: Path) -> dict[str, Any]:
    """What stands in a finished review's `summary.json`."""
    try:
        return json.loads((out / "summary.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LensError(
            "review_damaged",
            f"The finished review in {out} has no summary.json any more that can be read. Name a "
            "new folder.",
        ) from error


def _check_folders(folder: Path | StoredFolder, out: Path, resume: bool) -> None:
    if isinstance(folder, Path) and folder.is_dir():  # else it may be a link to itself
        check_outside(out, folder)
    if out.exists() and not out.is_dir():
        raise LensError("export_exists", f"{out} is a file. Name a new folder.")
    if not resume and out.is_dir() and any(out.iterdir()):
        raise LensError(
            "export_exists",
            f"{out} is not empty, and nothing is written over. Name a new folder; to go on with a "
            "review that was interrupted, give --resume.",
        )
    if resume and out.is_dir() and any(out.iterdir()):
        known = (journal.JOURNAL_FILE, MANIFEST_FILE)
        if not any((out / name).is_file() for name in known):
            raise LensError(
                "export_exists", f"{out} holds something else than a review. Name a new folder."
            )


def _identify_photos(folder: Path | StoredFolder, listing: Listing) -> dict[str, object]:
    """The folder's name, and a digest of the names and classes of its photos."""
    digest = hashlib.sha256()
    for photo in listing.photos:
        digest.update(f"{photo.file}\0{photo.true}\n".encode())
    name = (folder.resolve() if isinstance(folder, Path) else folder).name
    return {
        "folder": printable(name),
        "count": len(listing.photos),
        "names_sha256": digest.hexdigest(),
    }


def _review_rest(
    file: BinaryIO,
    listing: Listing,
    task: ReviewTask,
    head: dict[str, Any],
    out: Path,
    progress: Progress,
    on_row: Callable[[ResultRow], None],
    engine: ReviewPhotos,
) -> None:
    """Review the photos that are not in the journal yet; write the journal and the pictures."""
    done = journal.resume(file, head, out, len(listing.photos))
    for picture in (out / PICTURES).iterdir():  # of photos that did not get into the journal
        numbered = _NUMBERED.fullmatch(picture.name)  # not what a file manager put there
        if numbered and int(numbered[1]) > done:
            picture.unlink()
    left = listing.photos[done:]
    rows = engine(left, task)
    for photo, row in zip(progress(left, "reviewing"), rows, strict=True):
        last = photo.number + 1 == len(listing.photos)
        journal.append(file, row, whole=last or (photo.number + 1) % CHUNK_SIZE == 0)
        on_row(row)


def _write_export(
    listing: Listing,
    explainer: Explainer,
    settings: ReviewSettings,
    head: dict[str, Any],
    out: Path,
) -> dict[str, Any]:
    """Write everything that is made from the journal; the manifest last."""
    trim_memory(0)  # what the photos took makes room for what writes the tables
    write_csv(out / "photos.csv", journal.read_rows(out), bool(settings.evidence))
    write_parquet(out / "photos.parquet", journal.read_rows(out), bool(settings.evidence))
    summary = summarize(journal.read_rows(out), explainer.card.names)
    content = summary_json(summary, listing, explainer.card)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (out / "summary.json").write_text(text + "\n", "utf-8")
    write_report(out / "report.html", summary, listing, explainer, settings, head)
    write_manifest(out, head, FILES)
    return content
