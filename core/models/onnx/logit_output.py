"""The logits behind an ONNX classifier's output, and what turns them into probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from core.errors import ModelError
from core.models.onnx.onnx_network import LOGITS

_PASSES = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Dropout")
_PRODUCTS = ("MatMul", "Gemm", "Conv", "Einsum")
_ENDS = (  # as SqueezeNet ends, in a mean of what a ReLU lets through
    *_PASSES, "Add", "Sub", "Mul", "Div", "ReduceMean", "GlobalAveragePool", "AveragePool", "Relu",
    "Transpose",
)  # fmt: skip
_SQUASHES = ("Softmax", "LogSoftmax", "Sigmoid")
_TOTAL = 1e-3  # how far probabilities may be from adding up to 1, as half precision rounds
_LEAST = float(np.finfo(np.float32).tiny)  # whose logarithm is still a number


def add_logits(model: Any, output: str, given: NDArray[np.float32]) -> tuple[str, tuple[str, ...]]:
    """End a graph with `LOGITS`, float32 [N, C], in place of its own output.

    Args:
        model: An `onnx.ModelProto`, which is changed.
        output: The name of what it gives.
        given: What it gave for some photos.

    Returns:
        What turns the logits into probabilities, as `network.Network.head`, and what had to be
        assumed.

    Raises:
        ModelError: If it is not the output of a classifier.
    """
    lengths = list(given.shape[1:])
    if not lengths or sum(length != 1 for length in lengths) > 1:
        raise ModelError(
            "model_shape",
            f"The model gives {given.shape} numbers; a classifier gives [photos, "
            "classes]. A detector or a segmenter answers with places, which cannot be explained "
            "by a heatmap of one class.",
            reason=f"output {given.shape}",
        )
    makers = {name: node for node in model.graph.node for name in node.output}
    end = _behind(output, makers)
    kind = makers[end].op_type if end in makers else ""
    classes = int(np.prod(lengths))
    if kind in _SQUASHES:
        head = "sigmoid" if kind == "Sigmoid" and classes > 1 else "softmax"
        _finish(model, makers[end].input[0], classes, head)
        return head, ()
    if _ends_linear(output, makers):
        _finish(model, output, classes, "softmax")
        return "softmax", (
            "its numbers are taken for logits: it ends without a softmax or sigmoid",
        )
    rows = given.reshape(len(given), -1)
    probable = bool(((rows >= -_TOTAL) & (rows <= 1 + _TOTAL)).all())
    if classes > 1 and probable and np.abs(rows.sum(axis=1) - 1).max() <= _TOTAL:
        _finish(model, output, classes, "mixture")
        return "mixture", (
            "its probabilities are of no one softmax: the logarithm of each is explained",
        )
    raise ModelError(
        "no_softmax",
        f"The model ends in {kind}, and gives neither probabilities (of a softmax or sigmoid, or "
        "a mean of these) nor the numbers of a dense layer, so it cannot be explained as a "
        "classifier. Give it a dense layer with a softmax.",
        got=kind,
    )


def _behind(name: str, makers: Mapping[str, Any]) -> str:
    while name in makers and makers[name].op_type in _PASSES:
        name = makers[name].input[0]
    return name


def _ends_linear(name: str, makers: Mapping[str, Any]) -> bool:
    """Whether a dense layer, or a convolution that stands for one, gives a tensor."""
    if name not in makers:
        return False
    node = makers[name]
    if node.op_type in _PRODUCTS:
        return True
    return node.op_type in _ENDS and any(
        _ends_linear(each, makers) for each in node.input[:2] if each
    )


def _finish(model: Any, name: str, classes: int, head: str) -> None:
    """Write the last nodes, from a tensor of the classes' numbers to the logits."""
    graph = model.graph

    def number(value: object, of: str) -> str:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), f"{LOGITS}/{of}"))
        return f"{LOGITS}/{of}"

    def write(op: str, inputs: Sequence[str], to: str, **attributes: Any) -> str:
        graph.node.append(helper.make_node(op, inputs, [to], name=f"{to}/node", **attributes))
        return to

    flat = number(np.array([-1, classes], np.int64), "shape")
    if head == "mixture":
        least = number(np.array(_LEAST, np.float32), "least")
        name = write("Log", [write("Max", [name, least], f"{LOGITS}/positive")], f"{LOGITS}/log")
    if classes == 1:  # one sigmoid is two classes
        name = write("Reshape", [name, flat], f"{LOGITS}/flat")
        both = number(np.array([[-0.5, 0.5]], np.float32), "both")
        write("MatMul", [name, both], LOGITS)
    else:
        write("Reshape", [name, flat], LOGITS)
    del graph.output[:]
    graph.output.append(helper.make_empty_tensor_value_info(LOGITS))
