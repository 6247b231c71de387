"""Download of a review: the export of the command line with the notes, as one ZIP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from core.review.pipeline import review as write_review
from core.review.reuse import reuse_results
from core.review.review_notes import Note, write_notes
from core.review.worker import review_photos
from core.review.zip_stream import stream_zip
from dashboard.i18n.translate import Texts
from dashboard.state.temporary_folder import temporary_folder
from dashboard.work.review_job import EXPORT, PHOTOS, Review


def draw(say: Texts, review: Review, notes: Mapping[str, Note]) -> None:
    """Draw the button, which takes away what is done once the review is finished or stopped.

    Args:
        say: The texts.
        review: What is to be taken away.
        notes: By the photo's hash.
    """
    job = review.job
    done = len(job.rows)
    ready = job.finished or (not job.running and done > 0)
    part = ready and not job.finished
    label = say("review.export.part", done=done, photos=len(review.entries))
    st.download_button(
        label if part else say("review.export"),
        # Called in a thread of its own, so it must not touch the session.
        partial(pack, review, dict(notes)) if ready else b"",
        file_name=f"{EXPORT}.zip",
        mime="application/zip",
        key="review-export",
        icon=":material/download:",
        on_click="ignore",
        disabled=not ready,
        help=say("review.export.help" if ready else "review.export.wait"),
    )


def pack(review: Review, notes: Mapping[str, Note]) -> bytes:
    """What is done of a review, with the notes, as a ZIP file's bytes."""
    with review.job.packing:
        if review.job.finished:
            return _zip(review.job.export, review, notes)
        with temporary_folder() as folder:
            return _zip(_part(review, Path(folder)), review, notes)


def _part(review: Review, folder: Path) -> Path:
    """Write the review of the photos that are done, as if there were no others."""
    known, job = review.results, review.job
    for file in known:
        photo = folder / PHOTOS / file
        photo.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(job.photos / file, photo)
        except OSError:  # this disk has no links
            shutil.copyfile(job.photos / file, photo)
    out = folder / EXPORT
    explainer, engine = review.model.load().explainer, reuse_results(known, review_photos)
    write_review(folder / PHOTOS, explainer, review.identity, job.settings, out, engine=engine)
    return out


def _zip(export: Path, review: Review, notes: Mapping[str, Note]) -> bytes:
    rows = [row for _, row in sorted(review.job.rows.items())]
    write_notes(export, rows, notes)
    return b"".join(stream_zip(export))
