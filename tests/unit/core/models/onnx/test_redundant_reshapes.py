"""Reshapes that change nothing are left out, and nothing else is."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.redundant_reshapes import remove_redundant_reshapes

PHOTOS = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)


def graph(*nodes: onnx.NodeProto, **constants: np.ndarray) -> onnx.ModelProto:
    made = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("photos", TensorProto.FLOAT, [None, 5, 4, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [None] * 4)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def node(kind: str, given: str, made: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(kind, given.split(), [made], **attributes)


def answer(model: onnx.ModelProto, photos: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"photos": photos})[0]


def kinds(model: onnx.ModelProto) -> list[str]:
    return [each.op_type for each in model.graph.node]


EXCITATION = graph(
    node("GlobalAveragePool", "photos", "pooled"),
    node("Squeeze", "pooled axes", "squeezed"),
    node("Reshape", "squeezed shape", "back"),
    node("Sigmoid", "back", "excitation"),
    node("Reshape", "excitation shape", "again"),
    node("Mul", "photos again", "out"),
    axes=np.array([2, 3]),
    shape=np.array([-1, 5, 1, 1]),
)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_squeeze_that_is_undone_is_left_out(count):
    photos = np.resize(PHOTOS, (count, 5, 4, 3))
    tidied = remove_redundant_reshapes(trace(EXCITATION, {}, PHOTOS))
    assert kinds(tidied.model) == ["GlobalAveragePool", "Sigmoid", "Mul"]
    assert np.array_equal(answer(tidied.model, photos), answer(EXCITATION, photos))
    assert not {"squeezed", "back", "again"} & set(tidied.tensors)


def test_a_squeeze_that_is_wanted_stays():
    model = graph(
        node("GlobalAveragePool", "photos", "pooled"),
        node("Squeeze", "pooled axes", "squeezed"),
        node("Reshape", "squeezed shape", "back"),
        node("Sigmoid", "squeezed", "side"),
        node("ReduceSum", "back", "sum"),
        node("Add", "side sum", "out"),
        axes=np.array([2, 3]),
        shape=np.array([-1, 5, 1, 1]),
    )
    tidied = remove_redundant_reshapes(trace(model, {}, PHOTOS)).model
    assert kinds(tidied) == ["GlobalAveragePool", "Squeeze", "Sigmoid", "ReduceSum", "Add"]
    assert np.array_equal(answer(tidied, PHOTOS), answer(model, PHOTOS))


def test_what_moves_numbers_stays():
    """The same shape again, but turned on the way."""
    model = graph(
        node("Reshape", "photos shape", "flat"),
        node("Transpose", "flat", "turned", perm=[0, 2, 1]),
        node("Reshape", "turned whole", "out"),
        shape=np.array([-1, 12, 5]),
        whole=np.array([-1, 5, 4, 3]),
    )
    tidied = remove_redundant_reshapes(trace(model, {}, PHOTOS)).model
    assert kinds(tidied) == kinds(model)
    assert np.array_equal(answer(tidied, PHOTOS), answer(model, PHOTOS))


def test_the_output_keeps_its_name():
    model = graph(
        node("Sigmoid", "photos", "lit"),
        node("Reshape", "lit whole", "out"),
        whole=np.array([-1, 5, 4, 3]),
    )
    tidied = remove_redundant_reshapes(trace(model, {}, PHOTOS)).model
    assert [each.name for each in tidied.graph.output] == ["out"]
    assert np.array_equal(answer(tidied, PHOTOS), answer(model, PHOTOS))
