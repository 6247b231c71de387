"""Where the cells of an ONNX graph's grids lie on the photo, as far as the operations prove it.

Each operation hands the grid on by its law, see `grid_laws`. Behind anything without one, such as
a product of two tensors, axes may stand for anything, and nothing is proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import Any

from core.models.cell_layout import Axis
from core.models.onnx.autodiff.backward import ForwardGraph
from core.models.onnx.grid import Grid, Step
from core.models.onnx.grid_laws import LAWS

_NONE: Mapping[str, Any] = MappingProxyType({})


def prove_grids(
    forward: ForwardGraph, moving: AbstractSet[str], known: Mapping[str, Grid] = _NONE
) -> dict[str, Grid]:
    """The grid of every tensor whose operations prove it.

    Args:
        forward: A graph of photos [N, h, w, c], and its tensors.
        moving: The tensors that depend on what the photos show.
        known: Grids that are known from elsewhere.
    """
    shapes = {name: values.shape for name, values in forward.tensors.items()}
    photo = shapes[forward.input]
    whole = (Axis(0.5, 1, photo[1]), Axis(0.5, 1, photo[2]))
    grids = {forward.input: Grid(photo, 1, 2, whole), **known}
    for node in forward.model.graph.node:
        if moving.isdisjoint(node.output):
            continue
        step = Step(node, forward, moving, grids)
        law = LAWS.get(node.op_type)
        found = law(step) if law else None
        for name in node.output:
            if not found or not name:
                continue
            # Of those with several outputs only Split is followed, which cuts the channels.
            grid = replace(found, shape=shapes[name]) if node.op_type == "Split" else found
            if prod(grid.shape) == prod(shapes[name]) and grid.cells == tuple(
                axis.cells for axis in grid.layout
            ):
                grids[name] = grid
    return grids
