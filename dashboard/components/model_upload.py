"""Model upload, where the operator allows it; the model is removed with the session."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.output_files import folder_names
from core.models.files import rejections
from dashboard.components.model_archive import unpack
from dashboard.i18n.translate import Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.session import Session
from dashboard.state.temporary_folder import temporary_folder
from dashboard.state.uploads import take_uploads
from dashboard.work.model_pool import Model, load_model, unexpected_error

log = logging.getLogger("dashboard")
ENDINGS = (".keras", ".h5", ".onnx", ".zip")
_APPLES = "__MACOSX"  # what a Mac adds to an archive


@dataclass
class UploadedModel:
    """The model that the visitor brought: it stays until another one is loaded.

    Attributes:
        folder: Holds its files; removed with the session.
        model: The model, once it is loaded.
        waiting: The folder of the file that came last, and where the model is in it, until it is
            loaded or refused.
        error: Why that one was refused.
        round: How many came: a new number gives an empty drop zone.
    """

    folder: TemporaryDirectory[str] | None = None
    model: Model | None = None
    waiting: tuple[TemporaryDirectory[str], Path] | None = None
    error: LensError | None = None
    round: int = 0

    def take(self, name: str, data: bytes) -> None:
        """Keep a file that came, to be loaded."""
        self.refuse(None)
        self.round += 1
        # The folder goes with the session: it is removed when nobody holds it any more.
        folder = temporary_folder()
        try:
            self.waiting = folder, place(name, data, Path(folder.name))
        except LensError as error:
            folder.cleanup()
            self.error = error
        except OSError:
            log.exception("a visitor's model cannot be kept")
            folder.cleanup()
            self.error = unexpected_error()

    def load(self) -> Model | None:
        """Load what waits, in place of the model that was here; None where it is refused."""
        assert self.waiting is not None
        folder, path = self.waiting
        try:
            loaded = load_model(path, Path(folder.name))
        except LensError as error:
            self.refuse(error)
            return None
        if self.folder:
            self.folder.cleanup()
        self.folder, self.waiting = folder, None
        self.model = Model(str(path), path.name, loaded.explainer.card, lambda: loaded)
        return self.model

    def refuse(self, error: LensError | None) -> None:
        """Remove what waits, and keep why."""
        if self.waiting:
            self.waiting[0].cleanup()
        self.waiting, self.error = None, error


def draw(say: Texts, session: Session) -> DeltaGenerator:
    """Draw the upload.

    Returns:
        The place in it for what `load_waiting` says.
    """
    with (
        st.popover(say("model_upload"), icon=":material/upload:", type="tertiary", key="own"),
        st.container(key="own-drop"),
    ):
        said = st.container(key="own-said")
        key = f"own-{session.part(UploadedModel).round}"
        st.file_uploader(  # takes any file: `place` refuses in words, Streamlit in English
            say("model_upload"),
            key=key,
            on_change=guarded(_take),
            args=(session, key),
            label_visibility="collapsed",
        )
        st.caption(say("model_upload.help"))
    return said


def _take(session: Session, key: str) -> None:
    for file in take_uploads(key):
        session.part(UploadedModel).take(file.name, file.getvalue())


def load_waiting(say: Texts, session: Session, said: DeltaGenerator) -> None:
    """Load what came, once; say in its place why where it cannot be."""
    uploaded = session.part(UploadedModel)
    if uploaded.waiting:
        with st.container(key="own-opening"), st.spinner(say("model.opening")):
            loaded = uploaded.load()
        if loaded:
            st.session_state.model = loaded.key
    if uploaded.error:
        said.error(escape(say.error(uploaded.error)), icon=":material/error:")


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
    try:
        unpack(file, inside)
    finally:
        file.unlink()
    inner = [entry for entry in inside.iterdir() if entry.name != _APPLES]
    return inner[0] if len(inner) == 1 else inside
