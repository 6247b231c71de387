"""Grids are handed on from operation to operation, also through reshapes and back."""

from __future__ import annotations

import numpy as np

from core.models.cell_layout import Axis
from core.models.onnx.grid import Grid
from tests.support.onnx_graphs import node
from tests.support.onnx_grids import ONES, grid, rows


def test_channels_may_be_shuffled():
    found = grid(
        node("Concat", ["x", "x"], "c", axis=1),
        node("Reshape", ["c", "apart"], "a"),
        node("Transpose", ["a"], "t", perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "whole"]),
        constants={"apart": np.array([0, 2, 3, 6, 5]), "whole": np.array([0, 6, 6, 5])},
    )
    assert rows(found) == (2, 0.5, 1, 6)


def test_a_norm_of_groups_keeps_the_places():
    found = grid(
        node("Reshape", ["x", "flat"], "f"),
        node("InstanceNormalization", ["f", "one", "one"], "n"),
        node("Reshape", ["n", "whole"]),
        constants={
            "flat": np.array([0, 1, -1]), "one": np.ones(1, "f4"), "whole": np.array([0, 3, 6, 5]),
        },
    )  # fmt: skip
    assert rows(found) == (2, 0.5, 1, 6)


def test_a_dense_layer_of_every_cell_and_a_gate_of_every_channel():
    found = grid(
        node("Transpose", ["x"], "t", perm=[0, 2, 3, 1]),
        node("MatMul", ["t", "w"], "m"),
        node("ReduceMean", ["m"], "g", axes=[1, 2]),
        node("Mul", ["m", "g"]),
        constants={"w": ONES[:3, :, 0, 0]},
    )
    assert rows(found) == (1, 0.5, 1, 6)


def test_a_grid_that_is_known_from_elsewhere_is_handed_on():
    turned = [node("Transpose", ["x"], "t", perm=[0, 1, 3, 2]), node("MatMul", ["x", "t"], "m")]
    graph = [*turned, node("Relu", ["m"])]
    assert grid(*graph) is None
    found = grid(*graph, known={"m": Grid((2, 3, 6, 6), 2, 3, (Axis(0.5, 1, 6), Axis(0.5, 1, 6)))})
    assert rows(found) == (2, 0.5, 1, 6)
