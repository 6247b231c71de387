"""The setup of a comparison."""

from __future__ import annotations

import pytest

from core.explain.request import ExplainRequest
from dashboard.i18n.translate import Texts
from dashboard.state import controls
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.views.compare import setup
from dashboard.work.model_pool import Model, PooledModel
from tests.support.page import Network, explained, explainer_of, jpeg

EN = Texts("en")


def model_of(network: Network, key: str, names: tuple[str, ...] = ("A", "B", "C")) -> Model:
    loaded = PooledModel(explainer_of(network, names))
    return Model(key, key, loaded.explainer.card, lambda: loaded)


@pytest.fixture
def subject(state) -> setup.Subject:
    """Two photos of which the first is in view, and two models."""
    models = {key: model_of(Network(), key) for key in "mn"}
    session = Session()
    session.add(Entry(f"{seed}.jpg", jpeg(seed)) for seed in (1, 2))
    for entry in session.photos.values():
        session.explanations["m", DEFAULT_REQUEST, entry.sha256] = explained(Network(), entry.data)
    session.select(next(iter(session.photos)))
    return setup.subject(session, models["m"], models)


def test_all_that_has_two_choices_can_differ(subject):
    choices = setup.choices(EN, subject)
    assert list(choices) == list(controls.COMPARED)
    assert list(choices["photos"].values()) == ["1 · 1.jpg", "2 · 2.jpg"]
    assert list(choices["models"]) == ["m", "n"]
    for what in choices:
        assert subject.in_view(what) in choices[what]


def test_what_differs_is_asked_and_all_else_is_the_same(subject):
    first, second = subject.session.photos.values()
    usual = setup.side_request(subject, "photos", first.sha256)
    assert (usual.model.key, usual.entry, usual.request) == ("m", first, DEFAULT_REQUEST)
    assert setup.side_request(subject, "photos", second.sha256).entry is second
    assert setup.side_request(subject, "classes", "B").target == "B"
    method = setup.side_request(subject, "methods", "layer-cam")
    assert method.request == ExplainRequest("layer-cam")
    assert setup.side_request(subject, "models", "n").model.key == "n"


def test_a_class_that_a_model_lacks_is_a_problem_beside_its_answer(subject):
    entry = subject.entry
    asked = setup.SideRequest(model_of(Network(2), "o", ("A", "D")), entry, DEFAULT_REQUEST, "B")
    side = setup.explain_side(EN, subject.session, asked, subject.model.card)
    assert side.problem == EN.plain("compare.lacks", model="o", target="B")
    assert side.view is not None
    assert side.drawn is None


def test_sides_with_one_unit_share_the_scale_of_the_stronger(subject):
    sides = tuple(
        setup.explain_side(
            EN, subject.session, setup.side_request(subject, "photos", key), subject.model.card
        )
        for key in subject.session.photos
    )
    left, right = setup.on_one_scale(sides)
    tops = [float(side.view.explanation.map(side.view.target).max()) for side in sides]
    assert left.view.top == right.view.top == max(tops)
