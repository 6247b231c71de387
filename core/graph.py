"""Look inside a frozen TensorFlow graph: its layers with a grid, its logits, its gradients.

Keras models are traced and frozen first, so that nested models, several generations of Keras and
plain graphs all look alike, and "graph disconnected" cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from core.errors import ModelError
from core.network import Layer, Run


@dataclass(frozen=True)
class Frozen:
    """A classifier as a graph of constants.

    Attributes:
        definition: The `GraphDef`.
        input: The name of the input tensor, [N, h, w, 3].
        size: (h, w).
        logits: The name of the tensor that the softmax takes, [N, C].
        layers: Those with a grid that the logits depend on, from input to output.
    """

    definition: Any
    input: str
    size: tuple[int, int]
    logits: str
    layers: tuple[Layer, ...]


def freeze(model: Any, size: tuple[int, int]) -> Frozen:
    """Trace a Keras classifier and turn its variables into constants.

    Args:
        model: A `keras.Model` with one input [N, h, w, 3] and one output [N, C].
        size: (height, width) to trace it at.

    Raises:
        ModelError: If its output is no softmax over classes.
    """
    signature = tf.TensorSpec([None, *size, 3], tf.float32)
    traced = tf.function(lambda inputs: model(inputs, training=False))
    graph = convert_variables_to_constants_v2(traced.get_concrete_function(signature)).graph
    definition = graph.as_graph_def()
    for node in definition.node:
        # Swish brings a gradient written in Python, which does not travel with the graph; without
        # this mark the gradients of its parts are taken, which are the same.
        node.attr.pop("_gradient_op_type", None)
    logits = _logits(graph.outputs[0])
    kinds = {layer.name: type(layer).__name__ for layer in _flat(model)}
    return Frozen(definition, graph.inputs[0].name, size, logits.name, _layers(logits, kinds))


class TensorFlowNetwork:
    """A frozen classifier, compiled by TensorFlow for each layer that is asked for.

    Attributes:
        frozen: The graph.
        layers: As `network.Network`.
    """

    def __init__(self, frozen: Frozen) -> None:
        self.frozen = frozen
        self.layers = frozen.layers
        self._functions: dict[str, Any] = {}

    def run(self, inputs: NDArray[np.float32], layer: Layer) -> Run:
        """As `network.Network.run`."""
        if layer.name not in self._functions:
            self._functions[layer.name] = _explain_function(self.frozen, layer)
        outputs = self._functions[layer.name](tf.constant(inputs, tf.float32))
        return Run(*(output.numpy() for output in outputs))


def _explain_function(frozen: Frozen, layer: Layer) -> Any:
    """Inputs [N, h, w, 3] to what `Run` holds, as a concrete function."""

    def explain(inputs: Any) -> Any:
        activations, logits = tf.graph_util.import_graph_def(
            frozen.definition, {frozen.input: inputs}, [layer.tensor, frozen.logits], name=""
        )
        gradients = [
            tf.gradients(logits[:, index], activations)[0] for index in range(logits.shape[-1])
        ]
        return logits, tf.nn.softmax(logits), activations, tf.stack(gradients, axis=1)

    signature = tf.TensorSpec([None, *frozen.size, 3], tf.float32)
    return tf.function(explain).get_concrete_function(signature)


def _logits(output: Any) -> Any:
    """What the softmax at the end takes."""
    while output.op.type in ("Identity", "Cast"):
        output = output.op.inputs[0]
    if output.op.type != "Softmax":
        raise ModelError(
            "no_softmax",
            f"The model ends in {output.op.type}, not in a softmax over classes, so it cannot be "
            "explained as a classifier. Give its last layer a softmax.",
            got=output.op.type,
        )
    return output.op.inputs[0]


def _layers(logits: Any, kinds: dict[str, str]) -> tuple[Layer, ...]:
    """The last tensor with a grid of every layer that the logits depend on."""
    found: dict[str, Layer] = {}
    operations = [op for op in _ancestors(logits.op) if op.outputs]
    suffix = _suffix(operations, set(kinds))
    for op in operations:
        shape = op.outputs[0].shape
        # Constants have a fixed first size; photos do not.
        if shape.rank != 4 or shape[0] is not None or None in shape.as_list()[1:]:
            continue
        rows, columns, channels = shape.as_list()[1:]
        scopes = [part.removesuffix(suffix) for part in op.name.split("/")[:-1]]
        name = next((scope for scope in reversed(scopes) if scope in kinds), None)
        if rows * columns > 1 and name and op.type != "Placeholder":
            found.pop(name, None)  # a later tensor of the same layer takes its place, at the end
            found[name] = Layer(name, kinds[name], op.outputs[0].name, (rows, columns), channels)
    return tuple(found.values())


def _suffix(operations: list[Any], names: set[str]) -> str:
    """What tracing hung onto every layer's name ("_1", "_2", or nothing)."""
    parts = {part for op in operations for part in op.name.split("/")[:-1]}
    endings = {""} | {match[0] for part in parts if (match := re.search(r"_[0-9]+$", part))}
    return max(sorted(endings), key=lambda end: sum(name + end in parts for name in names))


def _ancestors(op: Any) -> list[Any]:
    """Everything an operation depends on, in the graph's own (topological) order."""
    seen, waiting = {op}, [op]
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op not in seen:
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return [candidate for candidate in op.graph.get_operations() if candidate in seen]


def _flat(model: Any) -> Iterator[Any]:
    """All layers, those of nested models too."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _flat(layer)
