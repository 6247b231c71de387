"""The setup of a comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.explain.request import ExplainRequest
from dashboard.i18n.translate import Texts
from dashboard.state import controls
from dashboard.state.controls import PREDICTED
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
    usual = setup.explain_side(EN, subject, "photos", first.sha256)
    assert (usual.model.key, usual.entry, usual.request) == ("m", first, DEFAULT_REQUEST)
    assert setup.explain_side(EN, subject, "photos", second.sha256).entry is second
    assert setup.explain_side(EN, subject, "classes", "B").drawn.target == "B"
    method = setup.explain_side(EN, subject, "methods", "layer-cam")
    assert method.request == ExplainRequest("layer-cam")
    assert setup.explain_side(EN, subject, "models", "n").model.key == "n"


def test_a_class_that_a_model_lacks_is_a_problem_beside_its_answer(subject, state):
    models = {**subject.models, "o": model_of(Network(2), "o", ("A", "D"))}
    state.target, subject = "B", replace(subject, models=models)
    known = setup.explain_side(EN, subject, "models", "m")
    side = setup.explain_side(EN, subject, "models", "o")
    assert side.problem == EN.plain("compare.lacks", model="o", target="B")
    assert side.view is not None
    assert side.drawn is None
    assert setup.views(subject, "models", "mo", "B", False)[1] is None
    assert list(setup.named_targets(EN, subject, "models", [known, side])) == [PREDICTED, "A"]


def test_another_model_of_many_classes_is_asked_for_the_class(subject, state, monkeypatch):
    monkeypatch.setattr(setup, "MANY", 2)
    state.target = "B"
    assert setup.explain_side(EN, subject, "models", "n").request.classes == ("B",)
    state.target = PREDICTED
    assert setup.explain_side(EN, subject, "models", "n").request == DEFAULT_REQUEST


def test_sides_with_one_unit_share_the_scale_of_the_stronger_for_each_class(subject):
    for target in (PREDICTED, "B"):
        left, right = setup.views(subject, "photos", [*subject.session.photos], target, True)
        tops = [float(view.explanation.map(view.target).max()) for view in (left, right)]
        assert left.top == right.top == max(tops)
    alone = setup.views(subject, "photos", [*subject.session.photos], PREDICTED, False)
    assert [view.top for view in alone] == [None, None]


def test_another_class_is_at_hand_unless_the_two_differ_in_it(subject):
    side = setup.explain_side(EN, subject, "methods", "grad-cam")
    predicted = side.view.target
    shown = setup.targets(subject, "methods", [side, side])
    assert shown[0] == PREDICTED
    assert shown[1] == predicted
    assert set(shown) == {PREDICTED, *"ABC"}
    assert setup.targets(subject, "classes", [side, side]) == [PREDICTED]
    assert setup.named_targets(EN, subject, "classes", [side, side]) == {}
