"""View state of a photo: one frozen object, from which everything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.models.card import Card
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE, hottest
from dashboard.i18n.translate import Texts
from dashboard.state.controls import SHARED
from dashboard.state.explain_options import ExplainOptions
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session


@dataclass(frozen=True, eq=False)
class PhotoView:
    """A photo as it is shown: what the model was asked, what it answered, and how that is drawn.

    Attributes:
        entry: The photo.
        model: The model's key.
        card: The model's.
        request: What the map answers.
        target: The class whose map is drawn.
        explanation: The model's answer.
        blend: 0 (the photo alone) to 1 (the heatmap alone).
        colors: One of `core.explain.render.COLORS`.
        top: High end of the scale that several photos share; None for the photo's own scale.
    """

    entry: Entry
    model: str
    card: Card
    request: ExplainRequest
    target: str
    explanation: Explanation
    blend: float
    colors: str
    top: float | None = None

    @property
    def peak(self) -> str:
        """Where the most heat is, one of `peak_location.PLACES`."""
        return hottest(self.explanation, self.target)

    def shows(self, say: Texts) -> str:
        """What bright places show, as plain text."""
        return phrases.shows(say, self.card, self.request, self.target)

    def where(self, say: Texts) -> str:
        """Where it is brightest, as plain text."""
        if self.explanation.is_zero(self.target):
            layer = self.explanation.layer
            return say.plain("zero_map", what=self.shows(say), layer=layer)
        if self.peak == NOWHERE:
            return phrases.shows(say, self.card, self.request, self.target, "nowhere")
        return say.plain(f"place.{self.peak}", what=self.shows(say))


def photo_view(
    session: Session, model: str, card: Card, options: ExplainOptions, target: str | None = None
) -> PhotoView | None:
    """What the controls are set to show of the photo in view.

    Args:
        session: Has the photos and the explanations.
        model: The model's key.
        card: The model's.
        options: What the model is asked.
        target: A class, or PREDICTED, instead of the chosen one.

    Returns:
        None while the model has yet to answer something of `requests`.
    """
    state = st.session_state
    asked = _asked(session, model, options, state.target if target is None else target)
    answers = {
        key: session.explanations.get((model, request, key)) for key, (_, request) in asked.items()
    }
    known = {key: answer for key, answer in answers.items() if answer}
    if len(known) < len(asked):
        return None
    top = None
    if _on_one_scale(options):
        top = max(float(answer.map(asked[key][0]).max()) for key, answer in known.items())
    name, request = asked[session.selected]
    return PhotoView(
        entry=session.photos[session.selected],
        model=model,
        card=card,
        request=request,
        target=name,
        explanation=known[session.selected],
        blend=state.blend / 100,
        colors=state.colors,
        top=top,
    )


def requests(
    session: Session, model: str, options: ExplainOptions
) -> list[tuple[Entry, ExplainRequest]]:
    """What is asked of the photo in view, and of those that share its scale."""
    asked = _asked(session, model, options, st.session_state.target)
    return [(session.photos[key], request) for key, (_, request) in asked.items()]


def _asked(
    session: Session, model: str, options: ExplainOptions, chosen: str
) -> dict[str, tuple[str, ExplainRequest]]:
    """The class whose map is drawn and the request, by the photo's hash."""
    asked = {}
    explained = [entry.sha256 for entry in session.explained(model)]
    for key in explained if _on_one_scale(options) else [session.selected]:
        explanation = session.explanations[model, DEFAULT_REQUEST, key]
        target = chosen or explanation.predicted
        asked[key] = target, options.request_for(explanation, target)
    return asked


def _on_one_scale(options: ExplainOptions) -> bool:
    return st.session_state.scale == SHARED and options.comparable
