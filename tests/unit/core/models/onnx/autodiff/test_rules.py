"""The gradient of each ONNX operation against numbers: differences of the graph's own logits."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from core.models.onnx.autodiff.backward import BACKWARD, LAYER, add_gradients, trace
from core.models.onnx.autodiff.rules import RULES
from tests.support.onnx_graphs import model, node, run, weights

# Each turns the layer "x" [N, 3, 6, 5] into "y"; constants by name.
CASES = {
    "sigmoid": ([node("Sigmoid", ["x"])], {}),
    "tanh": ([node("Tanh", ["x"])], {}),
    "relu": ([node("Relu", ["x"])], {}),
    "leaky relu": ([node("LeakyRelu", ["x"], alpha=0.3)], {}),
    "elu": ([node("Elu", ["x"], alpha=0.7)], {}),
    "selu": ([node("Selu", ["x"])], {}),
    "softplus": ([node("Softplus", ["x"])], {}),
    "hard sigmoid": ([node("HardSigmoid", ["x"], alpha=0.3)], {}),
    "erf": ([node("Erf", ["x"])], {}),
    "exp": ([node("Exp", ["x"])], {}),
    "logarithm": ([node("Exp", ["x"], "e"), node("Log", ["e"])], {}),
    "root of the square": (
        [node("Mul", ["x", "x"], "s"), node("Add", ["s", "one"], "p"), node("Sqrt", ["p"])],
        {"one": np.float32(1)},
    ),
    "reciprocal": ([node("Exp", ["x"], "e"), node("Reciprocal", ["e"])], {}),
    "cube": ([node("Pow", ["x", "three"])], {"three": np.float32(3)}),
    "negative difference": (
        [node("Neg", ["x"], "n"), node("Sub", ["n", "x"])], {}
    ),
    "clip": (
        [node("Clip", ["x", "low", "high"])],
        {"low": np.float32(-0.5), "high": np.float32(1)},
    ),
    "greatest of two": ([node("Max", ["x", "low"])], {"low": np.float32(0.2)}),
    "least of two": ([node("Min", ["x", "high"])], {"high": np.float32(0.2)}),
    "greatest of two, one limit a channel": (
        [node("Max", ["x", "low"])], {"low": np.full((3, 1, 1), 0.2, np.float32)}
    ),
    "greatest of all cells": ([node("GlobalMaxPool", ["x"])], {}),
    "sum of two": ([node("Tanh", ["x"], "t"), node("Sum", ["x", "t"])], {}),
    "cast and dropout": (
        [node("Cast", ["x"], "c", to=onnx.TensorProto.FLOAT), node("Dropout", ["c"])], {}
    ),
    "another axis and back": (
        [node("Unsqueeze", ["x", "axes"], "u"), node("Squeeze", ["u", "axes"])],
        {"axes": np.array([1])},
    ),
    "swish": ([node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"])], {}),
    "squeeze and excite": (
        [
            node("GlobalAveragePool", ["x"], "m"), node("Conv", ["m", "w"], "e"),
            node("Sigmoid", ["e"], "s"), node("Mul", ["x", "s"]),
        ],
        {"w": weights(3, 3, 1, 1)},
    ),
    "division of two": ([node("Exp", ["x"], "e"), node("Div", ["x", "e"])], {}),
    "softmax of channels": ([node("Softmax", ["x"], axis=1)], {}),
    "mean of channels": ([node("ReduceMean", ["x"], axes=[1], keepdims=1)], {}),
    "sum of rows": ([node("ReduceSum", ["x", "axes"], keepdims=1)], {"axes": np.array([2])}),
    "maximum": ([node("ReduceMax", ["x"], axes=[2, 3], keepdims=1)], {}),
    "channels last and back": (
        [
            node("Transpose", ["x"], "t", perm=[0, 2, 3, 1]),
            node("Transpose", ["t"], perm=[0, 3, 1, 2]),
        ],
        {},
    ),
    "concatenation": ([node("Tanh", ["x"], "t"), node("Concat", ["x", "t"], axis=1)], {}),
    "padding": ([node("Pad", ["x", "pads"])], {"pads": np.array([0, 0, 1, 0, 0, 0, 2, 3])}),
    "batch norm": (
        [node("BatchNormalization", ["x", "g", "b", "m", "v"])],
        {"g": weights(3), "b": weights(3), "m": weights(3), "v": weights(3) ** 2 + 1},
    ),
    "convolution with strides": (
        [node("Conv", ["x", "w", "b"], strides=[2, 3], pads=[1, 0, 0, 1])],
        {"w": weights(4, 3, 3, 2), "b": weights(4)},
    ),
    "convolution like TensorFlow's SAME": (
        [node("Conv", ["x", "w"], strides=[2, 2], auto_pad="SAME_UPPER")],
        {"w": weights(4, 3, 3, 3)},
    ),
    "dilated depthwise convolution": (
        [node("Conv", ["x", "w"], dilations=[2, 2], group=3, pads=[1, 0, 1, 2])],
        {"w": weights(3, 1, 2, 2)},
    ),
    "average pooling": ([node("AveragePool", ["x"], kernel_shape=[2, 2], strides=[2, 2])], {}),
    "overlapping maximum pooling": (
        [node("MaxPool", ["x"], kernel_shape=[3, 3], strides=[2, 1], pads=[1, 1, 1, 1])], {},
    ),
    "attention between places": (
        [
            node("Reshape", ["x", "flat"], "f"), node("Transpose", ["f"], "t", perm=[0, 2, 1]),
            node("MatMul", ["f", "t"], "a"), node("Softmax", ["a"], "p", axis=-1),
            node("MatMul", ["p", "f"], "o"), node("Reshape", ["o", "image"]),
        ],
        {"flat": np.array([0, 3, 30]), "image": np.array([0, 3, 6, 5])},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_rule_gives_what_the_logits_differences_say(case):
    forward = model(*CASES[case])
    photos = np.random.default_rng(1).normal(0, 1, (3, 6, 5, 3)).astype(np.float32)
    graph = add_gradients(trace(forward, {}, photos[:2]), "logits", "x", channels_first=True)
    onnx.checker.check_model(graph)
    logits, layer, gradients = run(graph, photos, classes=np.eye(2, dtype=np.float32))
    assert [each.name for each in graph.graph.output] == ["logits", LAYER, BACKWARD]
    assert layer == pytest.approx(photos)  # the layer is the photo itself here
    assert gradients.shape == (3, 2, 6, 5, 3)
    # Central differences in random directions, for they take all places at once; some step over a
    # bend, where they say nothing.
    right = []
    rng, step = np.random.default_rng(2), 3e-4
    for _ in range(4):
        way = rng.choice([-1, 1], photos.shape).astype(np.float32)
        more, less = (run(forward, photos + sign * step * way)[0] for sign in (1, -1))
        expected = (more - less) / (2 * step)
        got = (gradients * way[:, None]).sum(axis=(2, 3, 4))
        right.append(np.abs(got - expected) <= 0.01 * np.abs(expected).max() + 2e-3)
    assert np.mean(right) > 0.8
    assert logits == pytest.approx(run(forward, photos)[0], abs=1e-5)


def test_every_rule_has_a_case():
    behind_all = {"Identity", "Flatten", "Gemm"}  # of the graph around each case
    assert set(RULES) == behind_all | {
        each.op_type for nodes, _ in CASES.values() for each in nodes
    }
