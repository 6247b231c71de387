"""The layer of a transformer at which balanced gradients make a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from core.models.network import Layer
from core.models.onnx.autodiff.backward import ForwardGraph, gradients_alone
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.place import Place

_MIXING = ("MatMul", "Einsum")
_MOVING_ON = (  # what attention weights go through on their way to what they mix
    "Identity", "Cast", "Dropout", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Mul", "Add",
)  # fmt: skip


def find_balanced_layer(
    forward: ForwardGraph,
    logits: str,
    layers: Sequence[Layer],
    places: Mapping[str, Place],
    proven: AbstractSet[str],
) -> Layer | None:
    """The last layer before the first attention, to be explained at by balanced gradients.

    Nothing has moved from cell to cell there, so a cell holds what was seen in its place, and what
    attention makes of it later comes back in the gradients.

    Args:
        forward: A graph.
        logits: The name of its logits.
        layers: From the input to the output.
        places: Theirs, by name.
        proven: The tensors that all ways from the photos lead through and whose cells lie where the
            operations prove it.

    Returns:
        The layer with `balanced` set and a name of its own; None without attention, or where no
        gradient comes back.
    """
    names = {name for node in _before_attention(forward) for name in node.output}
    before = [layer for layer in layers if layer.tensor in names & proven]
    if not before:
        return None
    try:
        gradients_alone(forward, logits, places[before[-1].name], balanced=True)
    except NoRuleError:
        return None
    last = before[-1]
    return replace(last, name=f"{last.name} (balanced)", linear=False, pooled=False, balanced=True)


def _before_attention(forward: ForwardGraph) -> Sequence[Any]:
    """The nodes before the first softmax whose weights mix what depends on the photos."""
    nodes = list(forward.model.graph.node)
    for index, node in enumerate(nodes):
        if node.op_type == "Softmax" and _mixes(node.output[0], nodes[index + 1 :], forward):
            return nodes[:index]
    return []


def _mixes(weights: str, nodes: Sequence[Any], forward: ForwardGraph) -> bool:
    same = {weights}
    for node in nodes:
        if not same.intersection(node.input):
            continue
        if node.op_type in _MIXING:
            return not any(name in forward.constants for name in node.input)
        if node.op_type in _MOVING_ON:
            same.update(node.output)
    return False
