"""Writes `tf.tensordot` over a tensor's last axis as the one product of matrices that it is.

A dense layer on a grid flattens it to a matrix, multiplies, and shapes it back by sizes that it
computes on the way: ten operations in which the grid is lost. One product says that every cell
stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

# A node by its operation and inputs: a name stands for any node, the same one wherever it stands,
# and a number for a constant.
_SIZES = ("GatherV2", "shape", "free", 0)
_TENSORDOT = (
    "Reshape",
    (
        "MatMul",
        (
            "Reshape",
            ("Transpose", "x", ("ConcatV2", "free", "axes", 0)),
            ("Pack", ("Prod", _SIZES, 0), ("Prod", ("GatherV2", "shape", "axes", 0), 0)),
        ),
        "matrix",
    ),
    ("ConcatV2", _SIZES, "columns", 0),
)


def simplify_tensordots(definition: Any) -> Any:
    """A graph whose tensordots of a last axis and a matrix are `BatchMatMulV2`.

    Args:
        definition: A `GraphDef` whose calls are written out.

    Returns:
        A new one. What computed the sizes is still there, but nobody's input.
    """
    nodes = {node.name: node for node in definition.node}
    simplified = type(definition)(library=definition.library, versions=definition.versions)
    for node in definition.node:
        factors = _factors(nodes, node)
        if factors:
            product = simplified.node.add(name=node.name, op="BatchMatMulV2", input=factors)
            product.attr["T"].CopyFrom(node.attr["T"])
        else:
            simplified.node.add().CopyFrom(node)
    return simplified


def _factors(nodes: Mapping[str, Any], node: Any) -> tuple[str, str] | None:
    """The tensor and the matrix, if a node ends a tensordot of its last axis."""
    found: dict[str, str] = {}
    if not _matches(_TENSORDOT, node.name, nodes, found):
        return None
    if not _matches(("Shape", found["x"]), found["shape"], nodes, {}):
        return None
    product = nodes[node.input[0]]
    turned = any(product.attr[side].b for side in ("transpose_a", "transpose_b"))
    free, axes = (_constant(nodes.get(found[name])) for name in ("free", "axes"))
    last = free is not None and free == [*range(len(free))] and axes == [len(free)]
    return (found["x"], found["matrix"]) if last and not turned else None


def _matches(pattern: Any, name: str, nodes: Mapping[str, Any], found: dict[str, str]) -> bool:
    """Whether the node of a name is as a pattern says; collects what its names stand for."""
    if isinstance(pattern, str):
        return found.setdefault(pattern, name) == name
    node = nodes.get(name)
    if isinstance(pattern, int):
        return _constant(node) == [pattern]
    op, *inputs = pattern
    return (
        node is not None
        and node.op == op
        and len(node.input) == len(inputs)
        and all(
            _matches(each, given, nodes, found)
            for each, given in zip(inputs, node.input, strict=True)
        )
    )


def _constant(node: Any) -> list[int] | None:
    """The numbers of a constant of whole numbers; None for any other node."""
    if node is None or node.op != "Const" or not tf.as_dtype(node.attr["dtype"].type).is_integer:
        return None
    return tf.make_ndarray(node.attr["value"].tensor).ravel().tolist()  # type: ignore[no-any-return]
