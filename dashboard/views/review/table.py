"""Table of a review, to filter, sort and click."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from core.evidence.verdict import VERDICTS
from core.images.encode import encode_jpeg
from core.models.card import Card
from core.review.result_row import DOUBTS, ResultRow
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls
from dashboard.state.callback import guarded
from dashboard.state.session import Session

TABLE = "review-table"
PROBLEM = "problem"
"""Beside `DOUBTS`: a photo that could not be read."""

_NOTHING_CHOSEN: dict[str, dict[str, list[object]]] = {
    "selection": {"rows": [], "columns": [], "cells": []}
}
_HEIGHT = 520
_ROW, _HEAD = 44, 38  # pixels that a row is high, and the head
_PICTURE = 76  # pixels that the pictures' column is wide
_NARROWEST, _WIDEST, _PADDING = 120, 640, 24  # pixels of the doubts' column
_PICTURED = 200  # rows that have a picture, of about 3 KB each: more would make the page slow
_SMALL = 80, 64  # pixels: twice what is shown, for screens of high density


@dataclass(frozen=True)
class Line:
    """A photo in the review.

    Attributes:
        row: What the review says.
        sha256: The photo's.
        name: As the visitor calls it.
        problem: Why it could not be read, as plain text; else empty.
        mark: What the reviewer thinks of it, one of `core.review.review_notes.MARKS`.
        note: What the reviewer wrote.
    """

    row: ResultRow
    sha256: str
    name: str
    problem: str = ""
    mark: str = ""
    note: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why somebody should look at it."""
        return (PROBLEM,) if self.problem else self.row.doubts


def most_doubtful_first(lines: Sequence[Line]) -> list[Line]:
    """What could not be read comes last: no doubt is left about it."""
    return sorted(lines, key=lambda line: (bool(line.problem), -line.row.doubt, line.row.number))


def draw_filters(say: Texts, card: Card, lines: Sequence[Line]) -> list[Line]:
    """Draw what narrows the photos down.

    Returns:
        Those that are left.
    """
    state = st.session_state
    occurring = {line.row.predicted for line in lines} | {line.row.true for line in lines}
    classes = [name for name in card.names if name in occurring]
    verdicts = [each for each in VERDICTS if any(line.row.verdict == each for line in lines)]
    doubts = [each for each in (*DOUBTS, PROBLEM) if any(each in line.doubts for line in lines)]
    offered = {"review-class": classes, "review-verdict": verdicts, "review-doubt": doubts}
    for key, possible in offered.items():
        chosen = [each for each in state[key] if each in possible]
        if chosen != state[key]:
            state[key] = chosen
    named: dict[str, Callable[[str], str]] = {
        "review-class": lambda name: escape(say.of_class(name, card)),
        "review-verdict": lambda name: say(f"review.verdict.{name}"),
        "review-doubt": lambda name: say(f"review.doubt.{name}"),
    }
    with st.container(key="review-filters", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            say("review.text"),
            key=controls.drawn("review-text"),
            icon=":material/search:",
            width=240,
        )
        for key, possible in offered.items():
            if possible:
                st.multiselect(
                    say(key.replace("-", ".")),
                    possible,
                    format_func=named[key],
                    key=controls.drawn(key),
                    placeholder=say("review.any"),
                    width=240,
                )
        if any(state[key] for key in controls.FILTERS):
            st.button(
                say("review.no_filter"),
                key="review-no-filter",
                icon=":material/filter_alt_off:",
                on_click=guarded(controls.reset_filters),
                type="tertiary",
            )
    return [line for line in lines if _fits(line)]


def _fits(line: Line) -> bool:
    state, row = st.session_state, line.row
    return bool(
        state["review-text"].casefold() in f"{line.name}\n{row.file}\n{line.note}".casefold()
        and (not state["review-class"] or {row.predicted, row.true} & {*state["review-class"]})
        and (not state["review-verdict"] or row.verdict in state["review-verdict"])
        and (not state["review-doubt"] or {*line.doubts} & {*state["review-doubt"]})
    )


@dataclass
class _Pictures:
    """The table's pictures, by the photo's hash, as addresses that hold the picture itself."""

    made: dict[str, str] = field(default_factory=dict)


def _picture(session: Session, sha256: str) -> str:
    """A photo's middle, as the address of a small picture; "" for one that could not be read."""
    made = session.part(_Pictures).made
    if sha256 not in made and sha256 in session.thumbnails:
        data = np.frombuffer(session.thumbnails[sha256], np.uint8)
        rgb = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
        (height, width), (across, down) = rgb.shape[:2], _SMALL
        scale = max(across / width, down / height)
        size = max(across, round(scale * width)), max(down, round(scale * height))
        large = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        left, top = (size[0] - across) // 2, (size[1] - down) // 2
        file = encode_jpeg(np.ascontiguousarray(large[top : top + down, left : left + across]), 75)
        made[sha256] = f"data:image/jpeg;base64,{base64.b64encode(file).decode()}"
    return made.get(sha256, "")


def draw(say: Texts, session: Session, card: Card, lines: Sequence[Line]) -> None:
    """Draw the table; a click on a row brings its photo into view."""
    pictures = {each.sha256: _picture(session, each.sha256) for each in lines[:_PICTURED]}
    table = as_table(say, card, lines, pictures)
    shares = st.column_config.NumberColumn(format="%.1f%%")
    picture = st.column_config.ImageColumn(pinned=True, width=_PICTURE)
    doubt = say.plain("review.column.doubt")
    doubts = st.column_config.TextColumn(width=width_of(table[doubt]))
    st.dataframe(
        table,
        key=TABLE,
        height=min(_HEIGHT, _ROW * len(table) + _HEAD),
        row_height=_ROW,
        hide_index=True,
        on_select=guarded(partial(_open, session, lines)),
        selection_mode="single-cell",
        column_config={
            say.plain(f"review.column.{name}"): shares
            for name in ("score", "lead", "attention", "chance")
            if say.plain(f"review.column.{name}") in table
        }
        | {say.plain("review.column.picture"): picture, doubt: doubts},
        placeholder="",
        alt=say.plain("review.table"),
    )


def width_of(texts: Iterable[str]) -> int:
    """Pixels that a column of texts takes; by itself it would be cut to what the first ones take.

    Example:
        >>> width_of(["unsure", "自信が低い"])
        120
    """
    widest = max(
        (sum(14 if ord(each) > 0x2E7F else 7 for each in text) for text in texts), default=0
    )
    return min(_WIDEST, max(_NARROWEST, widest + _PADDING))


def as_table(
    say: Texts, card: Card, lines: Sequence[Line], pictures: Mapping[str, str]
) -> pd.DataFrame:
    """The table in the reader's words; what nobody knows of any photo has no column.

    Args:
        say: The texts.
        card: The model's.
        lines: The photos, in order.
        pictures: Addresses of small pictures, by the photo's hash.
    """

    def named(name: str) -> str:
        return say.of_class(name, card) if name in card.names else name

    def cells(line: Line) -> dict[str, object]:
        row = line.row
        return {
            "picture": pictures.get(line.sha256, ""),
            "file": line.name,
            # What the photos are ordered by comes first.
            "doubt": line.problem or doubts_text(say, line),
            "lead": _per_cent(row.lead),
            "predicted": named(row.predicted),
            "score": _per_cent(row.score),
            "true": named(row.true),
            "verdict": say.plain(f"review.verdict.{row.verdict}") if row.verdict else "",
            "attention": _per_cent(row.evidence.get("attention")),
            "chance": _per_cent(row.evidence.get("chance")),
            "map": _map_text(say, row),
            "mark": say.plain(f"mark.{line.mark}") if line.mark else "",
            "note": line.note,
        }

    table = pd.DataFrame([cells(line) for line in lines])
    always = ("file", "predicted", "score", "doubt")
    known = [
        name
        for name in table
        if name in always or table[name].map(lambda cell: cell not in ("", None)).any()
    ]
    return table[known].rename(columns=lambda name: say.plain(f"review.column.{name}"))


def _map_text(say: Texts, row: ResultRow) -> str:
    """What is out of the ordinary about a photo's map, as plain text."""
    said = [say.plain("review.map.zero")] if row.map else []
    if row.explains not in ("", "logit"):
        score = say.named(row.explains.replace(" ", "_"))
        said.append(say.plain("review.map.explains", score=score))
    return say.plain("list.separator").join(said)


def _per_cent(share: object) -> float | None:
    return 100 * share if isinstance(share, float) else None


def doubts_text(say: Texts, line: Line) -> str:
    """Why somebody should look at a photo, as plain text."""
    said = [say.plain(f"review.doubt.{doubt}") for doubt in line.doubts]
    return say.plain("list.separator").join(said)


def _open(session: Session, lines: Sequence[Line]) -> None:
    cells = st.session_state[TABLE]["selection"]["cells"]
    if cells and cells[0][0] < len(lines):
        open_photo(session, lines[cells[0][0]].sha256)


def open_photo(session: Session, sha256: str) -> None:
    """Bring a photo of the review into view, unless it could not be read."""
    if sha256 not in session.unreadable:
        session.select(sha256)
        controls.set_mode(controls.ONE)


def back() -> None:
    """Go back to where the photo was opened."""
    controls.set_mode(controls.ALL)
    if TABLE in st.session_state:  # so that the same row can be clicked on again
        st.session_state[TABLE] = _NOTHING_CHOSEN
