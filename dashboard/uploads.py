"""Three ways in: drop photos, take one, or look at rendered samples."""

from __future__ import annotations

import json

import streamlit as st

from dashboard.style import ASSETS
from dashboard.texts import Texts
from dashboard.visit import Entry, Visit, start_over

SAMPLES = ASSETS / "samples"


def draw(say: Texts, visit: Visit) -> None:
    """Draw the ways in; what comes goes to the visit."""
    with st.container(key="ways"):
        _draw_inbox(say, visit)
        if visit.camera:
            key = f"camera-{visit.shots}"
            st.camera_input(
                say("camera"),
                key=key,
                on_change=_take_picture,
                args=(say, visit, key),
                label_visibility="collapsed",
            )


def _draw_inbox(say: Texts, visit: Visit) -> None:
    with st.container(key="inbox", horizontal=True, vertical_alignment="center"):
        key = f"upload-{visit.round}"
        st.file_uploader(
            say("upload"),
            accept_multiple_files=True,
            key=key,
            on_change=_take_files,
            args=(say, visit, key),
            label_visibility="collapsed",
        )
        st.button(
            say("camera.close") if visit.camera else say("camera"),
            icon=":material/photo_camera:",
            on_click=_turn_camera,
            args=(visit,),
        )
        if (SAMPLES / "samples.json").is_file():
            st.button(
                say("samples"),
                icon=":material/grain:",
                on_click=_take_samples,
                args=(visit,),
                help=say("samples.help"),
            )
        if visit.photos:
            st.button(
                say("start_over"),
                icon=":material/restart_alt:",
                on_click=start_over,
                type="tertiary",
            )


def _take_files(say: Texts, visit: Visit, key: str) -> None:
    # The drop zone keeps every file it ever got, also those that were removed from the page.
    files = [file for file in st.session_state[key] if file.file_id not in visit.taken]
    visit.taken.update(file.file_id for file in files)
    known = visit.add(Entry(file.name, file.getvalue()) for file in files)
    if known:
        st.toast(say("upload.known", count=known))


def _take_picture(say: Texts, visit: Visit, key: str) -> None:
    visit.camera = False
    visit.shots += 1
    name = say.plain("camera.file", number=visit.shots)
    visit.add([Entry(name, st.session_state[key].getvalue())])


def _take_samples(visit: Visit) -> None:
    rows = json.loads((SAMPLES / "samples.json").read_text("utf-8"))
    visit.add(
        Entry(row["file"], (SAMPLES / row["file"]).read_bytes(), row["variety"]) for row in rows
    )


def _turn_camera(visit: Visit) -> None:
    visit.camera = not visit.camera
