"""Builds the gradients of an ONNX graph as more ONNX nodes, which converters leave out.

Reverse-mode differentiation (Griewank and Walther 2008, "Evaluating Derivatives", chapter 3): the
forward nodes between a layer and the logits are visited backwards, and each has a rule that turns
the gradient of its output into those of its inputs. A `Scan` over the classes holds the backward
nodes once, whatever the number of classes, and reads the forward pass's tensors from around it.

`export` compares the result with TensorFlow's own gradients before it is used, and what has no
rule is left to TensorFlow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.onnx.autodiff.balanced_rules import BALANCED_RULES, SHARING, WEIGHING
from core.models.onnx.autodiff.rules import RULES
from core.models.onnx.autodiff.shape_rules import join_split
from core.models.onnx.autodiff.tape import Grads, NoRuleError, Rule, Tape
from core.models.onnx.place import Place, grid_nodes

LAYER, BACKWARD = "layer", "layer_gradients"
_CLASS, _GRID = "backward/class", "backward/grid"
_SIZES = ("Shape", "Size")
_QUIET = 4  # what the runtime reports but for the worst; what it cannot do it raises


@dataclass(frozen=True)
class ForwardGraph:
    """A forward graph and what one run of it showed.

    Attributes:
        model: The `onnx.ModelProto`.
        weights: The numbers of its inputs besides the photos.
        input: The name of the photos.
        tensors: Every tensor's numbers, for a batch of two.
        constants: Those that do not depend on the photos.
        sizes: Those that depend on how many photos there are, but not on what they show.
    """

    model: Any
    weights: Mapping[str, NDArray[np.float32]]
    input: str
    tensors: Mapping[str, NDArray[Any]]
    constants: Mapping[str, NDArray[Any]]
    sizes: Mapping[str, NDArray[Any]]


def trace(
    model: Any, weights: Mapping[str, NDArray[np.float32]], photos: NDArray[np.float32]
) -> ForwardGraph:
    """Run a forward graph once and look at every tensor.

    Args:
        model: The `onnx.ModelProto`.
        weights: The numbers of its inputs besides the photos.
        photos: float32 [2, h, w, c]; of a graph that takes one at a time, [1, h, w, c].
    """
    graph = model.graph
    names = [name for node in graph.node for name in node.output if name]
    everything = onnx.ModelProto()
    everything.CopyFrom(model)
    del everything.graph.output[:]
    everything.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    options = run_once()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(everything.SerializeToString(), options)
    (given,) = (each.name for each in graph.input if each.name not in weights)
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    known = stored | dict(weights)
    seen = dict(zip(names, session.run(names, {given: photos, **weights}), strict=True))
    moving, shown = {given}, {given}  # what depends on the photos, and on what they show
    for node in graph.node:
        if moving.intersection(node.input):
            moving.update(node.output)
        if shown.intersection(node.input) and node.op_type not in _SIZES:
            shown.update(node.output)
    constants = known | {name: seen[name] for name in names if name not in moving}
    sizes = {name: seen[name] for name in names if name in moving and name not in shown}
    tensors = {given: photos, **known, **seen}
    return ForwardGraph(model, weights, given, tensors, constants, sizes)


def run_once() -> onnxruntime.SessionOptions:
    """Options of a session that is soon done with: its threads do not wait by running idle."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _QUIET
    return options


def add_gradients(forward: ForwardGraph, logits: str, place: Place, balanced: bool = False) -> Any:
    """A graph that gives a layer's activations and the logits' gradients there, too.

    Args:
        forward: The graph.
        logits: Name of the logits, [N, C].
        place: Where the layer is.
        balanced: Whether to take the rules of `balanced_rules`.

    Returns:
        An `onnx.ModelProto`. Its inputs are those of the graph and `classes`, float32 [M, C], a row
        of weights of the logits for each of the M gradients; its outputs are the logits [N, C],
        `LAYER` [N, h, w, K] and `BACKWARD` [N, M, h, w, K].

    Raises:
        NoRuleError: If an operation on the way has no rule, or there is no way.
    """
    model = onnx.ModelProto()
    model.CopyFrom(forward.model)
    graph = model.graph
    graph.node.extend(_backward_nodes(forward, logits, place, balanced))
    graph.node.extend(grid_nodes(place, place.tensor, LAYER))
    graph.input.append(_floats("classes", [None, forward.tensors[logits].shape[1]]))
    del graph.output[:]
    for name, rank in ((logits, 2), (LAYER, 4), (BACKWARD, 5)):
        graph.output.append(_floats(name, [None] * rank))
    return model


def gradients_alone(
    forward: ForwardGraph, logits: str, place: Place, balanced: bool = False
) -> tuple[Any, dict[str, NDArray[Any]]]:
    """A graph of the gradients only, and what it reads of the forward pass.

    Args:
        forward: As of `add_gradients`, as all others.
        logits: Likewise.
        place: Likewise.
        balanced: Likewise.

    Returns:
        An `onnx.ModelProto` that gives `BACKWARD`, and all its inputs but `classes`.

    Raises:
        NoRuleError: As `add_gradients`.
    """
    nodes = _backward_nodes(forward, logits, place, balanced)
    inner = [each for node in nodes for part in node.attribute for each in part.g.node]
    read = {name for node in (*nodes, *inner) for name in node.input}
    given = {name: values for name, values in forward.tensors.items() if name in read}
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(values.dtype), values.shape
        )
        for name, values in given.items()
    ]
    inputs.append(_floats("classes", [None, forward.tensors[logits].shape[1]]))
    model = onnx.ModelProto(ir_version=forward.model.ir_version)
    model.opset_import.extend(forward.model.opset_import)
    graph = helper.make_graph(nodes, "gradients", inputs, [_floats(BACKWARD, [None] * 5)])
    model.graph.CopyFrom(graph)
    return model, given


def _floats(name: str, shape: Sequence[int | None]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _backward_nodes(forward: ForwardGraph, logits: str, place: Place, balanced: bool) -> list[Any]:
    """What gives `BACKWARD` of the forward pass's tensors and of `classes`."""
    tape = _differentiated(forward, logits, place.tensor, balanced)
    last = grid_nodes(place, tape.nodes[-1].output[0], _GRID)
    row = _floats(_CLASS, [forward.tensors[logits].shape[1]])
    nodes = [*tape.nodes, *last]
    body = helper.make_graph(nodes, "backward", [row], [_floats(_GRID, [None] * 4)])
    every = helper.make_node(
        "Scan", ["classes"], [BACKWARD], body=body, num_scan_inputs=1, scan_output_axes=[1]
    )
    return [*tape.forward_nodes, every]


def _differentiated(forward: ForwardGraph, logits: str, at: str, balanced: bool) -> Tape:
    """The backward nodes for one class; the last one's output is the gradient."""
    nodes, rules = forward.model.graph.node, BALANCED_RULES if balanced else RULES
    reached = all_reached(nodes, at, (*_SIZES, *WEIGHING) if balanced else _SIZES)
    tape, grads = _seeded(forward, logits)
    for node in reversed(nodes):
        if at in node.output or not reached.intersection(node.input):
            continue
        found = [
            (node.input[index], part)
            for index, part in _grads_of(node, tape, grads, rules)
            if node.input[index] in reached
        ]
        shared = balanced and node.op_type in SHARING and len(found) > 1
        for name, part in found:
            if shared:
                part = tape.add_node("Mul", [part, tape.constant(0.5)])
            grads.setdefault(name, []).append(part)
    if at not in grads:
        raise NoRuleError("nothing leads from the layer to the logits")
    tape.sum(grads[at])
    tape.drop_unread()  # gradients of what the layer does not lead to, such as attention weights
    return tape


def all_reached(nodes: Sequence[Any], at: str, ends: Collection[str] = _SIZES) -> set[str]:
    """The tensors whose numbers a tensor's lead to, and itself.

    Args:
        nodes: Of the graph.
        at: The tensor.
        ends: Operations that nothing leads through.
    """
    reached = {at}
    for node in nodes:
        if reached.intersection(node.input) and node.op_type not in ends:
            reached.update(node.output)
    return reached


def _seeded(forward: ForwardGraph, logits: str) -> tuple[Tape, dict[str, list[str]]]:
    """A tape that begins with the gradient of one class's logit, and the gradients so far."""
    shapes = {name: array.shape for name, array in forward.tensors.items()}
    tape = Tape(shapes, forward.constants, forward.sizes)
    seed = tape.add_node("Expand", [_CLASS, tape.add_node("Shape", [logits])])
    return tape, {logits: [seed]}


def _grads_of(
    node: Any, tape: Tape, grads: dict[str, list[str]], rules: Mapping[str, Rule] = RULES
) -> Grads:
    """The gradients of what a node takes, from those of what it gives."""
    given = [tape.sum(grads.pop(name)) if name in grads else None for name in node.output]
    if not any(given):
        return []
    if node.op_type == "Split":
        return join_split(tape, node, given)
    if node.op_type not in rules or any(given[1:]):
        raise NoRuleError(node.op_type)
    first = given[0]
    assert first is not None  # some output has a gradient, and the others have none
    return rules[node.op_type](tape, node, first)


def missing_rules(forward: ForwardGraph, logits: str) -> dict[str, str]:
    """What of a graph has no gradients: the tensors whose way to the logits lacks a rule, and why.

    Args:
        forward: The graph.
        logits: As of `add_gradients`.
    """
    nodes = forward.model.graph.node
    reached = all_reached(nodes, forward.input)
    tape, grads = _seeded(forward, logits)
    reasons: dict[str, str] = {}
    for node in reversed(nodes):
        inputs = reached.intersection(node.input)
        reason = next((reasons[name] for name in node.output if name in reasons), "")
        try:
            found = _grads_of(node, tape, grads)
        except NoRuleError as error:
            found, reason = [], f"{node.op_type} ({node.name}): {error}"
        for index, part in found:
            if node.input[index] in inputs:
                grads.setdefault(node.input[index], []).append(part)
        if reason:
            reasons |= {name: reasons.get(name, reason) for name in inputs}
    return reasons
