"""Constants of an ONNX graph in half precision, widened when the model is loaded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper


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
