"""Finishes a forward graph: adds what `onnx_network` reads of it besides the logits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.network import Layer
from core.models.onnx.autodiff.backward import BACKWARD, ForwardGraph, gradients_alone, run_once
from core.models.onnx.half_precision import add_constants
from core.models.onnx.onnx_network import ACTIVATIONS, GRADIENTS, LOGITS
from core.models.onnx.place import Place, grid_nodes

_ROWS = 32  # classes whose gradients are taken at once
_MOST = 1 << 24  # numbers of constant gradients that travel along; more are computed when asked for


def class_gradients(
    forward: ForwardGraph, place: Place
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """From rows of weights of the logits to the gradients of their sums, [N, rows, h, w, K]."""
    graph, read = gradients_alone(forward, LOGITS, place)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), run_once())
    return lambda rows: session.run([BACKWARD], {"classes": rows, **read})[0]


def finish(forward: ForwardGraph, layer: Layer, place: Place) -> onnx.ModelProto:
    """The graph that is written: logits, activations and, where they are constant, gradients."""
    model = onnx.ModelProto()
    model.CopyFrom(forward.model)
    add_constants(model.graph, forward.weights)
    graph = model.graph
    graph.node.extend(grid_nodes(place, place.tensor, ACTIVATIONS))
    shape = [None, *layer.grid, layer.channels]
    graph.output.append(helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, shape))
    logits = forward.tensors[LOGITS].shape[1]
    numbers = logits * layer.channels * (1 if layer.pooled else layer.grid[0] * layer.grid[1])
    if layer.linear and numbers <= _MOST:
        same = _same_gradients(forward, layer, place, logits)
        graph.initializer.append(numpy_helper.from_array(same, f"{GRADIENTS}_constant"))
        graph.node.append(helper.make_node("Identity", [f"{GRADIENTS}_constant"], [GRADIENTS]))
        graph.output.append(helper.make_tensor_value_info(GRADIENTS, TensorProto.FLOAT, same.shape))
    return model


def _same_gradients(
    forward: ForwardGraph, layer: Layer, place: Place, logits: int
) -> NDArray[np.float32]:
    """Gradients that are the same for every photo, [C, h, w, K]; behind a mean h = w = 1."""
    mean = _mean_of_cells(forward, place) if layer.pooled else None
    gradients, cells = class_gradients(forward, mean or place), slice(1 if layer.pooled else None)
    every = np.eye(logits, dtype=np.float32)
    parts = (every[start : start + _ROWS] for start in range(0, len(every), _ROWS))
    same = np.concatenate([gradients(rows)[0, :, cells, cells] for rows in parts])
    return same * np.float32(1 / (layer.grid[0] * layer.grid[1])) if mean else same


def _mean_of_cells(forward: ForwardGraph, place: Place) -> Place | None:
    """The one mean that reads a grid: its gradient is that of all cells together, and smaller."""
    (*others, node) = (each for each in forward.model.graph.node if place.tensor in each.input)
    mean = Place(node.output[0], place.channels_first)
    cells = (2, 3) if mean.channels_first else (1, 2)
    shape = list(forward.tensors[place.tensor].shape)
    for axis in cells:
        shape[axis] = 1
    alone = not others and node.op_type in ("GlobalAveragePool", "ReduceMean")
    return mean if alone and forward.tensors[mean.tensor].shape == tuple(shape) else None
