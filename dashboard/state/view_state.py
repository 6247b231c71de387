"""What one looks for in a photo, and what one sees once the model has answered."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.models.card import Card
from dashboard.components import display_options
from dashboard.components.display_options import Drawing
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE, hottest
from dashboard.i18n.translate import Texts
from dashboard.state import explain_options
from dashboard.state.explain_options import Choices
from dashboard.state.session import PLAIN, Entry, Session
from dashboard.work.explain_on_demand import Wanted
from dashboard.work.model_pool import Model


@dataclass(frozen=True)
class LookedAt:
    """What is looked for: in the photo in view, and in all that share a scale with it.

    Attributes:
        entry: The photo in view.
        possible: What can be asked of it.
        targets: The class that is looked for, by the photo's hash.
        wanted: What is asked, by the photo's hash.
        shared: Whether there is one scale for all.
    """

    entry: Entry
    possible: Choices
    targets: dict[str, str]
    wanted: dict[str, Wanted]
    shared: bool

    @property
    def asked(self) -> tuple[str, ExplainRequest]:
        """The class that is looked for in the photo in view, and what is asked of it."""
        key = self.entry.sha256
        return self.targets[key], self.wanted[key][1]


def looked_at(session: Session, model: Model) -> LookedAt:
    """What the controls are set to look for."""
    entry, explainer = session.photos[session.selected], model.opened().explainer
    state, known = st.session_state, session.explanations
    answer = known[model.key, PLAIN, entry.sha256]
    possible = explain_options.chosen(explainer, answer, display_options.target(answer))
    shared = state.scale == "shared" and possible.comparable
    targets, wanted = {}, {}
    for each in session.explained(model.key) if shared else [entry]:
        said = known[model.key, PLAIN, each.sha256]
        targets[each.sha256] = state.target or said.predicted
        wanted[each.sha256] = each, possible.asked(said, targets[each.sha256])
    return LookedAt(entry, possible, targets, wanted, shared)


@dataclass(frozen=True)
class Seen:
    """A photo as it is looked at, and the words for it."""

    say: Texts
    card: Card
    entry: Entry
    explanation: Explanation
    how: Drawing
    possible: Choices

    @property
    def place(self) -> str:
        """One of `peak_location.PLACES`."""
        return hottest(self.explanation, self.how.target)

    @property
    def what(self) -> str:
        """What bright places show, as plain text."""
        return phrases.what(self.say, self.card, self.how)

    @property
    def where(self) -> str:
        """Where it is brightest, as plain text."""
        if self.place == NOWHERE:
            return phrases.what(self.say, self.card, self.how, "nowhere")
        return self.say.plain(f"place.{self.place}", what=self.what)


def see(say: Texts, session: Session, model: Model, looked: LookedAt) -> Seen:
    """The photo in view with its answer, which is there."""
    state = st.session_state
    answers = {
        key: session.explanations[model.key, request, key]
        for key, (_, request) in looked.wanted.items()
    }
    target, request = looked.asked
    top = None
    if looked.shared:
        top = max(float(each.map(looked.targets[key]).max()) for key, each in answers.items())
    how = Drawing(target, state.blend / 100, state.colors, top, request)
    explanation = answers[looked.entry.sha256]
    return Seen(say, model.card, looked.entry, explanation, how, looked.possible)
