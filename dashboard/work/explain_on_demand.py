"""A question about photos is put to the model when somebody looks at its answer, and only then."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from dashboard.i18n.translate import Texts
from dashboard.state import explain_options
from dashboard.state.session import Entry, Session
from dashboard.work.model_pool import Model, unknown

log = logging.getLogger("dashboard")
_PATIENCE = 0.5  # seconds before the page tells how far it is
_STEP = 0.1


Wanted = tuple[Entry, ExplainRequest]
"""A photo, and what is asked of it."""


def unanswered(session: Session, model: Model, wanted: Mapping[str, Wanted]) -> list[Wanted]:
    """What the model has yet to answer, in order.

    Args:
        session: What is known.
        model: The model.
        wanted: What is looked at, by the photo's hash.
    """
    known = session.explanations
    return [each for key, each in wanted.items() if (model.key, each[1], key) not in known]


def answer(
    say: Texts,
    session: Session,
    model: Model,
    wanted: Mapping[str, Wanted],
    back: Callable[[], None] = explain_options.back,
) -> None:
    """Ask the model what it has yet to answer; the answers go to the session.

    Args:
        say: The texts.
        session: What is known.
        model: The model.
        wanted: What is looked at, by the photo's hash.
        back: Asks for less, where the visitor does not want to wait.

    Raises:
        LensError: If it cannot answer; code `unknown` where nobody foresaw why.
    """
    missing = unanswered(session, model, wanted)
    if not missing:
        return
    with st.spinner(say("asking")):
        shared = model.opened()
        passes = sum(shared.explainer.forward_passes(request) for _, request in missing)
        progress = _Progress(say, st.empty(), passes, back)
        explainer = shared.visited(progress.step)
        for entry, request in missing:
            explanation = _explain(explainer, entry, request)
            session.explanations[model.key, request, entry.sha256] = explanation
        progress.place.empty()


def _explain(explainer: Explainer, entry: Entry, request: ExplainRequest) -> Explanation:
    try:
        (explanation,) = explainer.explain([read_photo(entry.data, longest=PREVIEW)], request)
    except LensError:
        raise
    except Exception as error:
        log.exception("photo %s cannot be explained as asked", entry.sha256)
        raise unknown() from error
    return explanation


@dataclass
class _Progress:
    """Shows how far it is, and a way to stop, once it takes longer.

    Whatever the visitor does meanwhile ends the question at the next step: Streamlit sees to that.
    """

    say: Texts
    place: DeltaGenerator
    passes: int
    back: Callable[[], None]
    done: int = 0
    next: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)
    bar: DeltaGenerator | None = None

    def step(self, count: int) -> None:
        """Tell of so many passes more."""
        self.done = min(self.done + count, self.passes)
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + _STEP
        if self.bar is None:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                self.bar = st.empty()
                st.button(self.say("asking.stop"), key="stop", on_click=self.back)
        text = self.say("asking.progress", done=self.done, passes=self.passes)
        self.bar.progress(self.done / self.passes, text)
