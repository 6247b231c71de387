"""The way back through an ONNX graph, and what it says where there is none."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from core.models.onnx.autodiff.backward import (
    BACKWARD,
    add_gradients,
    gradients_alone,
    missing_rules,
    trace,
)
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.place import Place
from tests.support.gradient_cases import assert_gradients
from tests.support.onnx_graphs import model, node, run

SWISH = [node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"])]


def test_rows_of_weights_mix_the_classes():
    forward = model(SWISH, {})
    photos = np.random.default_rng(1).normal(0, 1, (1, 6, 5, 3)).astype(np.float32)
    graph = add_gradients(trace(forward, {}, photos.repeat(2, 0)), "logits", Place("x", True))
    rows = np.array([[1, 0], [0, 1], [1, -1]], np.float32)
    *_, gradients = run(graph, photos, classes=rows)
    assert gradients[:, 2] == pytest.approx(gradients[:, 0] - gradients[:, 1], abs=1e-5)


def test_gradients_alone_are_those_of_the_whole_graph():
    photos = np.random.default_rng(1).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
    forward = trace(model(SWISH, {}), {}, photos)
    rows = np.array([[1, 0], [0, 1]], np.float32)
    *_, expected = run(add_gradients(forward, "logits", Place("x", True)), photos, classes=rows)
    graph, read = gradients_alone(forward, "logits", Place("x", True))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    (gradients,) = session.run([BACKWARD], {"classes": rows, **read})
    assert gradients == pytest.approx(expected, abs=1e-6)
    assert "photos" not in read  # the forward pass is not run again


def test_an_operation_without_a_rule_is_named():
    forward = model([node("Ceil", ["x"])], {})
    photos = np.zeros((2, 6, 5, 3), np.float32)
    with pytest.raises(NoRuleError, match="Ceil"):
        add_gradients(trace(forward, {}, photos), "logits", Place("x", True))
    with pytest.raises(NoRuleError, match="nothing leads"):
        add_gradients(trace(forward, {}, photos), "logits", Place("mix", True))


def test_what_only_knows_the_shape_has_no_gradient():
    scaled = [
        node("Shape", ["x"], "shape"),
        node("Gather", ["shape", "third"], "rows"),
        node("Cast", ["rows"], "f", to=TensorProto.FLOAT),
        node("Mul", ["x", "f"]),
    ]
    assert_gradients(scaled, {"third": np.array(2)})
    forward = trace(model(scaled, {"third": np.array(2)}), {}, np.zeros((2, 6, 5, 3), np.float32))
    assert missing_rules(forward, "logits") == {}


def test_weights_may_be_inputs():
    c = np.full((1,), 2, np.float32)
    forward = model([node("Mul", ["x", "c"])], {"c": c})
    photos = np.random.default_rng(1).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
    expected = trace(forward, {}, photos)
    stored = next(each for each in forward.graph.initializer if each.name == "c")
    forward.graph.initializer.remove(stored)
    forward.graph.input.append(helper.make_tensor_value_info("c", TensorProto.FLOAT, [1]))
    traced = trace(forward, {"c": c}, photos)
    assert traced.input == expected.input == "photos"
    assert traced.tensors["y"] == pytest.approx(expected.tensors["y"])
    assert traced.constants["c"] is c


def test_a_trace_has_every_tensor_and_knows_the_constants():
    forward = model([node("Exp", ["c"], "e"), node("Mul", ["x", "e"])], {"c": np.float32(0)})
    photos = np.random.default_rng(1).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
    traced = trace(forward, {}, photos)
    assert traced.tensors["photos"] is photos
    assert traced.tensors["y"] == pytest.approx(np.moveaxis(photos, -1, 1))
    assert {"c", "e", "mix"} <= set(traced.constants)
    assert not {"x", "y", "logits"} & set(traced.constants)
