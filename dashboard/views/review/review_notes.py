"""The reviewer's notes on photos: controls to mark and annotate them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.errors import LensError
from core.review.review_notes import MARKS, Note, Notebook, clean_note
from dashboard.i18n.translate import Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.launch_options import LaunchOptions
from dashboard.state.session import Session

_ICONS = {"agree": "thumb_up", "disagree": "thumb_down", "retake": "photo_camera"}


def known(session: Session, launch: LaunchOptions, model: str) -> dict[str, Note]:
    """The notes on a model's answers, by the photo's hash.

    Args:
        session: Has them if they are kept nowhere else.
        launch: Says where they are kept.
        model: Its identity.

    Raises:
        LensError: If they cannot be read.
    """
    if launch.notes:
        return Notebook(launch.notes).read(model)
    return {photo: note for (of, photo), note in session.notes.items() if of == model}


def draw(say: Texts, session: Session, launch: LaunchOptions, model: str, sha256: str) -> None:
    """Draw what marks the photo in view.

    Args:
        say: The texts.
        session: The session.
        launch: Says where notes are kept.
        model: Its identity.
        sha256: The photo's.
    """
    try:
        note = known(session, launch, model).get(sha256, Note())
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
        return
    mark, line = f"mark-{sha256[:16]}", f"line-{sha256[:16]}"
    keep = partial(_keep, session, launch, model, sha256)
    with st.container(key="note", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            say("mark"),
            MARKS,
            default=note.mark or None,
            format_func=lambda name: f":material/{_ICONS[name]}: {say(f'mark.{name}')}",
            key=mark,
            label_visibility="collapsed",
            on_change=guarded(keep),
        )
        st.text_input(
            say("note"),
            value=note.line,
            key=line,
            placeholder=say.plain("note.hint"),
            label_visibility="collapsed",
            on_change=guarded(keep),
        )
    unkept: LensError | None = st.session_state.pop("note-error", None)
    if unkept:
        st.error(escape(say.error(unkept)), icon=":material/error:")


def _keep(session: Session, launch: LaunchOptions, model: str, sha256: str) -> None:
    """Keep what the visitor chose and wrote, at once."""
    state = st.session_state
    note = clean_note(state[f"mark-{sha256[:16]}"] or "", state[f"line-{sha256[:16]}"])
    session.notes[model, sha256] = note
    if launch.notes:
        try:
            Notebook(launch.notes).write(sha256, model, note)
        except LensError as error:
            state["note-error"] = error
