"""Rice masks of photos: detected once, then edited by the visitor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.segmentation.rice_mask import Rice, find_rice
from dashboard.state.session import Entry, MaskEdit, Session
from dashboard.work.photo_previews import preview

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class RiceMask:
    """A photo's rice, as the visitor wants it marked.

    Attributes:
        mask: bool [H, W], of the photo as `photo_previews` gives it.
        problem: Why it is not to be trusted, as of `core.segmentation.rice_mask.Rice`; "" if it is,
            or if the visitor says that it is right.
    """

    mask: Mask
    problem: str


def rice_mask(session: Session, entry: Entry) -> RiceMask:
    """The rice of a photo, with the visitor's edit."""

    def find() -> Rice:
        return find_rice(preview(session, entry).rgb)

    rice, edit = session.results.get(("rice", entry.sha256), find), mask_edit(session, entry)
    return RiceMask(rice.mask(edit.level, edit.inverted), "" if edit.right else rice.problem)


def mask_edit(session: Session, entry: Entry) -> MaskEdit:
    """The visitor's edit of a photo's mask; kept while other photos are in view."""
    state, kept = st.session_state, session.mask_edits.get(entry.sha256, MaskEdit())
    level = state.get(widget_key("level", entry), round(100 * kept.level)) / 100
    now = MaskEdit(
        level,
        state.get(widget_key("swap", entry), kept.inverted),
        state.get(widget_key("right", entry), kept.right),
    )
    session.mask_edits[entry.sha256] = now
    return now


def widget_key(which: str, entry: Entry) -> str:
    """The key of a widget that edits a photo's mask; `which` is "level", "swap" or "right"."""
    return f"{which}-{entry.sha256[:16]}"
