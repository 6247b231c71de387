"""Removal of pairs of reshapes that cancel out in an ONNX graph.

Squeeze-and-excitation as Keras writes it squeezes a pooled tensor and shapes it back. Whatever lies
between two convolutions makes ONNX Runtime turn the tensor from its own layout into ONNX's and back
again: without such reshapes the article's network at 224 pixels takes 0.975 of the time.
"""

from __future__ import annotations

from dataclasses import replace

import onnx

from core.models.onnx.autodiff.backward import ForwardGraph

_RESHAPES = ("Reshape", "Squeeze", "Unsqueeze", "Flatten")


def remove_redundant_reshapes(forward: ForwardGraph) -> ForwardGraph:
    """The same graph, its reshapes left out where they change nothing, alone or one after another.

    Args:
        forward: The graph and its tensors.

    Returns:
        A new graph; `tensors` and `constants` without those that are gone. Outputs keep their
        names.
    """
    model = onnx.ModelProto()
    model.CopyFrom(forward.model)
    graph, tensors = model.graph, forward.tensors
    outputs = {each.name for each in graph.output}
    came_from: dict[str, str] = {}  # a reshaped tensor, and what it was before
    same: dict[str, str] = {}  # a tensor, and the earlier one that it equals
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
        if node.op_type not in _RESHAPES or node.input[0] in forward.constants:
            continue
        (name,), earlier = node.output, node.input[0]
        came_from[name] = earlier
        while earlier in came_from and tensors[earlier].shape != tensors[name].shape:
            earlier = came_from[earlier]
        if tensors[earlier].shape == tensors[name].shape and name not in outputs:
            same[name] = earlier
    wanted = outputs | {name for node in graph.node for name in node.input}
    for node in reversed(list(graph.node)):
        if node.op_type in _RESHAPES and node.output[0] not in wanted:
            graph.node.remove(node)
            wanted = outputs | {name for each in graph.node for name in each.input}
    for tensor in [each for each in graph.initializer if each.name not in wanted]:
        graph.initializer.remove(tensor)
    left = {each.name for each in [*graph.initializer, *graph.input]}
    left |= {name for node in graph.node for name in node.output}
    kept = {name: array for name, array in tensors.items() if name in left}
    constants = {name: array for name, array in forward.constants.items() if name in left}
    return replace(forward, model=model, tensors=kept, constants=constants)
