"""Differentiation rules of what ONNX does to a grid: convolutions, pooling, padding, resizing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.onnx.autodiff.node_facts import attributes_of, window_of
from core.models.onnx.autodiff.tape import Grads, NoRuleError, Rule, Tape

_BY_AXIS = ("kernel_shape", "strides", "dilations")


def _convolution(tape: Tape, node: Any, grad: str) -> Grads:
    x, kernel = node.input[:2]
    if kernel not in tape.constants:
        raise NoRuleError("Conv by a kernel that depends on the photo")
    lengths, outputs = (tape.shapes[name][2:] for name in (x, node.output[0]))
    window = window_of(node, tape.shapes[kernel][2:], lengths, outputs)
    pairs = zip(window["output_padding"], window["strides"], strict=True)
    if any(not 0 <= extra < stride for extra, stride in pairs):
        raise NoRuleError("Conv that leaves cells out")
    group = attributes_of(node).get("group", 1)
    return [(0, tape.add_node("ConvTranspose", [grad, kernel], group=group, **window))]


def _transposed_convolution(tape: Tape, node: Any, grad: str) -> Grads:
    said, kernel = attributes_of(node), node.input[1]
    plain = said.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in said
    if kernel not in tape.constants or not plain:
        raise NoRuleError("ConvTranspose that is not plain")
    same = {key: said[key] for key in ("strides", "dilations", "pads", "group") if key in said}
    return [(0, tape.add_node("Conv", [grad, kernel], **same))]


def _max_pool(tape: Tape, node: Any, grad: str) -> Grads:
    x, where = node.input[0], f"{node.output[0]}/where"
    tape.forward_nodes.append(
        helper.make_node("MaxPool", [x], [f"{where}/most", where], **attributes_of(node))
    )
    flat = tape.constant([-1], np.int64)
    zeros = tape.add_node("Mul", [tape.add_node("Reshape", [x, flat]), tape.constant(0)])
    spots, given = (tape.add_node("Reshape", [each, flat]) for each in (where, grad))
    summed = tape.add_node("ScatterElements", [zeros, spots, given], axis=0, reduction="add")
    return [(0, tape.reshape_like(summed, x))]


def _average_pool(tape: Tape, node: Any, grad: str) -> Grads:
    """Each axis by itself: a mean over a rectangle is a mean of means."""
    rank, said = len(tape.shapes[node.input[0]]), attributes_of(node)
    cells = rank - 2
    for axis in range(2, rank):
        n = axis - 2
        own = {key: said[key] for key in said if key not in _BY_AXIS}
        own |= {key: [said[key][n], 1] for key in _BY_AXIS if key in said}
        if "pads" in said:
            own["pads"] = [said["pads"][n], 0, said["pads"][n + cells], 0]
        matrix = _matrix("AveragePool", tape.shapes[node.input[0]][axis], [], own)
        grad = tape.along_axis(grad, matrix, axis, rank)
    return [(0, grad)]


def _pad(tape: Tape, node: Any, grad: str) -> Grads:
    x, rank = node.input[0], len(tape.shapes[node.input[0]])
    pads, axes = tape.known_sizes(node.input[1]), list(range(rank))
    if len(node.input) > 3 and node.input[3]:
        axes = [axis % rank for axis in tape.known(node.input[3]).tolist()]
    mode = attributes_of(node).get("mode", b"constant").decode()
    for n, axis in enumerate(axes):
        before, after = int(pads[n]), int(pads[n + len(axes)])
        if not before and not after:
            continue
        if axis == 0:
            raise NoRuleError("Pad of the photos' number")
        length = tape.shapes[x][axis]
        given = [np.array([0, 0, before, 0, 0, 0, after, 0], np.int64)]
        grad = tape.along_axis(grad, _matrix("Pad", length, given, {"mode": mode}), axis, rank)
    return [(0, grad)]


def _resize(tape: Tape, node: Any, grad: str) -> Grads:
    """Each axis by itself, as every mode works."""
    shape, out = (tape.shapes[name] for name in (node.input[0], node.output[0]))
    said = attributes_of(node)
    mode = said.pop("coordinate_transformation_mode", b"half_pixel")
    if said.pop("axes", None) or mode == b"tf_crop_and_resize" or shape[0] != out[0]:
        raise NoRuleError(f"Resize with {mode.decode()} or axes")
    scales = node.input[2] if len(node.input) > 2 else ""
    said.pop("keep_aspect_ratio_policy", None)
    said["coordinate_transformation_mode"] = mode
    for axis in range(1, len(shape)):
        if shape[axis] == out[axis]:
            continue
        if scales:
            factor = float(tape.known_sizes(scales)[axis])
            given: list[NDArray[Any] | None] = [None, np.array([1, 1, factor, 1], np.float32)]
        else:
            given = [None, None, np.array([shape[axis], 1, out[axis], 1], np.int64)]
        matrix = _matrix("Resize", shape[axis], given, said)
        grad = tape.along_axis(grad, matrix, axis, len(shape))
    return [(0, grad)]


def _matrix(
    op: str, length: int, given: Sequence[NDArray[Any] | None], said: Mapping[str, Any]
) -> NDArray[np.float32]:
    """What a linear operation along one axis does, [what it gives, what it takes].

    It is carried out on unit vectors: on [n, 1, n, 1], whose rows are the axis.
    """
    names = ["" if each is None else f"given{n}" for n, each in enumerate(given)]
    node = helper.make_node(op, ["x", *names], ["y"], **said)
    graph = helper.make_graph(
        [node],
        "axis",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [length, 1, length, 1])],
        [helper.make_empty_tensor_value_info("y")],
        [
            numpy_helper.from_array(each, name)
            for name, each in zip(names, given, strict=True)
            if each is not None
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=8)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    unit = np.eye(length, dtype=np.float32)[:, None, :, None]
    (found,) = session.run(["y"], {"x": unit})
    return np.ascontiguousarray(found[:, 0, :, 0].T)


WINDOWS: Mapping[str, Rule] = {
    "Conv": _convolution, "ConvTranspose": _transposed_convolution, "MaxPool": _max_pool,
    "AveragePool": _average_pool, "Pad": _pad, "Resize": _resize,
}  # fmt: skip
