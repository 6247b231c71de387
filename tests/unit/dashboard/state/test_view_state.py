"""What the page shows of a photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.explain.request import ExplainRequest
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import Texts
from dashboard.state import view_state
from dashboard.state.explain_options import explain_options
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.state.view_state import PhotoView
from tests.support.page import Network, explained, explainer_of, jpeg, view_of

NETWORK = Network()
CARD = explainer_of(NETWORK).card


def of_photos(*seeds: int) -> Session:
    """A session with photos that are explained."""
    session = Session()
    session.add(Entry(f"{seed}.jpg", jpeg(seed)) for seed in seeds)
    for entry in session.photos.values():
        session.explanations["m", DEFAULT_REQUEST, entry.sha256] = explained(NETWORK, entry.data)
    session.select(next(iter(session.photos)))
    return session


def shown(session: Session) -> PhotoView | None:
    answer = session.explanations["m", DEFAULT_REQUEST, session.selected]
    return view_state.photo_view(session, "m", CARD, explain_options(Network.layers, answer))


def test_the_view_is_what_the_controls_are_set_to(state):
    session = of_photos(1, 2)
    state.blend, state.colors, state.target = 30, "jet", "B"
    view = shown(session)
    assert view is not None
    assert (view.entry.name, view.target, view.request) == ("1.jpg", "B", DEFAULT_REQUEST)
    assert (view.blend, view.colors, view.top) == (0.3, "jet", None)
    assert view.explanation is session.explanations["m", DEFAULT_REQUEST, session.selected]


def test_there_is_no_view_until_the_model_has_answered(state):
    session = of_photos(1)
    state.method = "layer-cam"
    assert shown(session) is None
    answer = session.explanations["m", DEFAULT_REQUEST, session.selected]
    ((entry, request),) = view_state.requests(session, "m", explain_options(Network.layers, answer))
    assert request == ExplainRequest("layer-cam")
    explanation = explained(NETWORK, entry.data, request)
    session.explanations["m", request, entry.sha256] = explanation
    view = shown(session)
    assert view is not None
    assert view.explanation is explanation


def test_on_one_scale_every_photo_is_asked_and_the_strongest_is_the_top(state):
    session = of_photos(1, 2, 3)
    state.scale = "shared"
    view = shown(session)
    assert view is not None
    answers = [each for (_, _, _), each in session.explanations.items()]
    assert view.top == max(float(each.map(each.predicted).max()) for each in answers)
    state.method = "grad-cam++"  # whose maps share no unit
    assert len(view_state.requests(session, "m", explain_options(Network.layers, answers[0]))) == 1


def test_words_say_where_the_heat_is_and_that_there_is_none():
    explanation = explained(NETWORK, jpeg(1))
    say, view = Texts("en"), view_of(jpeg(1), explanation, explanation.predicted)
    assert view.shows(say) == say.plain("shows.for", target=explanation.predicted, other="")
    assert view.where(say) == say.plain(f"place.{view.peak}", what=view.shows(say))
    cold = replace(explanation, maps=-np.abs(explanation.maps))
    view = replace(view, explanation=cold)
    assert view.peak == NOWHERE
    assert view.where(say) == say.plain("nowhere.for", target=explanation.predicted, other="")


def test_a_map_that_is_zero_says_so(state):
    view = shown(of_photos(1))
    assert view is not None
    silent = replace(view, explanation=replace(view.explanation, maps=0 * view.explanation.maps))
    said = silent.where(Texts("en"))
    assert "zero but for rounding" in said
    assert view.explanation.layer in said
    below = replace(view, explanation=replace(view.explanation, maps=-1 + silent.explanation.maps))
    assert "no evidence" in below.where(Texts("en"))
