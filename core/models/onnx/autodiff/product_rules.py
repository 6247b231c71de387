"""Differentiation rules of products and of what is normalized by its own mean and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.models.onnx.autodiff.elementwise_rules import times
from core.models.onnx.autodiff.node_facts import attributes_of
from core.models.onnx.autodiff.tape import Grads, NoRuleError, Rule, Tape


def _matmul(tape: Tape, node: Any, grad: str) -> Grads:
    first, second = node.input
    shapes = {name: tape.shapes[name] for name in (first, second)}
    if len(shapes[first]) < 2:
        raise NoRuleError("MatMul of a vector")
    shape = tape.shapes[node.output[0]]
    if len(shapes[second]) == 1:  # a column, which the product lost
        last = tape.constant([-1], np.int64)
        grad, column = (tape.add_node("Unsqueeze", [each, last]) for each in (grad, second))
        shape, right, ranks = (*shape, 1), column, (len(shapes[first]), 2)
    else:
        right, ranks = second, (len(shapes[first]), len(shapes[second]))
    grads = []
    for i, (name, other) in enumerate(((first, right), (second, first))):
        if name in tape.constants:
            continue
        rank = ranks[1 - i]
        swap = [*range(rank - 2), rank - 1, rank - 2]
        turned = tape.add_node("Transpose", [other], perm=swap)
        part = tape.add_node("MatMul", [grad, turned] if i == 0 else [turned, grad])
        if len(shapes[name]) == 1:
            raise NoRuleError("MatMul by a vector that depends on the photo")
        whole = (*shape[:-2], *shapes[name][-2:])
        grads.append((i, tape.unbroadcast(part, whole, name)))
    return grads


def _gemm(tape: Tape, node: Any, grad: str) -> Grads:
    """`alpha A' B' + beta C`, whose A or B may be turned and which of them may move."""
    said, (a, b) = attributes_of(node), node.input[:2]
    alpha = said.get("alpha", 1.0)
    turned_a, turned_b = said.get("transA", 0), said.get("transB", 0)
    grads = []
    if a not in tape.constants:
        left, right, flags = (b, grad, (turned_b, 1)) if turned_a else (grad, b, (0, 1 - turned_b))
        part = tape.add_node("Gemm", [left, right], alpha=alpha, transA=flags[0], transB=flags[1])
        grads.append((0, part))
    if b not in tape.constants:
        left, right, flags = (grad, a, (1, turned_a)) if turned_b else (a, grad, (1 - turned_a, 0))
        part = tape.add_node("Gemm", [left, right], alpha=alpha, transA=flags[0], transB=flags[1])
        grads.append((1, part))
    if len(node.input) > 2 and node.input[2] and node.input[2] not in tape.constants:
        scaled = tape.add_node("Mul", [grad, tape.constant(said.get("beta", 1.0))])
        grads.append((2, tape.unbroadcast(scaled, tape.shapes[node.output[0]], node.input[2])))
    return grads


def _einsum(tape: Tape, node: Any, grad: str) -> Grads:
    """A product of two: the gradient of one is that of the result with the other."""
    equation = attributes_of(node)["equation"].decode().replace(" ", "")
    before, arrow, result = equation.partition("->")
    parts = before.split(",")
    if "." in equation or not arrow or any(len(set(part)) < len(part) for part in parts):
        raise NoRuleError(f"Einsum {equation}")
    grads = []
    for i, (name, part) in enumerate(zip(node.input, parts, strict=True)):
        if name in tape.constants:
            continue
        others = [each for n, each in enumerate(parts) if n != i]
        if set(part) - set(result).union(*others):
            raise NoRuleError(f"Einsum {equation}")
        read = [grad, *(each for n, each in enumerate(node.input) if n != i)]
        back = f"{','.join([result, *others])}->{part}"
        grads.append((i, tape.add_node("Einsum", read, equation=back)))
    return grads


def _softmax(tape: Tape, node: Any, grad: str) -> Grads:
    y, axis = node.output[0], attributes_of(node).get("axis", -1)
    axes = tape.constant([axis], np.int64)
    mean = tape.add_node("ReduceSum", [tape.add_node("Mul", [grad, y]), axes])
    return times(tape, y, tape.add_node("Sub", [grad, mean]))


def _log_softmax(tape: Tape, node: Any, grad: str) -> Grads:
    axis = tape.constant([attributes_of(node).get("axis", -1)], np.int64)
    share = tape.add_node("Exp", [node.output[0]])
    whole = tape.add_node("ReduceSum", [grad, axis])
    return [(0, tape.add_node("Sub", [grad, tape.add_node("Mul", [share, whole])]))]


def _batch_norm(tape: Tape, node: Any, grad: str) -> Grads:
    scale, variance = tape.known(node.input[1]), tape.known(node.input[4])
    factor = scale / np.sqrt(variance + attributes_of(node).get("epsilon", 1e-5))
    cells = len(tape.shapes[node.input[0]]) - 2
    return times(tape, grad, tape.constant(factor.reshape(-1, *[1] * cells)))


def _normalized(
    tape: Tape, x: str, axes: Sequence[int], epsilon: float, grad: str, spread_given: bool
) -> str:
    """The gradient through `n = (x - mean) / spread`: `(g - mean(g) - n mean(g n)) / spread`.

    With the spread given, as in `balanced_rules`, it is `(g - mean(g)) / spread`.

    Args:
        tape: The tape.
        x: What is normalized.
        axes: Over which the mean is taken.
        epsilon: Added to the variance.
        grad: Of the normalized numbers.
        spread_given: Whether the spread is taken for given.
    """

    def mean(name: str, add: Any) -> str:
        total = add("ReduceSum", [name, tape.constant(axes, np.int64, add == ahead)], keepdims=1)
        return add("Mul", [total, tape.constant(1 / count, forward=add == ahead)])

    ahead = tape.add_forward_node
    count = np.prod([tape.shapes[x][axis] for axis in axes])
    middle = ahead("Sub", [x, mean(x, ahead)])
    variance = mean(ahead("Mul", [middle, middle]), ahead)
    spread = ahead("Sqrt", [ahead("Add", [variance, tape.constant(epsilon, forward=True)])])
    rest = tape.add_node("Sub", [grad, mean(grad, tape.add_node)])
    if not spread_given:
        normal = ahead("Div", [middle, spread])
        along = mean(tape.add_node("Mul", [grad, normal]), tape.add_node)
        rest = tape.add_node("Sub", [rest, tape.add_node("Mul", [normal, along])])
    return tape.add_node("Div", [rest, spread])


def layer_norm(tape: Tape, node: Any, grad: str, spread_given: bool = False) -> Grads:
    """The rule of LayerNormalization."""
    x, said, rank = node.input[0], attributes_of(node), len(tape.shapes[node.input[0]])
    axes = list(range(said.get("axis", -1) % rank, rank))
    grad = tape.add_node("Mul", [grad, tape.constant(tape.known(node.input[1]))])
    return [(0, _normalized(tape, x, axes, said.get("epsilon", 1e-5), grad, spread_given))]


def instance_norm(tape: Tape, node: Any, grad: str, spread_given: bool = False) -> Grads:
    """The rule of InstanceNormalization."""
    x, rank = node.input[0], len(tape.shapes[node.input[0]])
    scale = tape.known(node.input[1]).reshape(-1, *[1] * (rank - 2))
    grad = tape.add_node("Mul", [grad, tape.constant(scale)])
    epsilon = attributes_of(node).get("epsilon", 1e-5)
    return [(0, _normalized(tape, x, list(range(2, rank)), epsilon, grad, spread_given))]


PRODUCTS: Mapping[str, Rule] = {
    "MatMul": _matmul, "Gemm": _gemm, "Einsum": _einsum, "Softmax": _softmax,
    "LogSoftmax": _log_softmax, "BatchNormalization": _batch_norm,
    "LayerNormalization": layer_norm, "InstanceNormalization": instance_norm,
}  # fmt: skip
