"""Photo upload: files, a folder, the camera, or the samples."""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.images.photo_formats import EXTENSIONS
from core.images.size_limits import MAX_BYTES
from dashboard.components import server_folder
from dashboard.components.model_upload import UploadedModel
from dashboard.components.style import ASSETS
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.launch_options import LaunchOptions
from dashboard.state.session import Entry, Session
from dashboard.state.uploads import take_uploads
from dashboard.work.model_pool import installed_models

SAMPLES = ASSETS / "samples"
PUBLIC = "samples"
"""Names the set of samples in a link."""
LIMIT = MAX_BYTES // 1_000_000
"""Megabytes that a photo may have, as the page says it."""
FOLDER, SHELF, CAMERA = SOURCES = ("folder", "shelf", "camera")
"""What can be opened beside the drop zone: a folder of the visitor's, the operator's, a camera."""
_ICONS = {FOLDER: "folder_open", SHELF: "hard_drive", CAMERA: "photo_camera"}


def samples() -> list[Entry]:
    """The rendered samples; none where there are none."""
    return rendered(SAMPLES, PUBLIC) if (SAMPLES / "samples.json").is_file() else []


def rendered(folder: Path, public: str) -> list[Entry]:
    """Rendered photos of a folder with their `samples.json`.

    Args:
        folder: Has the photos.
        public: Names the set in a link.
    """
    rows = json.loads((folder / "samples.json").read_text("utf-8"))
    return [
        Entry(row["file"], (folder / row["file"]).read_bytes(), row["variety"], public)
        for row in rows
    ]


def draw(say: Texts, session: Session, launch: LaunchOptions) -> None:
    """Draw the drop zone and the other sources of photos; the session takes in what comes."""
    with st.container(key="inbox", horizontal=True, vertical_alignment="center"):
        key = f"upload-{session.round}"
        st.file_uploader(
            say("upload"),
            accept_multiple_files=True,
            max_upload_size=LIMIT,
            key=key,
            on_change=guarded(_take_files),
            args=(say, session, key),
            label_visibility="collapsed",
        )
        for source in SOURCES:
            if source != SHELF or launch.photos:
                st.button(
                    say(f"{source}.close" if session.source == source else source),
                    key=f"way-{source}",
                    icon=f":material/{_ICONS[source]}:",
                    on_click=guarded(_open_source),
                    args=(session, "" if session.source == source else source),
                    help=say(f"{source}.help"),
                )
        if (SAMPLES / "samples.json").is_file():
            st.button(
                say("samples"),
                icon=":material/grain:",
                on_click=guarded(_take_samples),
                args=(session,),
                key="samples",
                help=say("samples.help"),
            )
        if session.photos:
            with st.popover(
                say("start_over"), key="start-over", icon=":material/delete:", type="tertiary"
            ):
                st.markdown(say("start_over.ask", count=len(session.photos)))
                st.button(
                    say("start_over.do"),
                    key="start-over-do",
                    on_click=guarded(_start_over),
                    args=(session, launch),
                    type="primary",
                )


def draw_source(say: Texts, session: Session, launch: LaunchOptions) -> None:
    """Draw what was opened beside the drop zone."""
    with st.container(key="ways"):
        if session.source == FOLDER:
            _draw_folder(say, session)
        elif session.source == SHELF and launch.photos:
            server_folder.draw(say, session, launch.photos)
        elif session.source == CAMERA:
            _draw_camera(say, session)


def _draw_folder(say: Texts, session: Session) -> None:
    """Draw the choice of a folder: files from it are named with the folders they lie in."""
    with st.container(key="folder"):
        key = f"folder-{session.round}"
        st.file_uploader(
            say("folder"),
            accept_multiple_files="directory",
            max_upload_size=LIMIT,
            key=key,
            on_change=guarded(_take_folder),
            args=(say, session, key),
            label_visibility="collapsed",
        )


def _draw_camera(say: Texts, session: Session) -> None:
    key = f"camera-{session.shots}"
    st.camera_input(
        say("camera"),
        key=key,
        on_change=guarded(_take_picture),
        args=(say, session, key),
        label_visibility="collapsed",
    )


def _take_files(say: Texts, session: Session, key: str) -> None:
    _add(say, session, _new(session, key))


def _take_folder(say: Texts, session: Session, key: str) -> None:
    """Take the photos in; of the rest, nobody wants to hear one by one."""
    files = _new(session, key)
    if not files:
        return
    photos = [file for file in files if _is_photo(PurePosixPath(file.name))]
    _add(say, session, photos)
    session.source = ""
    if len(photos) < len(files):
        st.toast(say("folder.others", count=len(files) - len(photos)))


def _is_photo(path: PurePosixPath) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix[1:].lower() in EXTENSIONS and not hidden


def _new(session: Session, key: str) -> list[UploadedFile]:
    files = [file for file in take_uploads(key) if file.file_id not in session.uploads]
    session.uploads.update(file.file_id for file in files)
    return files


def _add(say: Texts, session: Session, files: Sequence[UploadedFile]) -> None:
    if not files:
        return
    known = session.add(Entry(file.name, file.getvalue()) for file in files)
    if known:
        st.toast(say("upload.known", count=known))


def _take_picture(say: Texts, session: Session, key: str) -> None:
    for file in take_uploads(key):
        session.source = ""
        session.shots += 1
        name = say.plain("camera.file", number=session.shots)
        session.add([Entry(name, file.getvalue())])


def _take_samples(session: Session) -> None:
    session.add(samples())


def _open_source(session: Session, source: str) -> None:
    session.source = source


def _start_over(session: Session, launch: LaunchOptions) -> None:
    """Forget all photos, but not the model that the visitor brought."""
    chosen = {each.key: each for each in installed_models(launch.models)}.get(
        st.session_state.get("model", "")
    )
    if chosen and chosen.demonstration:
        st.session_state.model = st.session_state.chosen_model = None  # the demonstration is over
    session.start_over(keep=UploadedModel)
    gc.unfreeze()  # Streamlit collects garbage when this run ends: nothing of the photos stays
