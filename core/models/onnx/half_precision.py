"""Constants of an ONNX graph in half precision, widened when the model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

_GLANCE = 1000  # numbers that nearly always show whether half precision holds all


def add_half_constant(graph: Any, name: str, values: NDArray[np.float32]) -> None:
    """Add float32 numbers to a graph, stored as float16 in half the bytes.

    Args:
        graph: The ONNX graph, which is changed.
        name: Of the float32 tensor that they become.
        values: What float16 does not hold is rounded, to infinity from 65520 on.

    Example:
        >>> import onnx
        >>> graph = onnx.GraphProto()
        >>> add_half_constant(graph, "kernel", np.ones((2, 3), np.float32))
        >>> graph.initializer[0].name, graph.node[0].op_type, list(graph.node[0].output)
        ('kernel_half', 'Cast', ['kernel'])
    """
    stored = graph.initializer.add(
        name=f"{name}_half", data_type=TensorProto.FLOAT16, dims=values.shape
    )
    stored.raw_data = values.astype(np.float16).tobytes()
    graph.node.insert(0, helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT))


def add_constants(graph: Any, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Make inputs of a graph constants, as compact as they were stored.

    Those that half precision holds without losing a bit are widened when the model is loaded.

    Args:
        graph: The ONNX graph, which is changed.
        weights: The numbers of inputs by their names.
    """
    for tensor in [each for each in graph.input if each.name in weights]:
        graph.input.remove(tensor)
    for name, values in weights.items():
        if _half_holds(values):
            add_half_constant(graph, name, values)
        else:
            stored = graph.initializer.add(
                name=name, data_type=TensorProto.FLOAT, dims=values.shape
            )
            stored.raw_data = values.tobytes()


def _half_holds(values: NDArray[np.float32]) -> bool:
    def holds(some: NDArray[np.float32]) -> bool:
        if np.abs(some).max() > np.finfo(np.float16).max:
            return False
        return bool((some.astype(np.float16) == some).all())

    return holds(values.ravel()[:_GLANCE]) and holds(values)
