"""The controls and their defaults."""

from __future__ import annotations

from dashboard.state import controls
from dashboard.state.controls import PREDICTED
from tests.support.page import Network, drop, explained, jpeg, page


def test_choices_are_kept_and_what_is_missing_has_its_default(state):
    state.blend = 80
    del state["target"]
    controls.init_defaults()
    assert (state.blend, state.target, state.mode) == (80, PREDICTED, controls.ONE)


def test_the_way_back_is_for_the_request_alone(state):
    state.method, state.layers, state.blend = "layer-cam", ["early"], 80
    controls.reset_request()
    assert {key: state[key] for key in controls.REQUEST} == controls.REQUEST
    assert state.blend == 80


def test_filters_are_taken_off(state):
    state["review-text"], state["review-class"] = "x", ["A"]
    controls.reset_filters()
    assert {key: state[key] for key in controls.FILTERS} == controls.FILTERS


def test_the_target_is_the_prediction_until_a_class_is_chosen(state):
    explanation = explained(Network(), jpeg(1))
    assert controls.target(explanation) == explanation.predicted
    state.target = "B"
    assert controls.target(explanation) == "B"
    state.target = "Z"  # another model's
    assert controls.target(explanation) == explanation.predicted
    assert state.target == PREDICTED


def test_a_class_of_another_model_is_not_kept(network):
    at = drop(page(), ("a.jpg", jpeg(1)))
    at.session_state["target"] = "Z"
    at.run()
    assert not at.exception
    assert at.button_group(key="target").value == PREDICTED
