"""Differentiation rules, one for each ONNX operation.

A rule turns the gradient of what a node gives into the gradients of what it takes, written as ONNX
nodes. They follow TensorFlow where a function has a corner: at 0 a ReLU's gradient is 0, and of
several greatest values each gets an equal part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from core.models.onnx.autodiff.tape import NoRuleError, Tape

Grads = list[tuple[int, str]]
"""Which inputs of a node get which gradient."""


Rule = Callable[[Tape, Any, str], Grads]


def _attributes(node: Any) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _times(tape: Tape, grad: str, factor: str) -> Grads:
    return [(0, tape.add_node("Mul", [grad, factor]))]


def _identity(_tape: Tape, _node: Any, grad: str) -> Grads:
    return [(0, grad)]


def _sigmoid(tape: Tape, node: Any, grad: str) -> Grads:
    y = node.output[0]
    rest = tape.add_node("Sub", [tape.constant(1), y])
    return _times(tape, grad, tape.add_node("Mul", [y, rest]))


def _tanh(tape: Tape, node: Any, grad: str) -> Grads:
    y = node.output[0]
    square = tape.add_node("Mul", [y, y])
    return _times(tape, grad, tape.add_node("Sub", [tape.constant(1), square]))


def _exp(tape: Tape, node: Any, grad: str) -> Grads:
    return _times(tape, grad, node.output[0])


def _log(tape: Tape, node: Any, grad: str) -> Grads:
    return [(0, tape.add_node("Div", [grad, node.input[0]]))]


def _sqrt(tape: Tape, node: Any, grad: str) -> Grads:
    half = tape.add_node("Div", [tape.constant(0.5), node.output[0]])
    return _times(tape, grad, half)


def _reciprocal(tape: Tape, node: Any, grad: str) -> Grads:
    y = node.output[0]
    return _times(tape, grad, tape.add_node("Neg", [tape.add_node("Mul", [y, y])]))


def _negative(tape: Tape, _node: Any, grad: str) -> Grads:
    return [(0, tape.add_node("Neg", [grad]))]


def _softplus(tape: Tape, node: Any, grad: str) -> Grads:
    return _times(tape, grad, tape.add_node("Sigmoid", [node.input[0]]))


def _erf(tape: Tape, node: Any, grad: str) -> Grads:
    x = node.input[0]
    bell = tape.add_node("Exp", [tape.add_node("Neg", [tape.add_node("Mul", [x, x])])])
    return _times(tape, grad, tape.add_node("Mul", [bell, tape.constant(2 / np.sqrt(np.pi))]))


def _pow(tape: Tape, node: Any, grad: str) -> Grads:
    exponent = _constant(tape, node.input[1])
    x = node.input[0]
    power = tape.add_node("Pow", [x, tape.constant(exponent - 1)])
    return _times(tape, grad, tape.add_node("Mul", [power, tape.constant(exponent)]))


def _inside_limits(tape: Tape, x: str, low: float | None, high: float | None) -> str:
    """1 where a tensor lies strictly between two limits, else 0, as TensorFlow cuts gradients."""
    inside = []
    if low is not None:
        inside.append(tape.add_node("Greater", [x, tape.constant(low)]))
    if high is not None:
        inside.append(tape.add_node("Less", [x, tape.constant(high)]))
    both = inside[0] if len(inside) == 1 else tape.add_node("And", inside)
    return tape.add_node("Cast", [both], to=TensorProto.FLOAT)


def _relu(tape: Tape, node: Any, grad: str) -> Grads:
    return _times(tape, grad, _inside_limits(tape, node.input[0], 0, None))


def _leaky_relu(tape: Tape, node: Any, grad: str) -> Grads:
    slope = _attributes(node).get("alpha", 0.01)
    on = _inside_limits(tape, node.input[0], 0, None)
    steep = tape.add_node("Mul", [on, tape.constant(1 - slope)])
    return _times(tape, grad, tape.add_node("Add", [steep, tape.constant(slope)]))


def _elu(tape: Tape, node: Any, grad: str) -> Grads:
    """Elu and Selu: `scale x` above 0, `scale alpha (exp x - 1)` below."""
    said, scaled = _attributes(node), node.op_type == "Selu"
    alpha, scale = said.get("alpha", 1.67326319 if scaled else 1.0), said.get("gamma", 1.05070102)
    scale = scale if scaled else 1.0
    below = tape.add_node("Add", [node.output[0], tape.constant(scale * alpha)])
    above = tape.add_node("Greater", [node.input[0], tape.constant(0)])
    return _times(tape, grad, tape.add_node("Where", [above, tape.constant(scale), below]))


def _clip(tape: Tape, node: Any, grad: str) -> Grads:
    limits = [_number(tape, name) if name else None for name in node.input[1:]]
    low, high = (*limits, None, None)[:2]
    if low is None and high is None:
        return [(0, grad)]
    return _times(tape, grad, _inside_limits(tape, node.input[0], low, high))


def _max_or_min(tape: Tape, node: Any, grad: str) -> Grads:
    """Max or Min of a tensor and a constant."""
    moving = [i for i, name in enumerate(node.input) if name not in tape.constants]
    if len(node.input) != 2 or len(moving) != 1:
        raise NoRuleError(node.op_type)
    limit = _number(tape, node.input[1 - moving[0]])
    ends = (limit, None) if node.op_type == "Max" else (None, limit)
    on = _inside_limits(tape, node.input[moving[0]], *ends)
    return [(moving[0], tape.add_node("Mul", [grad, on]))]


def _hard_sigmoid(tape: Tape, node: Any, grad: str) -> Grads:
    slope = _attributes(node).get("alpha", 0.2)
    on = _inside_limits(tape, node.output[0], 0, 1)
    return _times(tape, grad, tape.add_node("Mul", [on, tape.constant(slope)]))


def _add(tape: Tape, node: Any, grad: str) -> Grads:
    shape = tape.shapes[node.output[0]]
    return [(i, tape.unbroadcast(grad, shape, name)) for i, name in enumerate(node.input)]


def _subtract(tape: Tape, node: Any, grad: str) -> Grads:
    shape = tape.shapes[node.output[0]]
    negative = tape.add_node("Neg", [grad])
    first, second = node.input
    return [
        (0, tape.unbroadcast(grad, shape, first)),
        (1, tape.unbroadcast(negative, shape, second)),
    ]


def _multiply(tape: Tape, node: Any, grad: str) -> Grads:
    shape = tape.shapes[node.output[0]]
    grads = []
    for i, name in enumerate(node.input):
        if name not in tape.constants:
            part = tape.add_node("Mul", [grad, node.input[1 - i]])
            grads.append((i, tape.unbroadcast(part, shape, name)))
    return grads


def _divide(tape: Tape, node: Any, grad: str) -> Grads:
    over, under = node.input
    shape = tape.shapes[node.output[0]]
    share = tape.add_node("Div", [grad, under])
    grads = [(0, tape.unbroadcast(share, shape, over))]
    if under not in tape.constants:
        part = tape.add_node("Neg", [tape.add_node("Mul", [share, node.output[0]])])
        grads.append((1, tape.unbroadcast(part, shape, under)))
    return grads


def _reduced_axes(tape: Tape, node: Any) -> list[int]:
    rank = len(tape.shapes[node.input[0]])
    axes = _attributes(node).get("axes")
    if axes is None and len(node.input) > 1 and node.input[1]:
        axes = _constant(tape, node.input[1]).tolist()
    return [axis % rank for axis in axes] if axes is not None else list(range(rank))


def _keep_dims(tape: Tape, node: Any, name: str, axes: list[int]) -> str:
    """A reduced tensor with the axes that it lost, of length 1."""
    if _attributes(node).get("keepdims", 1):
        return name
    return tape.add_node("Unsqueeze", [name, tape.constant(axes, np.int64)])


def _reduce_sum_or_mean(tape: Tape, node: Any, grad: str) -> Grads:
    """ReduceSum and ReduceMean."""
    axes = _reduced_axes(tape, node)
    grad = tape.expand_like(_keep_dims(tape, node, grad, axes), node.input[0])
    if node.op_type == "ReduceSum":
        return [(0, grad)]
    count = np.prod([tape.shapes[node.input[0]][axis] for axis in axes])
    return _times(tape, grad, tape.constant(1 / count))


def _global_average_pool(tape: Tape, node: Any, grad: str) -> Grads:
    count = np.prod(tape.shapes[node.input[0]][2:])
    return _times(tape, tape.expand_like(grad, node.input[0]), tape.constant(1 / count))


def _reduce_max(tape: Tape, node: Any, grad: str) -> Grads:
    """ReduceMax and GlobalMaxPool: the gradient goes to where the most is, in equal parts."""
    pools = node.op_type == "GlobalMaxPool"
    x = node.input[0]
    axes = list(range(2, len(tape.shapes[x]))) if pools else _reduced_axes(tape, node)
    most = node.output[0]
    if not pools:
        most, grad = (_keep_dims(tape, node, name, axes) for name in (most, grad))
    on = tape.add_node("Cast", [tape.add_node("Equal", [x, most])], to=TensorProto.FLOAT)
    count = tape.add_node("ReduceSum", [on, tape.constant(axes, np.int64)], keepdims=1)
    return _times(tape, on, tape.add_node("Div", [grad, count]))


def _reshape(tape: Tape, node: Any, grad: str) -> Grads:
    return [(0, tape.reshape_like(grad, node.input[0]))]


def _transpose(tape: Tape, node: Any, grad: str) -> Grads:
    order = _attributes(node).get("perm") or list(range(len(tape.shapes[node.input[0]])))[::-1]
    back = [int(axis) for axis in np.argsort(order)]
    return [(0, tape.add_node("Transpose", [grad], perm=back))]


def _concatenate(tape: Tape, node: Any, grad: str) -> Grads:
    axis = _attributes(node)["axis"]
    lengths = [tape.shapes[name][axis] for name in node.input]
    ends = np.cumsum(lengths)
    return [
        (i, _slice(tape, grad, [ends[i] - lengths[i]], [ends[i]], [axis]))
        for i in range(len(lengths))
    ]


def _slice(tape: Tape, name: str, starts: object, ends: object, axes: object) -> str:
    numbers = [tape.constant(each, np.int64) for each in (starts, ends, axes)]
    return tape.add_node("Slice", [name, *numbers])


def _pad(tape: Tape, node: Any, grad: str) -> Grads:
    if _attributes(node).get("mode", b"constant") != b"constant":
        raise NoRuleError("Pad")
    pads = _constant(tape, node.input[1])
    length = len(pads) // 2
    axes = [axis for axis in range(length) if pads[axis] or pads[axis + length]]
    if not axes:
        return [(0, grad)]
    starts = [pads[axis] for axis in axes]
    ends = [pads[axis] + tape.shapes[node.input[0]][axis] for axis in axes]
    return [(0, _slice(tape, grad, starts, ends, axes))]


def _softmax(tape: Tape, node: Any, grad: str) -> Grads:
    y = node.output[0]
    axis = _attributes(node).get("axis", -1)
    mean = tape.add_node(
        "ReduceSum", [tape.add_node("Mul", [grad, y]), tape.constant([axis], np.int64)]
    )
    return _times(tape, y, tape.add_node("Sub", [grad, mean]))


def _matmul(tape: Tape, node: Any, grad: str) -> Grads:
    first, second = node.input
    ranks = len(tape.shapes[first]), len(tape.shapes[second])
    if min(ranks) < 2:
        raise NoRuleError("MatMul")
    grads = []
    shape = tape.shapes[node.output[0]]
    for i, (name, other) in enumerate(((first, second), (second, first))):
        if name in tape.constants:
            continue
        rank = ranks[1 - i]
        swap = [*range(rank - 2), rank - 1, rank - 2]
        turned = tape.add_node("Transpose", [other], perm=swap)
        part = tape.add_node("MatMul", [grad, turned] if i == 0 else [turned, grad])
        whole = (*shape[:-2], *tape.shapes[name][-2:])
        grads.append((i, tape.unbroadcast(part, whole, name)))
    return grads


def _gemm(tape: Tape, node: Any, grad: str) -> Grads:
    said = _attributes(node)
    if said.get("transA") or node.input[1] not in tape.constants:
        raise NoRuleError("Gemm")
    turn = 0 if said.get("transB") else 1
    out = tape.add_node("Gemm", [grad, node.input[1]], transB=turn, alpha=said.get("alpha", 1.0))
    return [(0, out)]


def _batch_norm(tape: Tape, node: Any, grad: str) -> Grads:
    scale, variance = _constant(tape, node.input[1]), _constant(tape, node.input[4])
    factor = scale / np.sqrt(variance + _attributes(node).get("epsilon", 1e-5))
    cells = len(tape.shapes[node.input[0]]) - 2
    return _times(tape, grad, tape.constant(factor.reshape(-1, *[1] * cells)))


def _window(tape: Tape, node: Any, kernel: Sequence[int]) -> dict[str, Any]:
    """Strides, dilations and explicit pads of a convolution or a pooling."""
    said, cells = _attributes(node), len(kernel)
    strides, dilations = (said.get(name, [1] * cells) for name in ("strides", "dilations"))
    lengths, outputs = (tape.shapes[name][2:] for name in (node.input[0], node.output[0]))
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    needed = [
        max(0, (out - 1) * stride + each - length)
        for out, stride, each, length in zip(outputs, strides, reach, lengths, strict=True)
    ]
    mode = said.get("auto_pad", b"NOTSET")
    if mode == b"NOTSET":
        pads = list(said.get("pads", [0] * 2 * cells))
    elif mode == b"VALID":
        pads = [0] * 2 * cells
    else:
        less = [each // 2 for each in needed]
        more = [each - part for each, part in zip(needed, less, strict=True)]
        pads = less + more if mode == b"SAME_UPPER" else more + less
    rest = [
        length - ((out - 1) * stride + each - pads[i] - pads[i + cells])
        for i, (length, out, stride, each) in enumerate(
            zip(lengths, outputs, strides, reach, strict=True)
        )
    ]
    return {"strides": strides, "dilations": dilations, "pads": pads, "output_padding": rest}


def _convolution(tape: Tape, node: Any, grad: str) -> Grads:
    kernel = node.input[1]
    if kernel not in tape.constants:
        raise NoRuleError("Conv")
    window = _window(tape, node, tape.shapes[kernel][2:])
    group = _attributes(node).get("group", 1)
    return [(0, _transposed(tape, grad, kernel, group, window))]


def _transposed(tape: Tape, grad: str, kernel: str, group: int, window: dict[str, Any]) -> str:
    rest = window["output_padding"]
    if any(extra < 0 for extra in rest):
        raise NoRuleError("Conv")
    if not any(extra >= stride for extra, stride in zip(rest, window["strides"], strict=True)):
        return tape.add_node("ConvTranspose", [grad, kernel], group=group, **window)
    raise NoRuleError("Conv")


def _average_pool(tape: Tape, node: Any, grad: str) -> Grads:
    shape = _attributes(node)["kernel_shape"]
    window = _window(tape, node, shape)
    if any(window["pads"]):
        raise NoRuleError("AveragePool")
    channels = tape.shapes[node.input[0]][1]
    even = tape.constant(np.full((channels, 1, *shape), 1 / np.prod(shape)))
    return [(0, _transposed(tape, grad, even, channels, window))]


def _max_pool(tape: Tape, node: Any, grad: str) -> Grads:
    x, where = node.input[0], f"{node.output[0]}/where"
    tape.forward_nodes.append(
        helper.make_node("MaxPool", [x], [f"{where}/most", where], **_attributes(node))
    )
    flat = tape.constant([-1], np.int64)
    zeros = tape.add_node("Mul", [tape.add_node("Reshape", [x, flat]), tape.constant(0)])
    spots, given = (tape.add_node("Reshape", [each, flat]) for each in (where, grad))
    summed = tape.add_node("ScatterElements", [zeros, spots, given], axis=0, reduction="add")
    return [(0, tape.reshape_like(summed, x))]


RULES: Mapping[str, Rule] = {
    "Identity": _identity, "Cast": _identity, "Dropout": _identity,
    "Sigmoid": _sigmoid, "Tanh": _tanh, "Exp": _exp, "Log": _log, "Sqrt": _sqrt,
    "Reciprocal": _reciprocal, "Neg": _negative, "Softplus": _softplus, "Erf": _erf,
    "Pow": _pow, "Relu": _relu,
    "LeakyRelu": _leaky_relu, "Elu": _elu, "Selu": _elu, "Clip": _clip,
    "Max": _max_or_min, "Min": _max_or_min,
    "HardSigmoid": _hard_sigmoid,
    "Add": _add, "Sum": _add, "Sub": _subtract, "Mul": _multiply, "Div": _divide,
    "ReduceSum": _reduce_sum_or_mean, "ReduceMean": _reduce_sum_or_mean,
    "GlobalAveragePool": _global_average_pool,
    "ReduceMax": _reduce_max, "GlobalMaxPool": _reduce_max,
    "Reshape": _reshape, "Squeeze": _reshape, "Unsqueeze": _reshape, "Flatten": _reshape,
    "Transpose": _transpose, "Concat": _concatenate, "Pad": _pad, "Softmax": _softmax,
    "MatMul": _matmul, "Gemm": _gemm, "BatchNormalization": _batch_norm,
    "Conv": _convolution, "AveragePool": _average_pool, "MaxPool": _max_pool,
}  # fmt: skip


def _constant(tape: Tape, name: str) -> NDArray[Any]:
    if name not in tape.constants:
        raise NoRuleError("a limit, an axis or a factor that depends on the photo")
    return tape.constants[name]


def _number(tape: Tape, name: str) -> float:
    """A limit; one for each of several cells or channels has no rule unless all are the same."""
    values = _constant(tape, name)
    if values.size == 0 or (values != values.flat[0]).any():
        raise NoRuleError("a limit for each channel")
    return float(values.flat[0])
