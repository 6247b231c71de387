"""The reviewer's notes on photos: controls to mark and annotate them."""

from __future__ import annotations

from collections.abc import Mapping
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
    keys = {part: f"{part}-{sha256[:16]}" for part in ("mark", "line")}
    keep = partial(_keep, session, launch, model, sha256, keys)
    _show(sha256, note, keys)
    with st.container(key="note", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            say("mark"),
            MARKS,
            format_func=lambda name: f":material/{_ICONS[name]}: {say(f'mark.{name}')}",
            key=keys["mark"],
            label_visibility="collapsed",
            on_change=guarded(keep),
            args=("mark",),
        )
        st.text_input(
            say("note"),
            key=keys["line"],
            placeholder=say.plain("note.hint"),
            label_visibility="collapsed",
            on_change=guarded(keep),
            args=("line",),
        )


def _show(sha256: str, note: Note, keys: Mapping[str, str]) -> None:
    """Set the controls to a note that is new here; what could not be kept stays written in them."""
    state = st.session_state
    seen = state.setdefault("notes-seen", {})
    for part, key in keys.items():
        value = getattr(note, part) or (None if part == "mark" else "")
        if key not in state or (seen.get(sha256) != note and state[key] != value):
            state[key] = value
    seen[sha256] = note


def _keep(
    session: Session,
    launch: LaunchOptions,
    model: str,
    sha256: str,
    keys: Mapping[str, str],
    part: str,
) -> None:
    """Keep what the visitor chose or wrote, at once; the other part may be another visitor's."""
    state = st.session_state
    note = clean_note(state[keys["mark"]] or "", state[keys["line"]])
    if launch.notes:
        Notebook(launch.notes).write(sha256, model, **{part: getattr(note, part)})
    else:
        session.notes[model, sha256] = note
