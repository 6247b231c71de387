"""Differentiation rules of what ONNX moves, repeats, cuts out and adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto

from core.models.onnx.autodiff.elementwise_rules import times
from core.models.onnx.autodiff.node_facts import attributes_of
from core.models.onnx.autodiff.tape import Grads, NoRuleError, Rule, Tape


def reduced_axes(tape: Tape, node: Any) -> list[int]:
    """The axes that a reduction runs over."""
    rank = len(tape.shapes[node.input[0]])
    axes = attributes_of(node).get("axes")
    if axes is None and len(node.input) > 1 and node.input[1]:
        axes = tape.known(node.input[1]).tolist()
    return [axis % rank for axis in axes] if axes is not None else list(range(rank))


def _keep_dims(tape: Tape, node: Any, name: str, axes: list[int]) -> str:
    """A reduced tensor with the axes that it lost, of length 1."""
    if attributes_of(node).get("keepdims", 1):
        return name
    return tape.add_node("Unsqueeze", [name, tape.constant(axes, np.int64)])


def _reduce_sum_or_mean(tape: Tape, node: Any, grad: str) -> Grads:
    """ReduceSum and ReduceMean."""
    axes, x = reduced_axes(tape, node), node.input[0]
    grad = tape.expand_like(_keep_dims(tape, node, grad, axes), x)
    if node.op_type == "ReduceSum":
        return [(0, grad)]
    count = np.prod([tape.shapes[x][axis] for axis in axes])
    return times(tape, grad, tape.constant(1 / count))


def _reduce_norm(tape: Tape, node: Any, grad: str) -> Grads:
    """ReduceL2, whose slope is `x / y`; ReduceSumSquare, whose slope is `2 x`."""
    axes, x = reduced_axes(tape, node), node.input[0]
    grad = _keep_dims(tape, node, grad, axes)
    if node.op_type == "ReduceL2":
        whole = _keep_dims(tape, node, node.output[0], axes)
        return times(tape, x, tape.add_node("Div", [grad, whole]))
    return times(tape, x, tape.add_node("Mul", [grad, tape.constant(2)]))


def _global_average_pool(tape: Tape, node: Any, grad: str) -> Grads:
    count = np.prod(tape.shapes[node.input[0]][2:])
    return times(tape, tape.expand_like(grad, node.input[0]), tape.constant(1 / count))


def _reduce_extreme(tape: Tape, node: Any, grad: str) -> Grads:
    """ReduceMax, ReduceMin, GlobalMaxPool: the gradient goes to where it is, in equal parts."""
    pools = node.op_type == "GlobalMaxPool"
    x = node.input[0]
    axes = list(range(2, len(tape.shapes[x]))) if pools else reduced_axes(tape, node)
    most = node.output[0]
    if not pools:
        most, grad = (_keep_dims(tape, node, name, axes) for name in (most, grad))
    on = tape.add_node("Cast", [tape.add_node("Equal", [x, most])], to=TensorProto.FLOAT)
    count = tape.add_node("ReduceSum", [on, tape.constant(axes, np.int64)], keepdims=1)
    return times(tape, on, tape.add_node("Div", [grad, count]))


def _reshape(tape: Tape, node: Any, grad: str) -> Grads:
    return [(0, tape.reshape_like(grad, node.input[0]))]


def _expand(tape: Tape, node: Any, grad: str) -> Grads:
    return [(0, tape.unbroadcast(grad, tape.shapes[node.output[0]], node.input[0]))]


def _transpose(tape: Tape, node: Any, grad: str) -> Grads:
    order = attributes_of(node).get("perm") or list(range(len(tape.shapes[node.input[0]])))[::-1]
    back = [int(axis) for axis in np.argsort(order)]
    return [(0, tape.add_node("Transpose", [grad], perm=back))]


def _concatenate(tape: Tape, node: Any, grad: str) -> Grads:
    axis = attributes_of(node)["axis"]
    lengths = [tape.shapes[name][axis] for name in node.input]
    ends = np.cumsum(lengths)
    return [
        (i, crop(tape, grad, [ends[i] - lengths[i]], [ends[i]], [axis]))
        for i in range(len(lengths))
    ]


def crop(
    tape: Tape, name: str, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int]
) -> str:
    """A part of a gradient."""
    numbers = [tape.constant(each, np.int64) for each in (starts, ends, axes)]
    return tape.add_node("Slice", [name, *numbers])


def join_split(tape: Tape, node: Any, grads: Sequence[str | None]) -> Grads:
    """Split, which has a gradient for each of its outputs; None where nothing depends on it."""
    parts = [grad or tape.zeros_like(name) for grad, name in zip(grads, node.output, strict=True)]
    return [(0, tape.add_node("Concat", parts, axis=attributes_of(node).get("axis", 0)))]


def _taken(tape: Tape, grad: str, x: str, taken: Mapping[int, Sequence[int]]) -> str:
    """The gradient of a tensor of which some numbers along some axes were taken, in some order."""
    shape = tape.shapes[x]
    pads = np.zeros((2, len(shape)), np.int64)
    for axis, indexes in taken.items():
        if list(indexes) == list(range(indexes[0], indexes[0] + len(indexes))):
            pads[:, axis] = indexes[0], shape[axis] - indexes[0] - len(indexes)
            continue
        back = np.zeros((len(indexes), shape[axis]), np.float32)
        np.add.at(back, (np.arange(len(indexes)), np.asarray(indexes)), 1)
        grad = tape.along_axis(grad, back, axis, len(shape))
    return (
        tape.add_node("Pad", [grad, tape.constant(pads.ravel(), np.int64)]) if pads.any() else grad
    )


def _slice(tape: Tape, node: Any, grad: str) -> Grads:
    x, *rest = node.input
    shape = tape.shapes[x]
    starts, ends, axes, steps = (
        tape.known_sizes(rest[at]).tolist() if len(rest) > at and rest[at] else []
        for at in range(4)
    )
    axes = [axis % len(shape) for axis in axes or range(len(starts))]
    parts = zip(axes, starts, ends, steps or [1] * len(axes), strict=True)
    taken = {axis: range(shape[axis])[start:end:step] for axis, start, end, step in parts}
    whole = {axis: each for axis, each in taken.items() if each != range(shape[axis])}
    first = whole.pop(0, None)  # how many there are may depend on how many photos are run
    grad = _taken(tape, grad, x, whole)
    if first is None:
        return [(0, grad)]
    at = axes.index(0)
    numbers = [tape.constant([each], np.int64) for each in (starts[at], ends[at], 0)]
    step = tape.constant([steps[at] if steps else 1], np.int64)
    zero, one = (tape.constant(each, np.int64) for each in (0, 1))
    nothing = tape.zeros_like(x)
    length = tape.add_node("Gather", [tape.add_node("Shape", [x]), zero])
    every = tape.add_node("Range", [zero, length, one])
    where = tape.add_node("Slice", [every, *numbers, step])
    where = tape.add_node("Unsqueeze", [where, tape.constant([1], np.int64)])
    return [(0, tape.add_node("ScatterND", [nothing, where, grad]))]


def _gather(tape: Tape, node: Any, grad: str) -> Grads:
    """What was taken along an axis, by a number or a table, is added up where it came from."""
    x, indexes = node.input
    rank, table = len(tape.shapes[x]), len(tape.shapes[indexes])
    axis = attributes_of(node).get("axis", 0) % rank
    front = [axis, *(at for at in range(rank) if at != axis)]
    taken = [*range(axis, axis + table), *range(axis), *range(axis + table, rank - 1 + table)]
    nothing = tape.add_node("Transpose", [tape.zeros_like(x)], perm=front)
    where = tape.add_node("Unsqueeze", [indexes, tape.constant([-1], np.int64)])
    given = tape.add_node("Transpose", [grad], perm=taken)
    whole = tape.add_node("ScatterND", [nothing, where, given], reduction="add")
    back = [int(at) for at in np.argsort(front)]
    return [(0, tape.add_node("Transpose", [whole], perm=back))]


def _tile(tape: Tape, node: Any, grad: str) -> Grads:
    x, repeats = node.input[0], tape.known_sizes(node.input[1])
    shape = tape.shapes[x]
    if repeats[0] != 1:
        raise NoRuleError("repeated photos")
    for axis, times_ in enumerate(repeats.tolist()):
        if times_ != 1:
            back = np.tile(np.eye(shape[axis], dtype=np.float32), (times_, 1))
            grad = tape.along_axis(grad, back, axis, len(shape))
    return [(0, grad)]


def _rearrange(tape: Tape, node: Any, grad: str) -> Grads:
    """DepthToSpace and SpaceToDepth, each the other's way back."""
    block, mode = attributes_of(node)["blocksize"], attributes_of(node).get("mode", b"DCR")
    if node.op_type == "SpaceToDepth":
        return [(0, tape.add_node("DepthToSpace", [grad], blocksize=block))]
    if mode == b"DCR":
        return [(0, tape.add_node("SpaceToDepth", [grad], blocksize=block))]
    _, channels, rows, columns = tape.shapes[node.input[0]]
    blocks = [0, channels // block**2, rows, block, columns, block]
    grad = tape.add_node("Reshape", [grad, tape.constant(blocks, np.int64)])
    grad = tape.add_node("Transpose", [grad], perm=[0, 1, 3, 5, 2, 4])
    return [(0, tape.reshape_like(grad, node.input[0]))]


SHAPES: Mapping[str, Rule] = {
    "ReduceSum": _reduce_sum_or_mean, "ReduceMean": _reduce_sum_or_mean,
    "ReduceL2": _reduce_norm, "ReduceSumSquare": _reduce_norm,
    "ReduceMax": _reduce_extreme, "ReduceMin": _reduce_extreme, "GlobalMaxPool": _reduce_extreme,
    "GlobalAveragePool": _global_average_pool,
    "Reshape": _reshape, "Squeeze": _reshape, "Unsqueeze": _reshape, "Flatten": _reshape,
    "Expand": _expand, "Transpose": _transpose, "Concat": _concatenate, "Slice": _slice,
    "Gather": _gather, "Tile": _tile, "DepthToSpace": _rearrange, "SpaceToDepth": _rearrange,
}  # fmt: skip
