"""Builds the gradients of an ONNX graph as more ONNX nodes, which converters leave out.

Reverse-mode differentiation (Griewank and Walther 2008, "Evaluating Derivatives", chapter 3): the
forward nodes between a layer and the logits are visited backwards, and each has a rule that turns
the gradient of its output into those of its inputs. A `Scan` over the classes holds the backward
nodes once, whatever the number of classes, and reads the forward pass's tensors from around it.

`export` compares the result with TensorFlow's own gradients before it is used, and what has no
rule is left to TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.onnx.autodiff.rules import RULES
from core.models.onnx.autodiff.tape import NoRuleError, Tape

LAYER, BACKWARD = "layer", "layer_gradients"
_CLASS = "backward/class"


@dataclass(frozen=True)
class ForwardGraph:
    """A forward graph and what one run of it showed.

    Attributes:
        model: The `onnx.ModelProto`.
        tensors: Every tensor's numbers, for a batch of two.
        constants: Those that do not depend on the photos.
    """

    model: Any
    tensors: Mapping[str, NDArray[Any]]
    constants: Mapping[str, NDArray[Any]]


def trace(model: Any, photos: NDArray[np.float32]) -> ForwardGraph:
    """Run a forward graph once and look at every tensor.

    Args:
        model: The `onnx.ModelProto`, with one input.
        photos: float32 [2, h, w, c].
    """
    graph = model.graph
    names = [name for node in graph.node for name in node.output if name]
    everything = onnx.ModelProto()
    everything.CopyFrom(model)
    del everything.graph.output[:]
    everything.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(everything.SerializeToString(), options)
    given = session.get_inputs()[0].name
    known = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    seen = dict(zip(names, session.run(names, {given: photos}), strict=True))
    moving = {given}
    for node in graph.node:
        if moving.intersection(node.input):
            moving.update(node.output)
    constants = known | {name: seen[name] for name in names if name not in moving}
    return ForwardGraph(model, {given: photos, **known, **seen}, constants)


def add_gradients(forward: ForwardGraph, logits: str, at: str, channels_first: bool) -> Any:
    """A graph that gives a tensor and the logits' gradients there, too.

    Args:
        forward: The graph.
        logits: Name of the logits, [N, C].
        at: Name of the tensor.
        channels_first: Whether it is [N, K, h, w] rather than [N, h, w, K].

    Returns:
        An `onnx.ModelProto`. Its inputs are the photos and `classes`, float32 [M, C], a row of
        weights of the logits for each of the M gradients; its outputs are the logits [N, C],
        `LAYER` [N, h, w, K] and `BACKWARD` [N, M, h, w, K].

    Raises:
        NoRuleError: If an operation on the way has no rule, or there is no way.
    """
    tape = _differentiated(forward, logits, at)
    grad, order = tape.nodes[-1].output[0], [0, 2, 3, 1] if channels_first else [0, 1, 2, 3]
    grad = tape.add_node("Transpose", [grad], perm=order)
    count = forward.tensors[logits].shape[1]
    row = helper.make_tensor_value_info(_CLASS, TensorProto.FLOAT, [count])
    body = helper.make_graph(
        tape.nodes, "backward", [row],
        [helper.make_tensor_value_info(grad, TensorProto.FLOAT, [None] * 4)],
    )  # fmt: skip
    model = onnx.ModelProto()
    model.CopyFrom(forward.model)
    graph = model.graph
    graph.node.extend(
        [
            *tape.forward_nodes,
            helper.make_node("Transpose", [at], [LAYER], perm=order),
            helper.make_node(
                "Scan", ["classes"], [BACKWARD], body=body, num_scan_inputs=1,
                scan_output_axes=[1],
            ),
        ]
    )  # fmt: skip
    graph.input.append(helper.make_tensor_value_info("classes", TensorProto.FLOAT, [None, count]))
    del graph.output[:]
    for name, rank in ((logits, 2), (LAYER, 4), (BACKWARD, 5)):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank))
    return model


def _differentiated(forward: ForwardGraph, logits: str, at: str) -> Tape:
    """The backward nodes for one class; the last one's output is the gradient."""
    nodes = forward.model.graph.node
    reached = {at}
    for node in nodes:
        if reached.intersection(node.input):
            reached.update(node.output)
    shapes = {name: array.shape for name, array in forward.tensors.items()}
    tape = Tape(shapes, forward.constants)
    seed = tape.add_node("Expand", [_CLASS, tape.add_node("Shape", [logits])])
    grads: dict[str, list[str]] = {logits: [seed]}
    for node in reversed(nodes):
        given = [name for name in node.output if name in grads]
        if not given or at in node.output or not reached.intersection(node.input):
            continue
        if node.op_type not in RULES or given != [node.output[0]]:
            raise NoRuleError(node.op_type)
        grad = tape.sum(grads.pop(given[0]))
        for index, part in RULES[node.op_type](tape, node, grad):
            if node.input[index] in reached:
                grads.setdefault(node.input[index], []).append(part)
    if at not in grads:
        raise NoRuleError("nothing leads from the layer to the logits")
    tape.sum(grads[at])
    return tape
