"""Cases of every differentiation rule, and the check of gradients by differences of the logits."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper

from core.models.onnx.autodiff.backward import BACKWARD, LAYER, add_gradients, trace
from core.models.onnx.place import Place
from tests.support.onnx_graphs import model, node, run, weights

SIZES = [  # as many photos and channels as there are
    node("Shape", ["x"], "now"), node("Slice", ["now", "none", "two"], "kept"),
    node("Concat", ["kept", "sides"], "to", axis=0),
]  # fmt: skip

# Each turns the layer "x" [N, 3, 6, 5] into "y"; constants by name; the opset where it is not 17.
ELEMENTWISE_CASES = {
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
    "sum of two": ([node("Tanh", ["x"], "t"), node("Sum", ["x", "t"])], {}),
    "cast and dropout": (
        [node("Cast", ["x"], "c", to=onnx.TensorProto.FLOAT), node("Dropout", ["c"])], {}
    ),
    "swish": ([node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"])], {}),
    "division of two": ([node("Exp", ["x"], "e"), node("Div", ["x", "e"])], {}),
    "gelu": ([node("Gelu", ["x"])], {}, 20),
    "gelu by a tanh": ([node("Gelu", ["x"], approximate="tanh")], {}, 20),
    "hard swish": (
        [node("Mul", ["x", "four"], "w"), node("HardSwish", ["w"])], {"four": np.float32(4)}
    ),
    "mish": ([node("Mish", ["x"])], {}, 18),
    "softsign": ([node("Softsign", ["x"])], {}),
    "absolute": ([node("Abs", ["x"])], {}),
    "sine and cosine": ([node("Sin", ["x"], "s"), node("Cos", ["s"])], {}),
    "relu above a threshold": ([node("ThresholdedRelu", ["x"], alpha=0.4)], {}),
    "a slope for each channel": ([node("PRelu", ["x", "s"])], {"s": weights(3, 1, 1)}),
    "clip without limits": ([node("Clip", ["x"])], {}),
    "mean of two": ([node("Tanh", ["x"], "t"), node("Mean", ["x", "t"])], {}),
    "one or the other": (
        [
            node("Greater", ["x", "zero"], "on"), node("Tanh", ["x"], "t"),
            node("Exp", ["x"], "e"), node("Where", ["on", "t", "e"]),
        ],
        {"zero": np.float32(0)},
    ),
    "one or a constant": (
        [node("Greater", ["x", "zero"], "on"), node("Where", ["on", "x", "zero"])],
        {"zero": np.float32(0)},
    ),
}  # fmt: skip
PRODUCT_CASES = {
    "squeeze and excite": (
        [
            node("GlobalAveragePool", ["x"], "m"), node("Conv", ["m", "w"], "e"),
            node("Sigmoid", ["e"], "s"), node("Mul", ["x", "s"]),
        ],
        {"w": weights(3, 3, 1, 1)},
    ),
    "softmax of channels": ([node("Softmax", ["x"], axis=1)], {}),
    "batch norm": (
        [node("BatchNormalization", ["x", "g", "b", "m", "v"])],
        {"g": weights(3), "b": weights(3), "m": weights(3), "v": weights(3) ** 2 + 1},
    ),
    "attention between places": (
        [
            node("Reshape", ["x", "flat"], "f"), node("Transpose", ["f"], "t", perm=[0, 2, 1]),
            node("MatMul", ["f", "t"], "a"), node("Softmax", ["a"], "p", axis=-1),
            node("MatMul", ["p", "f"], "o"), node("Reshape", ["o", "image"]),
        ],
        {"flat": np.array([0, 3, 30]), "image": np.array([0, 3, 6, 5])},
    ),
    "logarithm of a softmax": ([node("LogSoftmax", ["x"], axis=1)], {}),
    "dense layer of every cell": (
        [node("Transpose", ["x"], "t", perm=[0, 2, 3, 1]), node("MatMul", ["t", "w"])],
        {"w": weights(3, 4)},
    ),
    "a matrix times every photo": ([node("MatMul", ["w", "x"])], {"w": weights(4, 6)}),
    "times a vector": ([node("MatMul", ["x", "w"])], {"w": weights(5)}),
    "turned product": (
        [node("Flatten", ["x"], "f"), node("Gemm", ["w", "f", "c"], "g", transB=1, alpha=0.5),
         node("Transpose", ["g"])],
        {"w": weights(4, 90), "c": weights(4, 1)},
    ),
    "product of what moves": (
        [node("Reshape", ["x", "flat"], "f"), node("Transpose", ["f"], "t", perm=[0, 2, 1]),
         node("Tanh", ["f"], "h"), node("MatMul", ["h", "t"])],
        {"flat": np.array([0, 3, 30])},
    ),
    "einsum of a matrix": (
        [node("Einsum", ["x", "w"], equation="nchw,cd->ndhw")], {"w": weights(3, 4)}
    ),
    "einsum of what moves": (
        [node("Tanh", ["x"], "t"), node("Einsum", ["x", "t"], equation="nchw,nchv->nhwv")], {}
    ),
    "layer norm of channels": (
        [
            node("Transpose", ["x"], "t", perm=[0, 2, 3, 1]),
            node("LayerNormalization", ["t", "g", "b"], axis=-1, epsilon=1e-3),
        ],
        {"g": weights(3), "b": weights(3)},
    ),
    "layer norm of all": (
        [node("LayerNormalization", ["x", "g"], axis=1)], {"g": weights(3, 6, 5)}
    ),
    "instance norm": (
        [node("InstanceNormalization", ["x", "g", "b"])], {"g": weights(3), "b": weights(3)}
    ),
}  # fmt: skip
SHAPE_CASES = {
    "greatest of all cells": ([node("GlobalMaxPool", ["x"])], {}),
    "another axis and back": (
        [node("Unsqueeze", ["x", "axes"], "u"), node("Squeeze", ["u", "axes"])],
        {"axes": np.array([1])},
    ),
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
    "norm of channels": ([node("ReduceL2", ["x"], axes=[1], keepdims=0)], {}),
    "maximum, its axes an input": (
        [node("ReduceMax", ["x", "axes"], keepdims=0)], {"axes": np.array([2])}, 18
    ),
    "sum of squares": ([node("ReduceSumSquare", ["x"], axes=[2, 3])], {}),
    "minimum": ([node("ReduceMin", ["x"], axes=[1], keepdims=0)], {}),
    "repeated by broadcasting": (
        [node("ReduceMean", ["x"], "m", axes=[2]), node("Expand", ["m", "shape"])],
        {"shape": np.array([1, 3, 4, 5])},
    ),
    "parts of the first axis, which are not photos": (
        [
            node("Transpose", ["x"], "turned", perm=[1, 0, 2, 3]),
            node("Slice", ["turned", "from", "to", "axes", "steps"], "s"),
            node("Transpose", ["s"], perm=[1, 0, 2, 3]),
        ],
        {
            "from": np.array([2, 1]), "to": np.array([-9, 5]), "axes": np.array([0, 2]),
            "steps": np.array([-2, 1]),
        },
    ),
    "crop": (
        [node("Slice", ["x", "from", "to", "axes"])],
        {"from": np.array([1, -4]), "to": np.array([5, 1000]), "axes": np.array([2, 3])},
    ),
    "every second cell, backwards": (
        [node("Slice", ["x", "from", "to", "axes", "steps"])],
        {
            "from": np.array([1, -1]), "to": np.array([6, -1000]), "axes": np.array([2, 3]),
            "steps": np.array([2, -1]),
        },
    ),
    "one column": ([node("Gather", ["x", "at"], axis=3)], {"at": np.array(-2)}),
    "rows in another order": ([node("Gather", ["x", "at"], axis=2)], {"at": np.array([3, 0, 3])}),
    "by a table": (
        [node("Gather", ["x", "at"], axis=2)], {"at": np.array([[3, 0, 3], [1, -1, 2]])}
    ),
    "a table of all numbers": (
        [
            node("Reshape", ["x", "flat"], "f"), node("Shape", ["f"], "n"),
            node("Squeeze", ["n"], "s"), node("Range", ["zero", "s", "one"], "r"),
            node("Reshape", ["r", "table"], "t"), node("Gather", ["f", "t"]),
        ],
        {
            "flat": np.array([-1]), "zero": np.array(0), "one": np.array(1),
            "table": np.array([-1, 5, 18]),
        },
    ),
    "two parts of three": (
        [
            helper.make_node("Split", ["x", "lengths"], ["a", "b", "c"], axis=2),
            node("Tanh", ["c"], "t"), node("Mul", ["a", "t"]),
        ],
        {"lengths": np.array([2, 2, 2])},
    ),
    "tiles": ([node("Tile", ["x", "times"])], {"times": np.array([1, 2, 1, 3])}),
    "blocks to channels": (
        [node("Slice", ["x", "from", "to", "axes"], "s"), node("SpaceToDepth", ["s"], blocksize=2)],
        {"from": np.array([0]), "to": np.array([4]), "axes": np.array([3])},
    ),
    "channels to blocks": (
        [
            node("Concat", ["x", "x", "x", "x"], "c", axis=1),
            node("DepthToSpace", ["c"], blocksize=2),
        ],
        {},
    ),
    "channels to blocks, columns first": (
        [
            node("Concat", ["x", "x", "x", "x"], "c", axis=1),
            node("DepthToSpace", ["c"], blocksize=2, mode="CRD"),
        ],
        {},
    ),
    "a shape that is computed": (
        [
            node("Shape", ["x"], "s"), node("Gather", ["s", "at"], "n"),
            node("Concat", ["n", "rest"], "to", axis=0), node("Reshape", ["x", "to"]),
        ],
        {"at": np.array([0]), "rest": np.array([18, -1])},
    ),
}  # fmt: skip
WINDOW_CASES = {
    "padding": ([node("Pad", ["x", "pads"])], {"pads": np.array([0, 0, 1, 0, 0, 0, 2, 3])}),
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
    "transposed convolution": (
        [
            node("ConvTranspose", ["x", "w"], strides=[2, 3], pads=[1, 0, 0, 1],
                 output_padding=[1, 0], group=3)
        ],
        {"w": weights(3, 2, 3, 3)},
    ),
    "average pooling with pads": (
        [
            node("AveragePool", ["x"], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 1, 0],
                 count_include_pad=1)
        ],
        {},
    ),
    "average pooling of what is there": (
        [
            node("AveragePool", ["x"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                 ceil_mode=1)
        ],
        {},
    ),
    "maximum pooling up to the edge": (
        [node("MaxPool", ["x"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], {}
    ),
    "padding by reflection": (
        [node("Pad", ["x", "pads"], mode="reflect")],
        {"pads": np.array([0, 0, 2, 1, 0, 0, 1, 2])},
    ),
    "padding with the edge": (
        [node("Pad", ["x", "pads"], mode="edge")],
        {"pads": np.array([0, 1, 0, 2, 0, 0, 1, 0])},
    ),
    "enlarging by factors": (
        [
            node("Resize", ["x", "", "by"], mode="nearest", nearest_mode="floor",
                 coordinate_transformation_mode="asymmetric")
        ],
        {"by": np.array([1, 1, 2, 3], np.float32)},
    ),
    "resizing linearly": (
        [*SIZES, node("Resize", ["x", "", "", "to"], mode="linear")],
        {"none": np.array([0]), "two": np.array([2]), "sides": np.array([9, 4])},
    ),
    "resizing by cubes": (
        [
            *SIZES,
            node("Resize", ["x", "", "", "to"], mode="cubic", cubic_coeff_a=-0.75,
                 coordinate_transformation_mode="align_corners"),
        ],
        {"none": np.array([0]), "two": np.array([2]), "sides": np.array([8, 11])},
    ),
}  # fmt: skip


def assert_gradients(nodes, constants, opset=17):
    """Hold a graph's gradients against central differences of its own logits."""
    forward = model(nodes, constants, opset)
    photos = np.random.default_rng(1).normal(0, 1, (3, 6, 5, 3)).astype(np.float32)
    graph = add_gradients(trace(forward, {}, photos[:2]), "logits", Place("x", True))
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
