"""What a model can be asked: only what has a meaning."""

from __future__ import annotations

from dataclasses import replace

from core.explain import mapped_classes
from core.explain.cam import SAME_BEHIND_POOLING
from core.explain.request import LIBRA_GRAD, METHOD_NAMES, OWN, ExplainRequest
from dashboard.state.explain_options import explain_options, runner_up
from tests.support.page import Network, explained, jpeg

ANSWER = explained(Network(), jpeg(1))
ORDER = [ANSWER.classes[index] for index in ANSWER.scores.argsort()[::-1]]


def options():
    return explain_options(Network.layers, ANSWER)


def test_at_first_the_default_is_asked_at_the_last_layer(state):
    found = options()
    assert found.request == ExplainRequest()
    assert [layer.name for layer in found.chosen_layers] == ["last"]
    assert state.layers == ["last"]
    assert found.upsamplings == (1, 4, 8)
    assert found.grid(4) == (8, 8)
    assert found.comparable


def test_methods_that_are_the_same_behind_pooling_are_left_out(state):
    assert options().same == tuple(SAME_BEHIND_POOLING)
    state.method = "hires-cam"
    assert options().request.method == OWN  # which is Grad-CAM
    assert state.method == OWN
    state.layers = ["early"]
    others = set(METHOD_NAMES) - {"grad-cam", LIBRA_GRAD}
    assert options().methods[0] == OWN
    assert set(options().methods[1:]) == others


def test_a_model_that_attends_has_a_method_and_a_layer_of_its_own(state):
    attended = replace(Network.layers[0], name="patches (balanced)", balanced=True)
    found = explain_options((attended, *Network.layers), ANSWER)
    assert found.request == ExplainRequest()
    assert found.named(found.methods[0]) == LIBRA_GRAD
    assert "grad-cam" in found.methods[1:]
    assert found.layers == found.chosen_layers == (attended,)
    state.method = "grad-cam"
    found = explain_options((attended, *Network.layers), ANSWER)
    assert found.request.method == "grad-cam"
    assert attended not in found.layers
    assert [layer.name for layer in found.chosen_layers] == ["last"]
    state.method = LIBRA_GRAD
    assert options().request == ExplainRequest()  # of a model without attention


def test_a_method_chosen_for_one_model_is_kept_while_another_is_looked_at(state):
    attended = replace(Network.layers[0], name="patches (balanced)", balanced=True)
    attends = (attended, *Network.layers)
    state.method = "grad-cam"  # which is what the other model's own stands for
    found = options()
    assert found.named(found.request.method) == found.named(found.methods[0]) == "grad-cam"
    assert found.methods.count("grad-cam") + found.methods.count(OWN) == 1
    assert explain_options(attends, ANSWER).request.method == "grad-cam"
    state.method = OWN
    assert options().request == ExplainRequest()
    assert explain_options(attends, ANSWER).request.method == OWN


def test_a_method_that_knows_no_class_is_asked_of_none(state):
    state.kind, state.method = "against", "eigen-cam"
    found = options()
    assert found.kinds == ("for",)
    assert not found.request.negate


def test_a_class_that_may_have_no_map_is_asked_for(state, monkeypatch):
    assert options().request_for(ANSWER, ORDER[-1]).classes == ()
    monkeypatch.setattr(mapped_classes, "MANY", 2)
    monkeypatch.setattr(mapped_classes, "BEST", 2)
    assert options().request_for(ANSWER, ORDER[1]) == options().request
    assert options().request_for(ANSWER, ORDER[2]).classes == (ORDER[2],)


def test_score_cam_and_fused_layers_are_not_drawn_finer(state):
    state.finer, state.method = 8, "score-cam"
    assert options().upsamplings == (1,)
    assert state.finer == 1
    state.method, state.layers = "grad-cam", ["early", "last"]
    found = options()
    assert found.upsamplings == (1,)
    assert found.request.layers == ("early", "last")
    assert not found.comparable


def test_a_class_is_compared_with_the_runner_up_or_another_but_itself(state):
    state.kind = "rather"
    found = options()
    assert set(found.contrasts) == set(ORDER[1:])
    assert found.request_for(ANSWER, ORDER[0]).contrast_class == ORDER[1]
    assert (
        found.request_for(ANSWER, ORDER[1]).contrast_class
        == ORDER[0]
        == runner_up(ANSWER, ORDER[1])
    )
    state.other = ORDER[2]
    assert options().request_for(ANSWER, ORDER[0]).contrast_class == ORDER[2]
    state.target = ORDER[2]  # which cannot be compared with itself
    assert options().request_for(ANSWER, ORDER[2]).contrast_class == ORDER[0]
