"""Freezes a classifier into one graph of constants with its layers and logits.

Whatever a model was saved as, it is traced and frozen first, so that nested models, several
generations of Keras and plain graphs all look alike, and "graph disconnected" cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from core.errors import ModelError
from core.models.network import Layer

if TYPE_CHECKING:
    from core.models.tensorflow.load import LoadedModel

_PASSES = ("Identity", "Cast", "Reshape", "Squeeze", "StopGradient")  # change no number
_ENDS = ("BiasAdd", "MatMul", "Add", "AddV2", "Sub", "Mul", "RealDiv", "Conv2D", "Mean")
_LINEAR_WAYS = (  # linear in all their inputs
    *_PASSES, "Mean", "Sum", "AvgPool", "BiasAdd", "Add", "AddV2", "AddN", "Sub", "Neg",
    "ConcatV2", "Concat", "Transpose", "Pad", "Pack",
)  # fmt: skip
_FACTORS = ("MatMul", "Mul", "Conv2D", "DepthwiseConv2dNative", "RealDiv")  # in one of them
_SIZES = ("Shape", "ShapeN", "Size")  # know the number of photos, but nothing of what they show
_CALL = re.compile(r"(Stateful)?PartitionedCall(_\d+)?")
_NARROW = {types_pb2.DT_HALF: np.float16, types_pb2.DT_BFLOAT16: tf.bfloat16.as_numpy_dtype}


@dataclass(frozen=True)
class FrozenGraph:
    """A classifier as a graph of constants, in float32 throughout.

    Attributes:
        graph_def: The `GraphDef`.
        input: The name of the input tensor, float32 [N, h, w, c].
        logits: The name of the logits, float32 [N, C].
        shape: (h, w, c).
        head: "softmax" if the probabilities of the C classes add up to 1, "sigmoid" if each class
            has one of its own. A single sigmoid is two classes with logits -z/2 and z/2, whose
            softmax is (1 - sigmoid(z), sigmoid(z)).
        classes: C.
        assumptions: What had to be assumed of its output.
        layers: Those with a grid that the logits depend on, from input to output.
    """

    graph_def: Any
    input: str
    logits: str
    shape: tuple[int, int, int]
    head: str
    classes: int
    assumptions: tuple[str, ...]
    layers: tuple[Layer, ...]


def freeze(loaded: LoadedModel, size: tuple[int, int]) -> FrozenGraph:
    """Turn a loaded model's variables into constants, for inputs of one size.

    Args:
        loaded: The model.
        size: (height, width) in pixels; what the model declares, where it declares one.

    Raises:
        ModelError: If it is no classifier, or does not take photos of that size.
    """
    definition, name, outputs = _constants(loaded.function)
    if len(outputs) != 1:
        raise ModelError(
            "model_outputs",
            f"The model gives {len(outputs)} outputs; a classifier gives one: a number a class. "
            "Save the model again with the classes' output alone.",
            count=len(outputs),
        )
    shape = (*size, loaded.shape[2])
    with tf.Graph().as_default() as graph:
        photos = tf.compat.v1.placeholder(tf.float32, [None, *shape], name="photos")
        given = next(node for node in definition.node if node.name == name.split(":")[0])
        wanted = tf.as_dtype(given.attr["dtype"].type)
        # Outside their range, whole numbers would come out anyhow.
        typed = tf.saturate_cast(photos, wanted) if wanted.is_integer else photos
        try:
            (output,) = tf.graph_util.import_graph_def(
                definition, {name: typed}, outputs, name="model"
            )
        except ValueError as error:
            raise ModelError(
                "model_shape",
                f"The model does not take photos of {size[0]} x {size[1]} pixels one by one or "
                f"many at once ({str(error).splitlines()[0]}). Save it with a free number of "
                "photos and the size it was trained with.",
                reason=str(error).splitlines()[0],
            ) from error
        logits, head, assumptions = _head(output)
        named = tf.identity(logits, name="logits")
    layers = _layers(logits, loaded.layer_classes)
    return FrozenGraph(
        graph.as_graph_def(), photos.name, named.name, shape, head, int(logits.shape[1]),
        assumptions, layers,
    )  # fmt: skip


def _constants(function: Any) -> tuple[Any, str, list[str]]:
    """A function's graph with its variables as float32 constants, its input and its outputs."""
    graph = convert_variables_to_constants_v2(function).graph
    definition = graph.as_graph_def()
    functions = (node for each in definition.library.function for node in each.node_def)
    for node in (*definition.node, *functions):
        # Swish brings a gradient written in Python, which does not travel with the graph; without
        # this mark the gradients of its parts are taken, which are the same.
        node.attr.pop("_gradient_op_type", None)
        _widen(node)
    return definition, graph.inputs[0].name, [each.name for each in graph.outputs]


def _widen(node: Any) -> None:
    """Half precision becomes single precision: gradients of the former are too coarse to draw."""
    for value in node.attr.values():
        if value.type in _NARROW:
            value.type = types_pb2.DT_FLOAT
        for index, each in enumerate(value.list.type):
            if each in _NARROW:
                value.list.type[index] = types_pb2.DT_FLOAT
        if value.HasField("tensor") and value.tensor.dtype in _NARROW:
            wide = tf.make_ndarray(value.tensor).astype(np.float32)
            value.tensor.CopyFrom(tf.make_tensor_proto(wide))


def _head(output: Any) -> tuple[Any, str, tuple[str, ...]]:
    """The logits [N, C] behind an output, what turns them into probabilities, what is assumed.

    Raises:
        ModelError: If it is not the output of a classifier.
    """
    lengths = [None if length is None else int(length) for length in output.shape[1:]]
    if output.shape.rank is None or [n for n in lengths[:-1] if n != 1] or not lengths:
        raise ModelError(
            "model_shape",
            f"The model gives {output.shape} numbers a batch; a classifier gives [photos, "
            "classes]. A detector or a segmenter answers with places, which cannot be explained "
            "by a heatmap of one class.",
            reason=f"output {output.shape}",
        )
    at = output
    while at.op.type in _PASSES:
        at = at.op.inputs[0]
    kind, before = at.op.type, at
    assumptions: tuple[str, ...] = ()
    if kind in ("Softmax", "LogSoftmax", "Sigmoid"):
        before = at.op.inputs[0]
    elif _ends_linear(at.op):
        assumptions = ("its numbers are taken for logits: it ends without a softmax or sigmoid",)
    else:
        raise ModelError(
            "no_softmax",
            f"The model ends in {kind}, neither in a softmax or sigmoid over classes nor in a "
            "dense layer, so it cannot be explained as a classifier. Give it a dense layer with a "
            "softmax.",
            got=kind,
        )
    count = int(before.shape[-1] or 0)
    flat = before if before.shape.rank == 2 else tf.reshape(before, [-1, count])
    if count == 1:
        return tf.concat([flat / -2, flat / 2], axis=1), "softmax", assumptions
    return flat, "sigmoid" if kind == "Sigmoid" else "softmax", assumptions


def _ends_linear(op: Any) -> bool:
    """Whether a dense layer, or a convolution that stands for one, gives the output."""
    while op.type in (*_ENDS, *_PASSES) and op.inputs:
        if op.type in ("MatMul", "Conv2D"):
            return True
        op = next((each.op for each in op.inputs if each.op.type != "Const"), op.inputs[0].op)
    return False


def _layers(logits: Any, kinds: dict[str, str]) -> tuple[Layer, ...]:
    """The last tensor with a grid of every layer that the logits depend on.

    Args:
        logits: The tensor.
        kinds: Layer names with their classes; without any, the graph's own scopes are the layers.
    """
    graph = _LogitGraph(logits)
    grids = [
        op for op in graph.operations if op in graph.differentiable and _has_grid(op.outputs[0])
    ]
    # All lie in the scope "model"; calls of functions, which are no layers, leave theirs, too.
    scopes = [
        [part for part in op.name.split("/")[1:-1] if not _CALL.fullmatch(part)] for op in grids
    ]
    suffix = _suffix(scopes, set(kinds))
    levels = zip(*scopes, strict=False)
    common = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, levels))
    found: dict[str, tuple[str, Any]] = {}
    for op, parts in zip(grids, scopes, strict=True):
        if kinds:
            plain = [part.removesuffix(suffix) for part in parts]
            name = next((part for part in reversed(plain) if part in kinds), "")
            kind = kinds.get(name, "")
        else:
            name = "/".join(parts[common:]) or op.name.split("/")[-1]
            kind = "Conv2D" if found.get(name, ("",))[0] == "Conv2D" else op.type
        if name:
            found.pop(name, None)  # a later tensor of the same layer takes its place, at the end
            found[name] = (kind, op)
    return tuple(
        Layer(
            name, kind, op.outputs[0].name, tuple(op.outputs[0].shape[1:3]),
            int(op.outputs[0].shape[3]), *graph.beyond(op),
        )
        for name, (kind, op) in found.items()
    )  # fmt: skip


def _has_grid(tensor: Any) -> bool:
    """Whether it is [photos, rows, columns, channels] of more than one cell."""
    shape = tensor.shape
    # Constants have a fixed first size; photos do not.
    if shape.rank != 4 or shape[0] is not None or None in shape.as_list()[1:]:
        return False
    return shape[1] * shape[2] > 1 and tensor.op.type not in ("Placeholder", "Cast", "Identity")


class _LogitGraph:
    """The part of a graph that the logits depend on, and what follows a layer in it.

    Attributes:
        operations: From the input to the logits.
        differentiable: Those that no rounding to whole numbers parts from the logits.
    """

    def __init__(self, logits: Any) -> None:
        self.operations = [op for op in _ancestors(logits.op) if op.outputs]
        self.differentiable = set(_ancestors(logits.op, lambda each: each.dtype.is_floating))
        self._moving: set[Any] = set()  # what depends on the photo
        for op in self.operations:
            inputs = {each.op for each in op.inputs}
            if op.type == "Placeholder" or (self._moving & inputs and op.type not in _SIZES):
                self._moving.add(op)

    def beyond(self, layer: Any) -> tuple[bool, bool]:
        """Whether all that follows a layer is linear; whether averaging all cells comes first."""
        reached, followers, linear = {layer}, [], True
        for op in self.operations:
            inputs = [each.op for each in op.inputs]
            if op is layer or op.type in _SIZES or not reached.intersection(inputs):
                continue
            if layer in inputs:
                followers.append(op)
            reached.add(op)
            moving = sum(each in self._moving for each in inputs)
            linear &= op.type in _LINEAR_WAYS or (op.type in _FACTORS and moving == 1)
        return linear, bool(followers) and all(map(_averages_cells, followers))


def _averages_cells(op: Any) -> bool:
    if op.type != "Mean":
        return False
    axes = tf.get_static_value(op.inputs[1])
    return axes is not None and sorted(int(axis) % 4 for axis in np.ravel(axes)) == [1, 2]


def _suffix(scopes: list[list[str]], names: set[str]) -> str:
    """What tracing hung onto every layer's name ("_1", "_2", or nothing)."""
    parts = {part for each in scopes for part in each}
    endings = {""} | {match[0] for part in parts if (match := re.search(r"_[0-9]+$", part))}
    return max(sorted(endings), key=lambda end: sum(name + end in parts for name in names))


def _ancestors(op: Any, follow: Callable[[Any], bool] = lambda tensor: True) -> list[Any]:
    """Everything an operation depends on, in the graph's own (topological) order."""
    seen, waiting = {op}, [op]
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op not in seen and follow(tensor):
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return [candidate for candidate in op.graph.get_operations() if candidate in seen]
