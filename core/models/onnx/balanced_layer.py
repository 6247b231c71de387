"""The layer of a transformer at which balanced gradients make a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.models.network import Layer
from core.models.onnx.autodiff.backward import ForwardGraph, gradients_alone
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.place import Place
from core.models.onnx.proven_grids import prove_grids
from core.models.onnx.ways import nodes_on_the_way, passed_by_all

_MIXING = ("MatMul", "Einsum")
_MOVING_ON = (  # what attention weights go through on their way to what they mix
    "Identity", "Cast", "Dropout", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Mul", "Add",
)  # fmt: skip


def add_balanced_layer(
    forward: ForwardGraph, logits: str, layers: Sequence[Layer], places: Mapping[str, Place]
) -> tuple[tuple[Layer, ...], dict[str, Place]]:
    """Add the last layer before the first attention, to be explained at by balanced gradients.

    Nothing has moved from cell to cell there: where the operations prove that a cell lies, it holds
    what was seen; and what attention makes of it comes back in the gradients.

    Args:
        forward: A graph.
        logits: The name of its logits.
        layers: From the input to the output.
        places: Of those that the graph has, by name.

    Returns:
        Both with it, under a name of its own, and the layer before all others; as given without
        attention, or where no gradient comes back.
    """
    last = _last_before_attention(forward, logits, layers, places)
    if last is None:
        return tuple(layers), dict(places)
    name = f"{last.name} (balanced)"
    balanced = replace(last, name=name, linear=False, pooled=False, balanced=True)
    return (balanced, *layers), {**places, name: places[last.name]}


def _last_before_attention(
    forward: ForwardGraph, logits: str, layers: Sequence[Layer], places: Mapping[str, Place]
) -> Layer | None:
    nodes = nodes_on_the_way(forward, logits)
    moving = {forward.input}.union(*(node.output for node in nodes))
    passed = passed_by_all(nodes, forward.input)
    before = {name for node in _before_attention(forward) for name in node.output}
    there = before & passed & prove_grids(forward, moving).keys()
    found = [each for each in layers if each.name in places and places[each.name].tensor in there]
    if not found:
        return None
    last = found[-1]
    try:
        gradients_alone(forward, logits, places[last.name], balanced=True)
    except NoRuleError:
        return None
    return last


def _before_attention(forward: ForwardGraph) -> Sequence[Any]:
    """The nodes before the first softmax whose weights mix what depends on the photos."""
    nodes = list(forward.model.graph.node)
    for index, node in enumerate(nodes):
        if node.op_type == "Softmax" and _mixes(node.output[0], nodes[index + 1 :], forward):
            return nodes[:index]
    return []


def _mixes(weights: str, nodes: Sequence[Any], forward: ForwardGraph) -> bool:
    if min(forward.tensors[weights].shape[-2:]) == 1:  # one mean of all moves nothing
        return False
    same = {weights}
    for node in nodes:
        if not same.intersection(node.input):
            continue
        if node.op_type in _MIXING:
            return not any(name in forward.constants for name in node.input)
        if node.op_type in _MOVING_ON:
            same.update(node.output)
    return False
