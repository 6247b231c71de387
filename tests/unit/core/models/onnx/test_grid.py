"""A grid's cells, and what a step says of its node, whichever form that has."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.models.cell_layout import Axis
from core.models.onnx.grid import Grid, Step
from tests.support.onnx_graphs import node

GRID = Grid((2, 3, 6, 5), 2, 3, (Axis(0.5, 1, 6), Axis(0.5, 1, 5)))
TENSORS = {
    "x": np.zeros((2, 3, 6, 5)),
    "flat": np.zeros((2, 3, 30)),
    "axes": np.array([2, -1]),
    "y": np.zeros((2, 3, 1, 1)),
}


def step(made):
    grids = {"x": GRID, "flat": GRID}
    return Step(made, SimpleNamespace(tensors=TENSORS), {"x", "flat", "y"}, grids)


def test_a_grid_has_rows_and_columns():
    assert GRID.cells == (6, 5)


@pytest.mark.parametrize("name", ["x", "flat"])
def test_a_step_knows_the_grid_of_what_it_takes_where_its_axes_are_apart(name):
    taken = step(node("Relu", [name]))
    assert taken.given == (GRID if name == "x" else None)
    assert taken.shape(name) == TENSORS[name].shape
    assert taken.out == (2, 3, 1, 1)


def test_numbers_come_as_an_input_or_in_older_forms_as_an_attribute():
    assert step(node("ReduceMean", ["x", "axes"])).numbers(1, "axes") == [2, -1]
    assert step(node("ReduceMean", ["x"], axes=[2, 3])).numbers(1, "axes") == [2, 3]
    assert step(node("ReduceMean", ["x"])).numbers(1, "axes") is None
    assert step(node("ReduceMean", ["x"], keepdims=0)).said("keepdims", 1) == 0
    assert step(node("ReduceMean", ["x"])).said("keepdims", 1) == 1
