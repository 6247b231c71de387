"""Differentiation rules of what ONNX computes number by number.

Where a function has a corner they follow TensorFlow and torch: at 0 a ReLU's gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from onnx import TensorProto

from core.models.onnx.autodiff.node_facts import attributes_of
from core.models.onnx.autodiff.tape import Grads, NoRuleError, Rule, Tape

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)


def times(tape: Tape, grad: str, factor: str) -> Grads:
    """The gradient of a node's first input: a product."""
    return [(0, tape.add_node("Mul", [grad, factor]))]


def _identity(_tape: Tape, node: Any, grad: str) -> Grads:
    if attributes_of(node).get("to", TensorProto.FLOAT) not in _FLOATS:
        raise NoRuleError("Cast to whole numbers")
    return [(0, grad)]


def _slope(write: Callable[[Callable[..., str], Callable[[float], str], Any], str]) -> Rule:
    """The rule of a function of one number, from what writes its slope.

    The slope's nodes run once for all classes.
    """

    def rule(tape: Tape, node: Any, grad: str) -> Grads:
        def op(kind: str, *inputs: str, **attributes: Any) -> str:
            return tape.add_forward_node(kind, inputs, **attributes)

        def number(value: float) -> str:
            return tape.constant(value, forward=True)

        return times(tape, grad, write(op, number, node))

    return rule


def _sigmoid(op: Any, number: Any, node: Any) -> str:
    return op("Mul", node.output[0], op("Sub", number(1), node.output[0]))


def _tanh(op: Any, number: Any, node: Any) -> str:
    return op("Sub", number(1), op("Mul", node.output[0], node.output[0]))


def _sqrt(op: Any, number: Any, node: Any) -> str:
    return op("Div", number(0.5), node.output[0])


def _reciprocal(op: Any, _number: Any, node: Any) -> str:
    return op("Neg", op("Mul", node.output[0], node.output[0]))


def _softsign(op: Any, number: Any, node: Any) -> str:
    root = op("Add", op("Abs", node.input[0]), number(1))
    return op("Reciprocal", op("Mul", root, root))


def _bell(op: Any, number: Any, x: str, width: float, height: float) -> str:
    return op("Mul", op("Exp", op("Mul", op("Mul", x, x), number(-width))), number(height))


def _erf(op: Any, number: Any, node: Any) -> str:
    return _bell(op, number, node.input[0], 1, 2 / np.sqrt(np.pi))


def _gelu(op: Any, number: Any, node: Any) -> str:
    """The normal distribution plus `x` times its density; of the tanh's form, its own slope."""
    x = node.input[0]
    if attributes_of(node).get("approximate", b"none") == b"tanh":
        root, cubic = np.sqrt(2 / np.pi), 0.044715
        square = op("Mul", x, x)
        inner = op("Mul", op("Mul", x, number(root)), _affine(op, number, square, cubic, 1))
        bent = op("Tanh", inner)
        slope = op("Sub", number(1), op("Mul", bent, bent))
        steep = _affine(op, number, square, 3 * cubic * root, root)
        half = _affine(op, number, bent, 0.5, 0.5)
        rest = op("Mul", op("Mul", op("Mul", slope, steep), x), number(0.5))
        return op("Add", half, rest)
    below = op("Erf", op("Mul", x, number(np.sqrt(0.5))))
    bell = _bell(op, number, x, 0.5, 1 / np.sqrt(2 * np.pi))
    return op("Add", _affine(op, number, below, 0.5, 0.5), op("Mul", x, bell))


def _affine(op: Any, number: Any, x: str, factor: float, offset: float) -> str:
    return op("Add", op("Mul", x, number(factor)), number(offset))


def _hard_swish(op: Any, number: Any, node: Any) -> str:
    x = node.input[0]
    middle = _affine(op, number, x, 1 / 3, 0.5)
    upper = op("Where", op("Greater", x, number(3)), number(1), middle)
    return op("Where", op("Less", x, number(-3)), number(0), upper)


def _mish(op: Any, number: Any, node: Any) -> str:
    """`t + x (1 - t^2) sigmoid(x)` with `t = tanh(softplus(x))`."""
    x = node.input[0]
    bent = op("Tanh", op("Softplus", x))
    rest = op("Sub", number(1), op("Mul", bent, bent))
    return op("Add", bent, op("Mul", op("Mul", x, rest), op("Sigmoid", x)))


def _swish(op: Any, number: Any, node: Any) -> str:
    """`s + a x s (1 - s)` with `s = sigmoid(a x)`."""
    scaled = op("Mul", node.input[0], number(attributes_of(node).get("alpha", 1.0)))
    open_ = op("Sigmoid", scaled)
    rest = op("Mul", op("Mul", scaled, open_), op("Sub", number(1), open_))
    return op("Add", open_, rest)


def _pow(tape: Tape, node: Any, grad: str) -> Grads:
    exponent, x = tape.known(node.input[1]), node.input[0]
    power = tape.add_node("Pow", [x, tape.constant(exponent - 1)])
    return times(tape, grad, tape.add_node("Mul", [power, tape.constant(exponent)]))


def _inside_limits(tape: Tape, x: str, low: float | None, high: float | None) -> str:
    """1 where a tensor lies strictly between two limits, else 0."""
    inside = []
    if low is not None:
        inside.append(tape.add_node("Greater", [x, tape.constant(low)]))
    if high is not None:
        inside.append(tape.add_node("Less", [x, tape.constant(high)]))
    both = inside[0] if len(inside) == 1 else tape.add_node("And", inside)
    return tape.add_node("Cast", [both], to=TensorProto.FLOAT)


def _relu(tape: Tape, node: Any, grad: str) -> Grads:
    low = attributes_of(node).get("alpha", 1.0) if node.op_type == "ThresholdedRelu" else 0
    return times(tape, grad, _inside_limits(tape, node.input[0], low, None))


def _leaky_relu(tape: Tape, node: Any, grad: str) -> Grads:
    """LeakyRelu and, with a slope of its own for each channel, PRelu."""
    prelu = node.op_type == "PRelu"
    slope = tape.known(node.input[1]) if prelu else attributes_of(node).get("alpha", 0.01)
    above = tape.add_node("Greater", [node.input[0], tape.constant(0)])
    steep = tape.add_node("Where", [above, tape.constant(1), tape.constant(slope)])
    return times(tape, grad, steep)


def _elu(tape: Tape, node: Any, grad: str) -> Grads:
    """Elu and Selu: `scale x` above 0, `scale alpha (exp x - 1)` below."""
    said, scaled = attributes_of(node), node.op_type == "Selu"
    alpha, scale = said.get("alpha", 1.67326319 if scaled else 1.0), said.get("gamma", 1.05070102)
    scale = scale if scaled else 1.0
    below = tape.add_node("Add", [node.output[0], tape.constant(scale * alpha)])
    above = tape.add_node("Greater", [node.input[0], tape.constant(0)])
    return times(tape, grad, tape.add_node("Where", [above, tape.constant(scale), below]))


def _clip(tape: Tape, node: Any, grad: str) -> Grads:
    limits = [_number(tape, name) if name else None for name in node.input[1:]]
    low, high = (*limits, None, None)[:2]
    if low is None and high is None:
        return [(0, grad)]
    return times(tape, grad, _inside_limits(tape, node.input[0], low, high))


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
    slope = attributes_of(node).get("alpha", 0.2)
    on = _inside_limits(tape, node.output[0], 0, 1)
    return times(tape, grad, tape.add_node("Mul", [on, tape.constant(slope)]))


def _add(tape: Tape, node: Any, grad: str) -> Grads:
    """Add, Sum and Mean."""
    shape = tape.shapes[node.output[0]]
    if node.op_type == "Mean":
        grad = tape.add_node("Mul", [grad, tape.constant(1 / len(node.input))])
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


def _where(tape: Tape, node: Any, grad: str) -> Grads:
    shape, nothing = tape.shapes[node.output[0]], tape.constant(0)
    ways = ((1, [node.input[0], grad, nothing]), (2, [node.input[0], nothing, grad]))
    return [
        (i, tape.unbroadcast(tape.add_node("Where", parts), shape, node.input[i]))
        for i, parts in ways
        if node.input[i] not in tape.constants
    ]


def _number(tape: Tape, name: str) -> float:
    """A limit; one for each of several cells or channels has no rule unless all are the same."""
    values = tape.known(name)
    if values.size == 0 or (values != values.flat[0]).any():
        raise NoRuleError("a limit for each channel")
    return float(values.flat[0])


ELEMENTWISE: Mapping[str, Rule] = {
    "Identity": _identity, "Cast": _identity, "Dropout": _identity,
    "Sigmoid": _slope(_sigmoid), "Tanh": _slope(_tanh), "Sqrt": _slope(_sqrt),
    "Reciprocal": _slope(_reciprocal), "Softsign": _slope(_softsign), "Erf": _slope(_erf),
    "Gelu": _slope(_gelu), "HardSwish": _slope(_hard_swish), "Mish": _slope(_mish),
    "Swish": _slope(_swish),
    "Abs": _slope(lambda op, _, node: op("Sign", node.input[0])),
    "Sin": _slope(lambda op, _, node: op("Cos", node.input[0])),
    "Cos": _slope(lambda op, _, node: op("Neg", op("Sin", node.input[0]))),
    "Softplus": _slope(lambda op, _, node: op("Sigmoid", node.input[0])),
    "Log": _slope(lambda op, _, node: op("Reciprocal", node.input[0])),
    "Exp": lambda tape, node, grad: times(tape, grad, node.output[0]),
    "Neg": lambda tape, _, grad: [(0, tape.add_node("Neg", [grad]))],
    "Pow": _pow, "Relu": _relu, "ThresholdedRelu": _relu, "LeakyRelu": _leaky_relu,
    "PRelu": _leaky_relu, "Elu": _elu, "Selu": _elu, "Clip": _clip,
    "Max": _max_or_min, "Min": _max_or_min, "HardSigmoid": _hard_sigmoid,
    "Add": _add, "Sum": _add, "Mean": _add, "Sub": _subtract, "Mul": _multiply, "Div": _divide,
    "Where": _where,
}  # fmt: skip
