"""Rules of balanced gradients, by which a map is made behind attention.

A true gradient says what a small change would do. In a transformer that is little of what an answer
is made of: norms divide a change away, and attention moves it elsewhere. LibraGrad takes what only
weighs other numbers for given: attention weights, gates, and the spread by which a norm divides;
and of a product it gives each factor a half. What is left is linear in the tokens, so activations
times gradients add up to the logit, but for what biases and class tokens bring.

Mehri et al. 2025, "LibraGrad: Balancing Gradient Flow for Universally Better Vision Transformer
Attributions", CVPR, arXiv 2411.16760 (its theorems on FullGrad-completeness).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from core.models.onnx.autodiff.elementwise_rules import times
from core.models.onnx.autodiff.product_rules import instance_norm, layer_norm
from core.models.onnx.autodiff.rules import RULES
from core.models.onnx.autodiff.tape import Grads, Rule, Tape

WEIGHING = frozenset(
    (
        *("Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "Tanh", "Erf"),
        *("Exp", "Sqrt", "Pow", "Reciprocal", "ReduceL2"),
    )
)
"""Operations that make weights of numbers: nothing leads back through them."""

SHARING = frozenset(("Mul", "MatMul", "Einsum"))
"""Operations that give each of two factors a half."""


def _gated(tape: Tape, node: Any, grad: str) -> Grads:
    """Gelu and its like: a number times a gate of it, which is given."""
    x, none = node.input[0], tape.constant(0, forward=True)
    zero = tape.add_forward_node("Equal", [x, none])
    under = tape.add_forward_node("Where", [zero, tape.constant(1, forward=True), x])
    return times(tape, grad, tape.add_forward_node("Div", [node.output[0], under]))


BALANCED_RULES: Mapping[str, Rule] = {
    **RULES,
    **dict.fromkeys(("Gelu", "Swish", "HardSwish", "Mish"), _gated),
    "LayerNormalization": partial(layer_norm, spread_given=True),
    "InstanceNormalization": partial(instance_norm, spread_given=True),
}
