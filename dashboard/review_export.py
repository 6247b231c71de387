"""A finished review to take away: the command line's own export, with the notes, as one ZIP."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from core.review.notes import Note, write_notes
from core.review.zipped import zipped
from dashboard.review_run import EXPORT, Review, Work
from dashboard.texts import Texts


def draw(say: Texts, review: Review | None, notes: Mapping[str, Note]) -> None:
    """Draw the button, which can be pressed once all photos are done.

    Args:
        say: The texts.
        review: What is to be taken away; None if nothing is finished.
        notes: By the photo's hash.
    """
    finished = review is not None and review.work.finished
    st.download_button(
        say("review.export"),
        # Called in a thread of its own, so it must not touch the visit.
        partial(pack, review.work, dict(notes)) if review is not None and finished else b"",
        file_name=f"{EXPORT}.zip",
        mime="application/zip",
        key="review-export",
        icon=":material/download:",
        on_click="ignore",
        disabled=not finished,
        help=say("review.export.help" if finished else "review.export.wait"),
    )


def pack(work: Work, notes: Mapping[str, Note]) -> bytes:
    """A finished export with the notes as a ZIP file's bytes."""
    with work.packing:
        write_notes(work.export, [row for _, row in sorted(work.rows.items())], notes)
        return b"".join(zipped(work.export))
