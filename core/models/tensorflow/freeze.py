"""Freezes a classifier into one graph of constants with its layers and logits.

Whatever a model was saved as, it is traced and frozen first, so that nested models, several
generations of Keras and plain graphs all look alike, and "graph disconnected" cannot happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from core.errors import ModelError
from core.models.network import Layer
from core.models.tensorflow.find_layers import find_layers

if TYPE_CHECKING:
    from core.models.tensorflow.load import LoadedModel

_PASSES = ("Identity", "Cast", "Reshape", "Squeeze", "StopGradient")  # change no number
_ENDS = ("BiasAdd", "MatMul", "Add", "AddV2", "Sub", "Mul", "RealDiv", "Conv2D", "Mean")
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
        layers: As `find_layers.find_layers` gives them.
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
    definition = graph.as_graph_def()  # without what finding the layers may add
    layers = find_layers(photos, logits, loaded.layer_classes)
    return FrozenGraph(
        definition, photos.name, named.name, shape, head, int(logits.shape[1]), assumptions, layers
    )


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
