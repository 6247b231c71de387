"""The controls and their defaults."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import controls
from dashboard.state.controls import PREDICTED
from tests.support.page import Network, choose, drop, explained, jpeg, page


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


@pytest.mark.parametrize(
    ("told", "works", "kept"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_what_was_chosen_stays_until_the_browser_can_have_heard_of_it(state, told, works, kept):
    controls.set_mode(controls.TWO)
    if told:
        controls.end_run()
    state.mode = controls.ONE  # what the browser names
    controls.keep_unheard(works)
    assert state.mode == (controls.TWO if kept else controls.ONE)


def test_what_the_browser_has_named_is_the_visitors_to_change(state):
    controls.set_mode(controls.TWO)
    controls.end_run()
    controls.keep_unheard(works=True)
    state.mode = controls.ONE
    controls.keep_unheard(works=True)
    assert state.mode == controls.ONE


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
    assert at.session_state.target == PREDICTED


def sent(at: AppTest) -> set[str]:
    """The keys of the controls that the last run set in the browser."""
    return {str(each.key) for each in at.main if getattr(each.proto, "set_value", False)}


@pytest.mark.parametrize("mode", [controls.ONE, controls.ALL, controls.TWO])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_run_in_which_nothing_changes_sets_no_control_in_the_browser(reviewed, mode, language):
    at = reviewed
    for key, choice in (("mode", mode), ("more", True), ("why", True), ("review-text", "a")):
        at.session_state[key] = choice
    at.run()
    choose(at, "language", language).run()
    assert sent(at) == set()
    assert not at.exception


def test_a_choice_comes_back_with_its_control(reviewed):
    at = choose(reviewed, "mode", controls.ONE)
    choose(at, "blend", 80)
    for mode in (controls.ALL, controls.TWO, controls.ALL, controls.ONE):
        choose(at, "mode", mode)
        blend = [each.proto for each in at.slider if each.key == "blend"]
        assert [(each.set_value, list(each.value)) for each in blend] in ([], [(True, [80.0])])
        at.run()
    assert at.session_state.blend == 80
    assert sent(at) == set()


def test_a_control_has_its_choice_in_another_language(reviewed, network):
    at, predicted = reviewed, explained(network, jpeg(1)).predicted
    choices = {"blend": 80, "target": "B", "method": "layer-cam", "review-class": [predicted]}
    for key, choice in ({"more": True} | choices).items():
        at.session_state[key] = choice
    at.run()
    for mode in (controls.ALL, controls.ONE):
        choose(at, "mode", mode).run()
        for language in ("ja", "en"):
            choose(at, "language", language)
            assert sent(at) >= ({"review-class"} if mode == controls.ALL else {"method"})
            at.run()
            assert {key: at.session_state[key] for key in choices} == choices
