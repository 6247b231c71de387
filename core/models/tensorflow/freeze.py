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

from core.errors import ModelError
from core.models.network import Layer
from core.models.tensorflow.classifier_head import read_head
from core.models.tensorflow.constants import Weights, freeze_variables
from core.models.tensorflow.find_layers import find_layers

if TYPE_CHECKING:
    from core.models.tensorflow.load import LoadedModel

_NARROW = {types_pb2.DT_HALF: np.float16, types_pb2.DT_BFLOAT16: tf.bfloat16.as_numpy_dtype}


@dataclass(frozen=True)
class FrozenGraph:
    """A classifier as a graph of constants, in float32 throughout.

    Attributes:
        graph_def: The `GraphDef`, with placeholders for the large weights.
        weights: The numbers of these.
        input: The name of the input tensor, float32 [N, h, w, c].
        logits: The name of the logits, float32 [N, C].
        shape: (h, w, c).
        head: As `classifier_head.Head.kind`.
        classes: C.
        assumptions: What had to be assumed of its output.
        layers: As `find_layers.find_layers` gives them.
    """

    graph_def: Any
    weights: Weights
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
    definition, name, outputs, kernels = _constants(loaded.function)
    weights = {f"model/{name}:0": values for name, values in kernels.items()}
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
        head = read_head(photos, output, weights)
        named = tf.identity(head.logits, name="logits")
    definition = graph.as_graph_def()  # without what finding the layers may add
    layers, passed = find_layers(photos, head.logits, loaded.layer_classes, weights)
    assumptions = head.assumptions
    if layers and not passed:
        assumptions += (f"maps show what runs through {layers[-1].name}, not all that counts",)
    return FrozenGraph(
        definition, weights, photos.name, named.name, shape, head.kind, int(head.logits.shape[1]),
        assumptions, layers,
    )  # fmt: skip


def _constants(function: Any) -> tuple[Any, str, list[str], Weights]:
    """As `freeze_variables`, in float32 throughout."""
    definition, photos, outputs, weights = freeze_variables(function)
    functions = (node for each in definition.library.function for node in each.node_def)
    for node in (*definition.node, *functions):
        # Swish brings a gradient written in Python, which does not travel with the graph; without
        # this mark the gradients of its parts are taken, which are the same.
        node.attr.pop("_gradient_op_type", None)
        _widen(node)
    return definition, photos, outputs, weights


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
