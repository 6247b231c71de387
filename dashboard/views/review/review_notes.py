"""The reviewer's notes on photos: controls to mark and annotate them."""

from __future__ import annotations

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
    line = f"line-{sha256[:16]}"
    _show(sha256, note, line)
    with st.container(key="note", horizontal=True, vertical_alignment="center"):
        for number, mark in enumerate(MARKS, 1):
            chosen, called = note.mark == mark, say(f"mark.{mark}")
            st.button(
                say("mark.chosen", mark=called) if chosen else called,
                key=f"mark-{mark}-{sha256[:16]}",
                icon=f":material/{_ICONS[mark]}:",
                type="primary" if chosen else "secondary",
                shortcut=str(number),
                on_click=guarded(_mark),
                args=(session, launch, model, sha256, "" if chosen else mark),
            )
        st.text_input(
            say("note"),
            key=line,
            placeholder=say.plain("note.hint"),
            label_visibility="collapsed",
            on_change=guarded(_write),
            args=(session, launch, model, sha256, line),
        )


def _show(sha256: str, note: Note, key: str) -> None:
    """Set the line to a note that is new here; what could not be kept stays written in it."""
    state = st.session_state
    seen = state.setdefault("notes-seen", {})
    if key not in state or (seen.get(sha256) != note and state[key] != note.line):
        state[key] = note.line
    seen[sha256] = note


def _mark(session: Session, launch: LaunchOptions, model: str, sha256: str, mark: str) -> None:
    """Keep a mark and go on to the next doubtful photo; stay where a mark is taken back."""
    if sha256 != session.selected:  # pressed once more before the next photo was there
        return
    _keep(session, launch, model, sha256, mark=mark)
    if mark:
        session.leave_marked()


def _write(session: Session, launch: LaunchOptions, model: str, sha256: str, key: str) -> None:
    _keep(session, launch, model, sha256, line=st.session_state[key])


def _keep(session: Session, launch: LaunchOptions, model: str, sha256: str, **part: str) -> None:
    """Keep what the visitor chose or wrote, at once; the other part may be another visitor's."""
    note = session.notes.get((model, sha256), Note())
    whole = clean_note(**{"mark": note.mark, "line": note.line, **part})
    if launch.notes:
        Notebook(launch.notes).write(sha256, model, **{each: getattr(whole, each) for each in part})
    else:
        session.notes[model, sha256] = whole
