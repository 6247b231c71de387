"""Reads an ONNX classifier as a graph from photos [N, h, w, c] to logits, in float32 throughout.

Whatever exported a model, its graph is brought to one form first: opset 17 or later, photos with
the channels last, no half precision, and names of its own, so that none can clash with ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, version_converter

from core.errors import ModelError
from core.models.files import rejections

PHOTOS = "photos"
_OPSET = 17  # the first whose operations all have the form that the rules of gradients write
_OWN = "graph/"  # before every name of the file
_CHANNELS = (3, 1)
_WIDE = (TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
_WHOLE = (TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32, TensorProto.INT64)


@dataclass(frozen=True)
class ReadGraph:
    """A classifier's graph.

    Attributes:
        model: An `onnx.ModelProto` of `PHOTOS`, float32 [N, h, w, c], without an output's shape.
        output: The name of what it gives.
        size: (height, width) that it declares; None where any will do.
        channels: 3 or 1.
        channels_first: Whether it takes [N, c, h, w].
        batch: How many photos it declares to take at once; None for any number.
        whole_numbers: Whether it takes whole numbers, as grey levels are.
    """

    model: Any
    output: str
    size: tuple[int | None, int | None]
    channels: int
    channels_first: bool
    batch: int | None
    whole_numbers: bool


def read_graph(model: Any, name: str) -> ReadGraph:
    """Bring a checked graph to one form.

    Args:
        model: From `onnx_safety.read_onnx`; changed.
        name: The file's, for the sentences.

    Raises:
        ModelError: If it does not take photos, or gives more than one output.
    """
    model = _upgraded(model, name)
    graph = model.graph
    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    if len(inputs) != 1:
        raise ModelError(
            "model_inputs",
            f"The model takes {len(inputs)} inputs; only one of a single image can be explained. "
            "Save a model of the image alone, with the other inputs fixed.",
            count=len(inputs),
        )
    if len(graph.output) != 1:
        raise ModelError(
            "model_outputs",
            f"The model gives {len(graph.output)} outputs; a classifier gives one: a number a "
            "class. Save the model again with the classes' output alone.",
            count=len(graph.output),
        )
    kind = inputs[0].type.tensor_type
    lengths = [each.dim_value or None for each in kind.shape.dim]
    first = len(lengths) == 4 and lengths[1] in _CHANNELS
    if not first and (len(lengths) != 4 or lengths[3] not in _CHANNELS):
        raise ModelError(
            "model_shape",
            f"The model takes {tuple(lengths)}; a photo classifier takes [photos, 3, height, "
            "width] or [photos, height, width, 3], with 1 for grey photos.",
            got=str(tuple(lengths)),
        )
    batch, channels = lengths[0], lengths[1 if first else 3]
    size = (lengths[2], lengths[3]) if first else (lengths[1], lengths[2])
    _widen(graph)
    _rename(graph)
    _take_photos(graph, _OWN + inputs[0].name, first, kind.elem_type)
    output = graph.output[0].name
    del graph.value_info[:], graph.input[:], graph.output[:]
    graph.output.append(helper.make_empty_tensor_value_info(output))
    assert channels  # one of `_CHANNELS`
    whole = kind.elem_type in _WHOLE
    return ReadGraph(model, output, size, channels, first, batch, whole)


def set_input(model: Any, batch: int | None, shape: tuple[int, int, int]) -> None:
    """Say how many photos a graph takes, None for any number, and of what shape (h, w, c)."""
    del model.graph.input[:]
    lengths: list[int | str] = ["N" if batch is None else batch, *shape]
    model.graph.input.append(helper.make_tensor_value_info(PHOTOS, TensorProto.FLOAT, lengths))


def _upgraded(model: Any, name: str) -> Any:
    """The same graph in an opset that the rules of gradients can write."""
    model.ir_version = max(model.ir_version, 8)
    (opset,) = (each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", opset))
    for node in model.graph.node:
        node.domain = ""
    if opset >= _OPSET:
        return model
    try:
        return version_converter.convert_version(model, _OPSET)
    except Exception as error:  # whatever the converter raises
        raise rejections.unreadable(name, f"ONNX of opset {opset}", error) from error


def _widen(graph: Any) -> None:
    """Half and double precision become single precision."""
    for tensor in (*graph.initializer, *(each.t for each in _attributes(graph, "t"))):
        if tensor.data_type in _WIDE:
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name in ("to", "dtype") and attribute.i in _WIDE:
                attribute.i = TensorProto.FLOAT


def _attributes(graph: Any, kind: str) -> Iterator[Any]:
    return (
        attribute for node in graph.node for attribute in node.attribute if attribute.HasField(kind)
    )


def _rename(graph: Any) -> None:
    """Put a mark before every name; nodes without one of their own are called by their output."""
    taken: set[str] = set()
    for tensor in (*graph.initializer, *graph.output):
        tensor.name = _OWN + tensor.name
    for node in graph.node:
        node.name = node.output[0] if not node.name or node.name in taken else node.name
        taken.add(node.name)
        for names in (node.input, node.output):
            names[:] = [name and _OWN + name for name in names]


def _take_photos(graph: Any, given: str, first: bool, kind: int) -> None:
    """Put what turns photos into the graph's own input in front of it."""
    nodes, at = [], PHOTOS
    if kind in _WHOLE:  # outside their range, whole numbers would come out anyhow
        limits = [f"{PHOTOS}/{end}" for end in ("black", "white")]
        for limit, value in zip(limits, (0, 255), strict=True):
            graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), limit))
        nodes.append(helper.make_node("Clip", [at, *limits], [f"{PHOTOS}/clipped"]))
        nodes.append(helper.make_node("Cast", nodes[-1].output, [f"{PHOTOS}/whole"], to=kind))
        at = f"{PHOTOS}/whole"
    order = [0, 3, 1, 2] if first else [0, 1, 2, 3]
    nodes.append(helper.make_node("Transpose", [at], [given], perm=order))
    for index, node in enumerate(nodes):
        node.name = f"{PHOTOS}/{index}"
        graph.node.insert(index, node)


def copy_of(model: Any) -> Any:
    """An `onnx.ModelProto` of its own."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return copied
