"""A model that a visitor brings, where the operator allows it: checked, opened, forgotten again."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.errors import LensError
from core.explain.output_files import folder_names
from core.models.files import rejections
from core.models.onnx.onnx_network import ONNX_FILE
from dashboard.components.model_archive import unpack
from dashboard.i18n.translate import Texts, escape
from dashboard.state.session import Own, Session
from dashboard.work.model_pool import Model, opened

ENDINGS = (".keras", ".h5", ".zip")
_APPLES = "__MACOSX"  # what a Mac adds to an archive


def draw(say: Texts, session: Session) -> None:
    """Draw the way in."""
    with (
        st.popover(say("own"), icon=":material/upload:", type="tertiary", key="own"),
        st.container(key="own-drop"),
    ):
        key = f"own-{session.own.round}"
        st.file_uploader(  # takes any file: `place` refuses in words, Streamlit in English
            say("own"),
            key=key,
            on_change=_take,
            args=(session, key),
            label_visibility="collapsed",
        )
        st.caption(say("own.help"))


def _take(session: Session, key: str) -> None:
    file = st.session_state[key]
    session.own.forget()
    # The folder goes with the session: it is removed when nobody holds it any more.
    folder = TemporaryDirectory(prefix="rice-lens-")
    session.own = Own(folder, round=session.own.round + 1)
    try:
        session.own.path = place(file.name, file.getvalue(), Path(folder.name))
    except LensError as error:
        session.own.forget(error)


def open_waiting(say: Texts, session: Session) -> None:
    """Open what came, once; say why where it cannot be."""
    own = session.own
    if own.folder and own.path and not own.model:
        try:
            with st.container(key="opening"), st.spinner(say("model.opening")):
                shared = opened(own.path, Path(own.folder.name))
            own.model = Model(str(own.path), own.path.name, shared.explainer.card, lambda: shared)
            st.session_state.model = own.model.key
        except LensError as error:
            own.forget(error)
    if own.error:
        st.error(escape(say.error(own.error)), icon=":material/error:")


def place(name: str, data: bytes, folder: Path) -> Path:
    """Write a model's file into a folder, or what is in an archive.

    Args:
        name: As the visitor's device calls it: a stranger's text.
        data: The file's bytes.
        folder: Empty.

    Returns:
        Where the model is. What it is, and whether it may be opened, `core` tells.

    Raises:
        ModelError: If it is none of `ENDINGS`, or an archive that is not safe to unpack.
    """
    stem, ending = folder_names([name])[0], Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise rejections.no_model(name)
    file = folder / f"{stem}{ending}"
    file.write_bytes(data)
    if ending != ".zip":
        return file
    inside = folder / stem
    unpack(file, inside)
    file.unlink()
    for compiled in inside.rglob(ONNX_FILE):  # only what is compiled here is believed
        compiled.unlink()
    inner = [entry for entry in inside.iterdir() if entry.name != _APPLES]
    return inner[0] if len(inner) == 1 else inside
