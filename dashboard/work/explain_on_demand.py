"""Explains a photo by another request when its result is viewed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import Photo
from dashboard.i18n.translate import Texts
from dashboard.state import controls
from dashboard.state.callback import guarded
from dashboard.state.session import Entry, Session
from dashboard.work.model_pool import Model, unexpected_error
from dashboard.work.photo_previews import preview

log = logging.getLogger("dashboard")
_PATIENCE = 0.5  # seconds before the page shows how far it is
_STEP = 0.1


def explain(
    say: Texts,
    session: Session,
    model: Model,
    wanted: Sequence[tuple[Entry, ExplainRequest]],
    on_cancel: Callable[[], None] = controls.reset_request,
) -> None:
    """Ask the model what it has not been asked yet; the session keeps the answers.

    Args:
        say: The texts.
        session: Has the answers of before.
        model: The model.
        wanted: Photos, and what is asked of each.
        on_cancel: Asks for less, where the visitor does not want to wait.

    Raises:
        LensError: If it cannot answer; code `unknown` where the error was unexpected.
    """
    missing = [
        (entry, request)
        for entry, request in wanted
        if (model.key, request, entry.sha256) not in session.explanations
    ]
    if not missing:
        return
    with st.spinner(say("running")):
        loaded = model.load()
        passes = sum(loaded.explainer.forward_passes(request) for _, request in missing)
        # Two may be slow in one run, side by side.
        key = f"stop-{abs(hash((model.key, missing[0][1], missing[0][0].sha256))):x}"
        progress = _Progress(say, st.empty(), passes, on_cancel, key)
        explainer = loaded.for_visitor(progress.step)
        for entry, request in missing:
            explanation = _explain(explainer, preview(session, entry), request)
            session.explanations[model.key, request, entry.sha256] = explanation
        progress.place.empty()


def _explain(explainer: Explainer, photo: Photo, request: ExplainRequest) -> Explanation:
    try:
        (explanation,) = explainer.explain([photo], request)
    except LensError:
        raise
    except Exception as error:
        log.exception("photo %s cannot be explained as asked", photo.sha256)
        raise unexpected_error() from error
    return explanation


@dataclass
class _Progress:
    """Shows how far it is, and a way to stop, once it takes longer.

    Whatever the visitor does meanwhile ends the request at the next step: Streamlit sees to that.
    """

    say: Texts
    place: DeltaGenerator
    passes: int
    on_cancel: Callable[[], None]
    key: str
    done: int = 0
    next: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)
    bar: DeltaGenerator | None = None

    def step(self, count: int) -> None:
        """Count so many passes more."""
        self.done = min(self.done + count, self.passes)
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + _STEP
        if self.bar is None:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                self.bar = st.empty()
                st.button(self.say("running.stop"), key=self.key, on_click=guarded(self.on_cancel))
        text = self.say("running.progress", done=self.done, passes=self.passes)
        self.bar.progress(self.done / self.passes, text)
