"""Rice masks of photos: detected once, then edited by the visitor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.segmentation.rice_mask import Rice, find_rice
from dashboard.state.session import Entry, MaskEdit, Session
from dashboard.work.painted_mask import pack_runs, paint_over, unpack_runs
from dashboard.work.photo_previews import preview

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class RiceMask:
    """A photo's rice, as the visitor wants it marked.

    Attributes:
        mask: bool [H, W], of the photo as `photo_previews` gives it.
        problem: Why it is not to be trusted, as of `core.segmentation.rice_mask.Rice`; "" if it is,
            or if the visitor says that it is right, or has painted some of it.
        unpainted: The mask without what the visitor has painted.
    """

    mask: Mask
    problem: str
    unpainted: Mask


def rice_mask(session: Session, entry: Entry) -> RiceMask:
    """The rice of a photo, with the visitor's edit."""

    def find() -> Rice:
        return find_rice(preview(session, entry).rgb)

    rice, edit = session.results.get(("rice", entry.sha256), find), mask_edit(session, entry)
    unpainted = rice.mask(edit.level, edit.inverted)
    mask = paint_over(unpainted, edit.painted)
    vouched = edit.right or edit.painted
    problem = rice.problem if not vouched else "" if mask.any() else "no_rice"
    return RiceMask(mask, problem, unpainted)


def mask_edit(session: Session, entry: Entry) -> MaskEdit:
    """The visitor's edit of a photo's mask; kept while other photos are in view."""
    state, kept = st.session_state, session.mask_edits.get(entry.sha256, MaskEdit())
    level = state.get(widget_key("level", entry), round(100 * kept.level)) / 100
    now = replace(
        kept,
        level=level,
        inverted=state.get(widget_key("swap", entry), kept.inverted),
        right=state.get(widget_key("right", entry), kept.right),
    )
    session.mask_edits[entry.sha256] = now
    return now


def painted_runs(session: Session, entry: Entry) -> dict[str, Any]:
    """What the visitor has painted over a photo's mask, as `paint` takes it."""
    return {"of": entry.sha256, "runs": unpack_runs(mask_edit(session, entry).painted)}


def paint(session: Session, painted: Any) -> None:
    """Take over what a browser says is painted; what makes no sense is left out.

    Args:
        session: Has the photo.
        painted: `of`, the photo's hash, and `runs`, as `painted_mask.pack_runs` takes them.
    """
    entry = session.photos.get(str(painted.get("of"))) if isinstance(painted, dict) else None
    if not entry:
        return
    height, width = preview(session, entry).rgb.shape[:2]
    packed = pack_runs(painted.get("runs"), (height, width))
    if packed is not None:
        edit = mask_edit(session, entry)
        session.mask_edits[entry.sha256] = replace(edit, painted=packed)


def widget_key(which: str, entry: Entry) -> str:
    """The key of a widget that edits a photo's mask; `which` is "level", "swap" or "right"."""
    return f"{which}-{entry.sha256[:16]}"
