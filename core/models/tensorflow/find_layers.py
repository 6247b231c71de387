"""Finds the layers of a frozen graph that can be explained at, and the one to begin with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import Any

import numpy as np
import tensorflow as tf

from core.models.cell_layout import Layout, spans
from core.models.network import Layer
from core.models.tensorflow.constants import NO_WEIGHTS, Weights
from core.models.tensorflow.grid_layout import layout_of_photos, prove_layouts
from core.models.tensorflow.grid_probe import responds_in_place

_LINEAR_WAYS = (  # linear in all their inputs
    "Identity", "Cast", "Reshape", "Squeeze", "StopGradient", "Mean", "Sum", "AvgPool", "BiasAdd",
    "Add", "AddV2", "AddN", "Sub", "Neg", "ConcatV2", "Concat", "Transpose", "Pad", "Pack",
)  # fmt: skip
_FACTORS = (  # in one of them
    "MatMul", "BatchMatMulV2", "Mul", "Conv2D", "DepthwiseConv2dNative", "RealDiv",
)  # fmt: skip
_WEIGHTED = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Einsum")
# They know how many photos there are, but nothing of what these show.
_SIZES = ("Shape", "ShapeN", "Size", "ZerosLike", "OnesLike")
_SAME_TENSOR = ("Identity", "Cast", "StopGradient", "PreventGradient")
_CALL = re.compile(r"(Stateful)?PartitionedCall(_\d+)?")


def find_layers(
    photos: Any, logits: Any, kinds: dict[str, str], weights: Weights = NO_WEIGHTS
) -> tuple[tuple[Layer, ...], bool]:
    """The layers whose output is a grid that lies as the photo does.

    That is proven by the operations in front of it or, where they prove nothing, by trying.

    Args:
        photos: The input tensor of a graph of constants, [N, h, w, c].
        logits: The tensor [N, C].
        kinds: Layer names with their classes; without any, the graph's own scopes are the layers.
        weights: Of the graph's placeholders.

    Returns:
        From the input to the logits; but last the one to begin with: the last that all ways from
        the photo to the logits lead through, behind anything that was learned; and whether there
        is such a one.
    """
    graph = _LogitGraph(photos, logits)
    outputs = {name: each for name, each in _outputs(graph, kinds).items() if _has_grid(each[1])}
    layouts = _find_layouts(graph, photos, [op for _, op in outputs.values()], weights)
    sides = tuple(int(length) for length in photos.shape[1:3])
    found = [
        (
            op,
            Layer(
                name, kind, op.outputs[0].name, tuple(op.outputs[0].shape[1:3]),
                int(op.outputs[0].shape[3]), *graph.beyond(op), spans(layout, sides),
            ),
        )
        for name, (kind, op) in outputs.items()
        if (layout := layouts.get(op))
    ]  # fmt: skip
    passed = graph.passed_by_all()
    order = {name: index for index, name in enumerate(kinds)}  # of branches, the maker's last
    last = sorted((each for _, each in found), key=lambda layer: order.get(layer.name, 0))
    complete = [layer for op, layer in found if op in passed]
    first = (complete or last)[-1:]
    return (*(layer for _, layer in found if layer not in first), *first), bool(complete)


def _outputs(graph: _LogitGraph, kinds: dict[str, str]) -> dict[str, tuple[str, Any]]:
    """The class and the last operation of each layer, in the graph's order."""
    # All lie in the scope "model"; calls of functions, which are no layers, leave theirs, too.
    scopes = {
        op: [part for part in op.name.split("/")[1:-1] if not _CALL.fullmatch(part)]
        for op in graph.operations
        if op in graph.differentiable and op in graph.moving
    }
    names = _layer_names(scopes.values(), set(kinds))
    grids = [parts for op, parts in scopes.items() if _has_grid(op)]
    levels = zip(*grids, strict=False)
    common = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, levels))
    found: dict[str, tuple[str, Any]] = {}
    for op, parts in scopes.items():
        if kinds:
            name = next((names[part] for part in reversed(parts) if part in names), "")
            kind = kinds.get(name, "")
        else:
            name = "/".join(parts[common:]) or op.name.split("/")[-1]
            kind = "Conv2D" if found.get(name, ("",))[0] == "Conv2D" else op.type
        if name:
            found.pop(name, None)  # a later tensor of the same layer takes its place, at the end
            found[name] = (kind, op)
    return found


def _has_grid(op: Any) -> bool:
    """Whether it gives [photos, rows, columns, channels] of more than one cell."""
    shape = op.outputs[0].shape
    # Constants have a fixed first size; photos do not.
    if shape.rank != 4 or shape[0] is not None or None in shape.as_list()[1:]:
        return False
    return shape[1] * shape[2] > 1 and op.type not in ("Placeholder", *_SAME_TENSOR)


def _find_layouts(
    graph: _LogitGraph, photos: Any, grids: list[Any], weights: Weights
) -> dict[Any, Layout]:
    """Where cells lie as the photo does: proven by the operations or, if need be, by trying."""
    known = prove_layouts(graph.operations, graph.moving, {photos.op: layout_of_photos(photos)})
    for op in grids:
        if op in known:
            continue
        before = _last_known(op, known)
        grid = tuple(op.outputs[0].shape[1:3])
        rows, columns = (
            axis.divided(cells) for axis, cells in zip(known[before[-1]], grid, strict=True)
        )
        if all(
            responds_in_place(
                photos, each.outputs[0], known[each], op.outputs[0], (rows, columns), weights
            )
            for each in before
        ):
            known = prove_layouts(graph.operations, graph.moving, {**known, op: (rows, columns)})
    return known


def _last_known(op: Any, known: Mapping[Any, Layout]) -> list[Any]:
    """What an operation depends on and is known, unless only through others of these."""
    found, seen, waiting = set(), {op}, [op]
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op in known:
                found.add(tensor.op)
            elif tensor.op not in seen:
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return [each for each in known if each in found]


class _LogitGraph:
    """The part of a graph that the logits depend on, and what follows a layer in it.

    Attributes:
        operations: From the input to the logits.
        differentiable: Those that no rounding to whole numbers parts from the logits.
        moving: Those that depend on what the photo shows.
    """

    def __init__(self, photos: Any, logits: Any) -> None:
        self.operations = [op for op in _ancestors(logits.op) if op.outputs]
        self.differentiable = set(_ancestors(logits.op, lambda each: each.dtype.is_floating))
        self.moving: set[Any] = {photos.op}
        for op in self.operations:
            inputs = {each.op for each in op.inputs}
            if self.moving & inputs and op.type not in _SIZES:
                self.moving.add(op)
        self._followers: dict[Any, list[Any]] = {op: [] for op in self.operations}
        for op in self.operations:
            if op in self.moving:
                for before in {each.op for each in op.inputs if each.op in self.moving}:
                    self._followers[before].append(op)
        lines = {op for op in self.operations if self._keeps_lines(op)}
        self._linear_behind: set[Any] = set()
        for op in reversed(self.operations):
            if all(each in lines and each in self._linear_behind for each in self._followers[op]):
                self._linear_behind.add(op)

    def beyond(self, layer: Any) -> tuple[bool, bool]:
        """Whether all that follows a layer is linear; whether averaging all cells comes first."""
        followers = self._followers[layer]
        return layer in self._linear_behind, bool(followers) and all(
            map(_averages_cells, followers)
        )

    def _keeps_lines(self, op: Any) -> bool:
        """Whether an operation is linear in what depends on the photo."""
        moving = sum(each.op in self.moving for each in op.inputs)
        return op.type in _LINEAR_WAYS or (op.type in _FACTORS and moving == 1)

    def passed_by_all(self) -> set[Any]:
        """What all ways from the photo to the logits lead through, behind the first weights."""
        operations = [op for op in self.operations if op in self.moving]
        number = {op: index for index, op in enumerate(operations)}
        ends = list(range(len(operations)))  # the last one that each leads to directly
        for op in operations:
            for tensor in op.inputs:
                if tensor.op in number:
                    ends[number[tensor.op]] = number[op]
        passed, furthest, learned = set(), 0, False
        for index, op in enumerate(operations):
            learned |= op.type in _WEIGHTED
            if learned and furthest <= index:
                passed.add(op)
            furthest = max(furthest, ends[index])
        return passed


def _averages_cells(op: Any) -> bool:
    if op.type != "Mean":
        return False
    axes = tf.get_static_value(op.inputs[1])
    return axes is not None and sorted(int(axis) % 4 for axis in np.ravel(axes)) == [1, 2]


def _layer_names(scopes: Iterable[list[str]], layers: set[str]) -> dict[str, str]:
    """The layer that each part of a scope stands for, if any.

    Tracing hangs a number onto a name that it has met before, "conv_1" onto "conv", which may be
    another layer's own name.
    """
    parts = dict.fromkeys(part for each in scopes for part in each)
    open_parts = {
        part: possible
        for part in parts
        if (possible := {part, re.sub(r"_\d+$", "", part)} & layers)
    }
    endings = {""} | {match[0] for part in parts if (match := re.search(r"_\d+$", part))}
    usual = max(sorted(endings), key=lambda end: sum(name + end in parts for name in layers))
    found: dict[str, str] = {}
    while open_parts:
        left = {part: names - set(found.values()) or names for part, names in open_parts.items()}
        clear = {part: min(names) for part, names in left.items() if len(names) == 1}
        found |= clear or {part: part.removesuffix(usual) for part in left}
        open_parts = {part: names for part, names in open_parts.items() if part not in found}
    return found


def _ancestors(op: Any, follow: Callable[[Any], bool] = lambda tensor: True) -> list[Any]:
    """Everything an operation depends on, in the graph's own (topological) order."""
    seen, waiting = {op}, [op]
    while waiting:
        for tensor in waiting.pop().inputs:
            if tensor.op not in seen and follow(tensor):
                seen.add(tensor.op)
                waiting.append(tensor.op)
    return [candidate for candidate in op.graph.get_operations() if candidate in seen]
