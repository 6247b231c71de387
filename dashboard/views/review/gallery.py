"""Gallery of a review: photos with their heat, on their own scales or a shared one."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import streamlit as st

from core.images.encode import encode_jpeg
from core.models.card import Card
from core.review.worker import ReviewSettings, draw_overlay
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls
from dashboard.state.callback import guarded
from dashboard.state.session import DEFAULT_REQUEST, Session
from dashboard.views.review import table
from dashboard.views.review.table import Line
from dashboard.work.model_pool import Model

PAGE = 24
_TILE = 168  # pixels


def draw(say: Texts, session: Session, model: Model, lines: Sequence[Line], top: float) -> None:
    """Draw a page of pictures; a click on one brings its photo into view.

    Args:
        say: The texts.
        session: Has the photos and their explanations.
        model: That explained them.
        lines: The photos, in order.
        top: The most heat in any photo.
    """
    state = st.session_state
    readable = [line for line in lines if not line.problem]
    pages = max(1, -(-len(readable) // PAGE))
    state["gallery-page"] = min(state["gallery-page"], pages - 1)
    first = PAGE * state["gallery-page"]
    with st.container(key="gallery-head", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            say("scale"),
            controls.SCALES,
            format_func=lambda name: say(f"gallery.scale.{name}"),
            key=controls.drawn("gallery-scale"),
            required=True,
            label_visibility="collapsed",
        )
        if pages > 1:
            _step(say, first - PAGE, len(readable), "strip.page_back", "chevron_left")
            last = min(len(readable), first + PAGE)
            place = {"first": first + 1, "last": last, "photos": len(readable)}
            st.text(say.plain("gallery.place", **place), width="content")
            _step(say, first + PAGE, len(readable), "strip.page_on", "chevron_right")
    with st.container(key="gallery", horizontal=True, gap="small"):
        for line in readable[first : first + PAGE]:
            _tile(
                say,
                session,
                model,
                line,
                top if state["gallery-scale"] == controls.SHARED else None,
            )


def _tile(say: Texts, session: Session, model: Model, line: Line, top: float | None) -> None:
    says = answer(say, model.card, line)
    with st.container(key=f"shot-{line.sha256[:16]}", gap=None, width=_TILE):
        st.image(picture(session, model, line, top), alt=line.name, width="stretch")
        st.button(
            says,
            key=f"open-{line.sha256}",
            on_click=guarded(table.open_photo),
            args=(session, line.sha256),
            type="tertiary",
            width="stretch",
        )
        st.caption(escape(table.doubts_text(say, line)) or line_name(line))


def line_name(line: Line) -> str:
    """A photo's name as Markdown, without the folders it came in."""
    return escape(line.name.rpartition("/")[2])


def answer(say: Texts, card: Card, line: Line) -> str:
    """What the model says of a photo, as Markdown."""
    predicted = say.of_class(line.row.predicted, card)
    return say("strip.tile", predicted=predicted, score=say.percent(line.row.score or 0.0))


def picture(session: Session, model: Model, line: Line, top: float | None) -> bytes:
    """A small photo with its heat over it, as JPEG.

    Args:
        session: Has the photo.
        model: That explained it.
        line: The photo's.
        top: High end of a scale for all photos; None for the photo's own.
    """
    data = np.frombuffer(session.thumbnails[line.sha256], np.uint8)
    small = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
    explanation = session.explanations[model.key, DEFAULT_REQUEST, line.sha256]
    how = ReviewSettings(colors=st.session_state.colors)
    return encode_jpeg(draw_overlay(small, explanation, how, top))


def _step(say: Texts, first: int, count: int, label: str, icon: str) -> None:
    st.button(
        say(label, count=PAGE),
        icon=f":material/{icon}:",
        key=f"gallery.{label}",
        on_click=guarded(_turn),
        args=(first // PAGE,),
        disabled=not 0 <= first < count,
        type="tertiary",
    )


def _turn(page: int) -> None:
    st.session_state["gallery-page"] = page
