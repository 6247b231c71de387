"""Finds the layers of an ONNX graph that can be explained at, and the one to begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.cell_layout import spans
from core.models.files.rejections import printable
from core.models.network import Layer
from core.models.onnx.autodiff.backward import ForwardGraph, missing_rules
from core.models.onnx.autodiff.node_facts import attributes_of
from core.models.onnx.balanced_layer import add_balanced_layer
from core.models.onnx.finish import class_gradients
from core.models.onnx.grid import Grid
from core.models.onnx.onnx_network import LOGITS
from core.models.onnx.place import Place, Tokens
from core.models.onnx.probed_grids import find_grids
from core.models.onnx.ways import nodes_on_the_way, passed_by_all

_LINEAR_WAYS = (  # linear in all their inputs, the first of which moves
    "Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Dropout", "ReduceMean",
    "ReduceSum", "GlobalAveragePool", "AveragePool", "Add", "Sub", "Sum", "Mean", "Neg", "Concat",
    "Transpose", "Pad", "Slice", "Split", "Gather", "Expand", "Tile", "Resize",
)  # fmt: skip
_FACTORS = ("MatMul", "Gemm", "Mul", "Conv", "ConvTranspose", "Div", "BatchNormalization")
_SAME_TENSOR = (  # no layers: they only move numbers
    "Identity", "Cast", "Dropout", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Pad",
    "Slice", "Split", "Gather", "Expand", "Tile", "Constant", "QuantizeLinear",
)  # fmt: skip
_SCOPES = "pkg.torch.onnx.name_scopes"  # a list of modules, each inside the one before
_MOST_SCOPES = 10_000  # characters
_FROM_CLASS_TOKEN = (
    "show what its last attention takes from the photo, not what its class token took before"
)
_BEHIND_ATTENTION = (
    "may be bright where the answer does not come from, as attention moves what was seen to other "
    "places"
)


def find_graph_layers(
    forward: ForwardGraph,
) -> tuple[tuple[Layer, ...], dict[str, Place], tuple[str, ...]]:
    """The layers whose output is a grid that lies as the photo does, tokens included.

    Args:
        forward: A graph that ends in `LOGITS`.

    Returns:
        The layers, from the input to the logits, but last the one to begin with: the last that all
        ways from the photo to the logits lead through, behind anything that was learned, or of
        tokens the norm that reads these; where each is; and what is to be said of those that are
        missing. Of a model that attends, the first is the one that `add_balanced_layer` adds.
    """
    nodes = nodes_on_the_way(forward, LOGITS)
    moving = {forward.input}.union(*(node.output for node in nodes))
    reasons = missing_rules(forward, LOGITS)
    passed = passed_by_all(nodes, forward.input)
    grids = find_grids(forward, moving, passed)
    beyond = _Beyond(forward, nodes, moving, grids)
    sides = forward.tensors[forward.input].shape[1:3]
    found: dict[str, Layer] = {}
    places: dict[str, Place] = {}
    lost = ""
    for node in nodes:
        name = node.output[0]
        grid = grids.get(name)
        if node.op_type in _SAME_TENSOR or not grid or not _is_layer(forward, name, grid):
            continue
        if name in reasons:
            lost = reasons[name]
            continue
        own, place = _layer_name(node, found), _place(forward, name, grid)
        layer = Layer(
            own, _kind(node), name, grid.cells, grid.shape[1 if place.channels_first else 3],
            *beyond.of(name), spans(grid.layout, sides),
        )  # fmt: skip
        found[own], places[own] = layer, place
    layers = _without_dead_ends(forward, list(found.values()), places)
    all_read = len(layers) == len(found)
    linear = _linear_in(forward.input, nodes, moving)
    # Of patches in other numbers, as an embedding gives them, nothing was recognised yet.
    learned = [layer for layer in layers if layer.tensor not in linear or layer.linear]
    layers = layers if learned else []
    complete = [layer for layer in learned if layer.tensor in passed]
    last = (complete or learned)[-1:]
    ordered, places = add_balanced_layer(forward, LOGITS, layers, places)
    maps = "maps other than LibraGrad's" if ordered and ordered[0].balanced else "maps"
    said: tuple[str, ...] = () if all_read or not layers else (f"{maps} {_FROM_CLASS_TOKEN}",)
    if last and places[last[0].name].tokens:
        last = layers[-1:]  # the norm through which the last attention reads them, if it is one
        said += (f"{maps} {_BEHIND_ATTENTION}",)
    if lost:
        said += (f"layers before {printable(lost)} have no maps: its gradient is not known here",)
    if layers and not complete:
        said += (f"maps show what runs through {last[0].name}, not all that counts",)
    ordered = (*(layer for layer in ordered if layer not in last), *last)
    return ordered, {layer.name: places[layer.name] for layer in ordered}, said


def _is_layer(forward: ForwardGraph, name: str, grid: Grid) -> bool:
    values = forward.tensors[name]
    apart = grid.shape == values.shape and (grid.rows, grid.columns) in ((2, 3), (1, 2))
    many = grid.cells[0] * grid.cells[1] > 1
    whole = apart if values.ndim == 4 else _are_tokens(values, grid)
    return whole and values.dtype == np.float32 and many


def _are_tokens(values: NDArray[Any], grid: Grid) -> bool:
    return values.ndim == 3 and values.shape[1] == grid.before + grid.cells[0] * grid.cells[1]


def _place(forward: ForwardGraph, name: str, grid: Grid) -> Place:
    tokens = Tokens(grid.before, *grid.cells) if forward.tensors[name].ndim == 3 else None
    return Place(name, grid.rows == 2, tokens)


def _without_dead_ends(
    forward: ForwardGraph, layers: list[Layer], places: Mapping[str, Place]
) -> list[Layer]:
    """Layers but those at the end from whose cells nothing leads to the logits.

    Behind the last attention, a model that answers from its class token reads no other.
    """
    row = np.random.default_rng(0).normal(size=(1, forward.tensors[LOGITS].shape[1]))
    while layers and (tokens := places[layers[-1].name].tokens) and tokens.before:
        if class_gradients(forward, places[layers[-1].name])(row.astype(np.float32)).any():
            break
        layers = layers[:-1]
    return layers


def _layer_name(node: Any, taken: Mapping[str, object]) -> str:
    """The module that a node stands for and its operation, where torch says so; else its name."""
    scopes = next((each.value for each in node.metadata_props if each.key == _SCOPES), "")
    modules = re.findall(r"'([^']*)'", scopes[:_MOST_SCOPES])[:-1]
    parts = node.name.strip("/").split("/")
    inner = [
        part for part, next_ in zip(parts, [*parts[1:], ""], strict=True)
        if not next_.startswith(f"{part}.")
    ]  # fmt: skip
    name = f"{modules[-1]}/{node.op_type}" if modules and modules[-1] else "/".join(inner)
    name = printable(name) or node.op_type
    number, own = 2, name
    while own in taken:
        own, number = f"{name} ({number})", number + 1
    return own


def _kind(node: Any) -> str:
    dense = node.op_type == "Conv" and attributes_of(node).get("group", 1) == 1
    return "Conv2D" if dense else node.op_type


def _linear_in(photos: str, nodes: Sequence[Any], moving: set[str]) -> set[str]:
    """The tensors that are linear in the photo."""
    linear = {photos}
    for node in nodes:
        if moving.intersection(node.input) <= linear and _is_linear(node, moving):
            linear.update(node.output)
    return linear


class _Beyond:
    """What follows a tensor on its way to the logits."""

    def __init__(
        self,
        forward: ForwardGraph,
        nodes: Sequence[Any],
        moving: set[str],
        grids: Mapping[str, Grid],
    ) -> None:
        self._followers: dict[str, list[Any]] = {}
        self._linear: set[str] = set()
        self._forward, self._grids = forward, grids
        for node in nodes:
            for name in moving.intersection(node.input):
                self._followers.setdefault(name, []).append(node)
        for node in reversed(nodes):
            for name in node.output:
                behind = self._followers.get(name, [])
                if all(_keeps_lines(each, moving, self._linear) for each in behind):
                    self._linear.add(name)

    def of(self, name: str) -> tuple[bool, bool]:
        """Whether all that follows is linear; whether averaging all cells comes first."""
        followers = self._followers.get(name, [])
        averaged = (self._averages_cells(node, self._grids[name]) for node in followers)
        return name in self._linear, bool(followers) and all(averaged)

    def _averages_cells(self, node: Any, grid: Grid) -> bool:
        if node.op_type == "GlobalAveragePool":
            return True
        axes = attributes_of(node).get("axes")
        if axes is None and len(node.input) > 1:
            axes = self._forward.constants.get(node.input[1])
        if node.op_type != "ReduceMean" or axes is None:
            return False
        return sorted(int(axis) % len(grid.shape) for axis in axes) == [grid.rows, grid.columns]


def _keeps_lines(node: Any, moving: set[str], linear: set[str]) -> bool:
    """Whether an operation, and all behind it, is linear in what depends on the photo."""
    return all(name in linear for name in node.output if name) and _is_linear(node, moving)


def _is_linear(node: Any, moving: set[str]) -> bool:
    """Whether an operation is linear in what depends on the photo."""
    if node.op_type in _LINEAR_WAYS:
        return True
    count = sum(name in moving for name in node.input)
    first = node.input[0] in moving or node.op_type not in ("Div", "BatchNormalization")
    return node.op_type in _FACTORS and count == 1 and first
