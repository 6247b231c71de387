"""Where the cells of an ONNX graph lie on the photo behind attention, as trying shows.

Attention lets every place see every other, so the operations prove nothing of what comes behind it.
But its result is added to what was there before, so a token holds most of its own place. That is
believed where it is seen: one place after another is changed a little in the last tensor of which
it is known where its cells lie, and of all places tried, the same one has to respond most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from core.models.cell_layout import Axis, Layout
from core.models.onnx.autodiff.backward import ForwardGraph, all_reached, run_once
from core.models.onnx.grid import Grid
from core.models.onnx.proven_grids import prove_grids

_RIGHT = 0.95  # of the places tried
_TRIED = 5  # places along each axis
_MOST_BEFORE = 8  # class token, distillation token, registers
_STEP = 0.1  # in standard deviations: so little that all that follows answers in proportion
_Floats = NDArray[np.float32]


def find_grids(
    forward: ForwardGraph, moving: AbstractSet[str], passed: AbstractSet[str]
) -> dict[str, Grid]:
    """The grid of every tensor of which the operations prove it, or else trying.

    Args:
        forward: A graph of photos [N, h, w, c], and its tensors.
        moving: The tensors that depend on what the photos show.
        passed: Those that all ways from the photos to the logits lead through.
    """
    grids = prove_grids(forward, moving)
    while seen := _probe(forward, moving, passed, grids):
        grids = prove_grids(forward, moving, {**grids, **seen})
    return grids


def _probe(
    forward: ForwardGraph, moving: AbstractSet[str], passed: AbstractSet[str],
    known: Mapping[str, Grid],
) -> dict[str, Grid]:  # fmt: skip
    """What comes next and can be seen behind the last that is known and passed by all."""
    makers = {name: node for node in forward.model.graph.node for name in node.output}
    base = forward.input
    possible: dict[Layout, dict[str, Grid]] = {}
    for node in forward.model.graph.node:
        name = node.output[0]
        if name not in moving or not _ends_part(node, makers, moving):
            continue
        if name in known and name in passed:
            base, possible = name, {}  # what comes before does not depend on it
        elif name not in known:
            for grid in _possible_grids(forward, name, known[base].layout):
                possible.setdefault(grid.layout, {})[name] = grid
    # Coarser ones may be of a side way, such as the keys of an attention that looks at fewer.
    finest = sorted(possible, key=lambda layout: layout[0].cells, reverse=True)
    tried = (
        _those_in_place(forward, base, known[base], layout, possible[layout]) for layout in finest
    )
    return next(filter(None, tried), {})


def _ends_part(node: Any, makers: Mapping[str, Any], moving: AbstractSet[str]) -> bool:
    """Whether a node is a convolution, a norm, or adds a part's result to what was before it."""
    adds_up = node.op_type == "Add" and all(name in moving for name in node.input)
    return node.op_type in ("Conv", "LayerNormalization") or adds_up or _ends_norm(node, makers)


def _ends_norm(node: Any, makers: Mapping[str, Any]) -> bool:
    """Whether a node is the last of a norm in the form before opset 17: `x / spread * a + b`."""
    for op in ("Add", "Mul", "Div"):
        if node is None or node.op_type != op:
            return False
        node = next((makers[name] for name in node.input if name in makers), None)
    return True


def _possible_grids(forward: ForwardGraph, name: str, layout: Layout) -> Iterator[Grid]:
    """What a tensor may be: cells on two axes, or tokens; as many as there were or fewer."""
    values, photos = forward.tensors[name], len(forward.tensors[forward.input])
    shape = values.shape
    if shape[:1] != (photos,) or values.dtype != np.float32:  # windows of photos, say
        return
    whole = tuple(axis.cells for axis in layout)
    for each in range(1, min(whole) + 1):
        cells = rows, columns = whole[0] // each, whole[1] // each
        if (rows * each, columns * each) != whole or rows * columns == 1:
            continue
        merged = (layout[0].divided(rows), layout[1].divided(columns))
        if len(shape) == 4:
            for at in (1, 2):
                if shape[at : at + 2] == cells:
                    yield Grid(shape, at, at + 1, merged)
        if len(shape) == 3 and 0 <= shape[1] - rows * columns <= _MOST_BEFORE:
            whole_shape = (shape[0], rows, columns, shape[2])
            yield Grid(whole_shape, 1, 2, merged, shape[1] - rows * columns)


def _those_in_place(
    forward: ForwardGraph, base: str, known: Grid, layout: Layout, grids: Mapping[str, Grid]
) -> dict[str, Grid]:
    """Those of some grids that respond to a change in an earlier one in the same place."""
    places = [(row, column) for row in _some(layout[0]) for column in _some(layout[1])]
    ground, rng = forward.tensors[base][:1], np.random.default_rng(0)
    channels = _by_cells(ground[0], known).shape[2:]
    step = _STEP * (ground.std() or 1) * rng.choice((-1.0, 1.0), channels).astype(np.float32)
    size = len(forward.tensors[base])
    run = _runner(forward, base, tuple(grids))
    responses: dict[str, list[_Floats]] = {name: [] for name in grids}
    for start in range(0, len(places), size):
        chosen = places[start : start + size]
        changed = np.repeat(ground, size, axis=0)
        for one, place in zip(changed, chosen, strict=False):  # of the last run, some may be left
            _by_cells(one, known)[tuple(map(_those_in, known.layout, layout, place))] += step
        found = run(changed)
        for name, grid in grids.items():
            apart = np.abs(found[name] - forward.tensors[name][:1])[: len(chosen)]
            responses[name] += [_by_cells(one, grid).sum(axis=2) for one in apart]
    return {
        name: grid
        for name, grid in grids.items()
        if _share_right(np.stack(responses[name]), places) >= _RIGHT
    }


def _share_right(responses: _Floats, places: Sequence[tuple[int, int]]) -> float:
    """The share of places whose own cell, of all that were tried, responds most.

    What all attend to moves every cell, and some cells move with everything: each is measured by
    its mean response.

    Args:
        responses: [places, rows, columns].
        places: (row, column) of each.

    Example:
        >>> _share_right(np.float32([[[3, 1]], [[8, 9]]]), [(0, 0), (0, 1)])
        1.0
    """
    rows, columns = zip(*places, strict=True)
    tried = responses[:, rows, columns]  # [places, their cells]
    mean = tried.mean(axis=0)
    shares = np.divide(tried, mean, out=np.zeros_like(tried), where=mean > 0)
    right = shares.argmax(axis=1) == np.arange(len(places))
    return float((right & (np.diagonal(tried) > 0)).mean())


def _by_cells(values: _Floats, grid: Grid) -> _Floats:
    """A view of one photo's numbers as [rows, columns, K]."""
    if values.ndim == 2:
        return values[grid.before :].reshape(*grid.cells, -1)
    return np.moveaxis(values, (grid.rows - 1, grid.columns - 1), (0, 1))


def _some(axis: Axis) -> list[int]:
    """Cells along an axis, spread over all of it."""
    return sorted({round(n * (axis.cells - 1) / (_TRIED - 1)) for n in range(_TRIED)})


def _those_in(axis: Axis, into: Axis, cell: int) -> slice:
    """The cells along an axis that lie in one of another that has as many or fewer."""
    each = axis.cells // into.cells
    return slice(cell * each, (cell + 1) * each)


def _runner(
    forward: ForwardGraph, base: str, names: Sequence[str]
) -> Callable[[_Floats], dict[str, _Floats]]:
    """Gives named tensors for other numbers of one that all ways lead through.

    Nothing else that they are computed from depends on what a photo shows, but sizes may on how
    many there are: so there must be as many as were traced.
    """
    whole, behind = forward.model, all_reached(forward.model.graph.node, base)
    needed, nodes = set(names), []
    for node in reversed(whole.graph.node):
        if needed.intersection(node.output) and behind.intersection(node.input):
            needed.update(node.input)
            nodes.append(node)
    beside = {name for node in nodes for name in node.input if name} - behind
    stored = {each.name: each for each in whole.graph.initializer}
    graph = helper.make_graph(
        nodes[::-1], "behind",
        [helper.make_tensor_value_info(base, TensorProto.FLOAT, forward.tensors[base].shape)],
        [helper.make_empty_tensor_value_info(name) for name in names],
        [
            stored.get(name) or numpy_helper.from_array(forward.tensors[name], name)
            for name in sorted(beside)
        ],
    )  # fmt: skip
    model = ModelProto(ir_version=whole.ir_version, opset_import=whole.opset_import, graph=graph)
    session = onnxruntime.InferenceSession(model.SerializeToString(), run_once())
    return lambda numbers: dict(zip(names, session.run(None, {base: numbers}), strict=True))
