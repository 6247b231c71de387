"""Where a layer's activations are in an ONNX graph, and the nodes that give them as a grid."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

_END = np.iinfo(np.int64).max


class Tokens(NamedTuple):
    """How a row of tokens [N, T, K] is a grid.

    Attributes:
        before: How many come before those of the cells: class token, registers.
        rows, columns: Of the cells, which come row by row.
    """

    before: int
    rows: int
    columns: int


class Place(NamedTuple):
    """Where a layer's activations are in a graph.

    Attributes:
        tensor: The name of the tensor.
        channels_first: Whether it is [N, K, h, w] rather than [N, h, w, K].
        tokens: Where it is [N, T, K]; else None.
    """

    tensor: str
    channels_first: bool = False
    tokens: Tokens | None = None


def grid_nodes(place: Place, given: str, output: str) -> list[Any]:
    """ONNX nodes that turn what has the shape of a layer's tensor into a grid [N, h, w, K].

    Args:
        place: The layer's.
        given: The name of its activations, or of gradients there.
        output: The name to give the grid.

    Example:
        >>> nodes = grid_nodes(Place("x", tokens=Tokens(1, 14, 14)), "x", "y")
        >>> [node.op_type for node in nodes if node.op_type != "Constant"]
        ['Slice', 'Reshape']
    """
    from onnx import helper, numpy_helper

    if not place.tokens:
        order = [0, 2, 3, 1] if place.channels_first else [0, 1, 2, 3]
        return [helper.make_node("Transpose", [given], [output], perm=order)]
    before, rows, columns = place.tokens
    numbers = {"first": [before], "end": [_END], "axis": [1], "shape": [0, rows, columns, -1]}
    nodes = [
        helper.make_node(
            "Constant", [], [f"{output}/{name}"],
            value=numpy_helper.from_array(np.array(value, np.int64)),
        )
        for name, value in numbers.items()
    ]  # fmt: skip
    cut = [given, *(f"{output}/{name}" for name in ("first", "end", "axis"))]
    nodes.append(helper.make_node("Slice", cut, [f"{output}/cells"]))
    nodes.append(helper.make_node("Reshape", [f"{output}/cells", f"{output}/shape"], [output]))
    return nodes
