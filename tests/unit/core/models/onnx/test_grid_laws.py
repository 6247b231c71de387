"""Each operation moves the cells by its law; what mixes or turns them has none."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from core.models.onnx.grid_laws import LAWS
from tests.support.onnx_graphs import node
from tests.support.onnx_grids import ONES, grid, rows


@pytest.mark.parametrize(
    ("made", "constants", "expected"),
    [
        (node("Conv", ["x", "w"], pads=[1] * 4), {"w": ONES}, (2, 0.5, 1, 6)),
        (node("Conv", ["x", "w"]), {"w": ONES}, (2, 1.5, 1, 4)),
        (node("Conv", ["x", "w"], strides=[2, 2], pads=[1] * 4), {"w": ONES}, (2, 0.5, 2, 3)),
        (node("Conv", ["x", "w"], strides=[2, 2], auto_pad="SAME_UPPER"), {"w": ONES},
         (2, 1.5, 2, 3)),
        (node("MaxPool", ["x"], kernel_shape=[2, 2], strides=[2, 2]), {}, (2, 1, 2, 3)),
        (node("AveragePool", ["x"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1), {},
         (2, 1, 2, 3)),
        (node("ConvTranspose", ["x", "w"], strides=[2, 2]),
         {"w": np.ones((3, 4, 2, 2), np.float32)}, (2, 0.25, 0.5, 12)),
        (node("Resize", ["x", "", "by"]), {"by": np.array([1, 1, 2, 2], "f4")}, (2, 0.25, 0.5, 12)),
        (node("Slice", ["x", "a", "b", "c"]),
         {"a": np.array([2]), "b": np.array([6]), "c": np.array([2])}, (2, 2.5, 1, 4)),
        (node("Slice", ["x", "a", "b", "c", "d"]),
         {"a": np.array([1]), "b": np.array([6]), "c": np.array([2]), "d": np.array([2])},
         (2, 1.5, 2, 3)),
        (node("Pad", ["x", "p"]), {"p": np.array([0, 0, 2, 0, 0, 0, 1, 0])}, (2, -1.5, 1, 9)),
        (node("Transpose", ["x"], perm=[0, 2, 3, 1]), {}, (1, 0.5, 1, 6)),
        (node("ReduceMax", ["x"], axes=[1], keepdims=0), {}, (1, 0.5, 1, 6)),
        (node("Softmax", ["x"], axis=1), {}, (2, 0.5, 1, 6)),
        (node("Mul", ["x", "k"]), {"k": ONES[:1, :, :1, :1]}, (2, 0.5, 1, 6)),
        (node("Concat", ["x", "x"], axis=1), {}, (2, 0.5, 1, 6)),
    ],
)  # fmt: skip
def test_an_operation_moves_the_cells_by_its_law(made, constants, expected):
    assert rows(grid(made, constants=constants)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Softmax", ["x"], axis=2)],
        [node("Slice", ["x", "a", "b", "c", "d"])],
        [node("Concat", ["x", "x"], axis=2)],
        [node("Gather", ["x", "order"], axis=2)],
        [node("Reshape", ["x", "turned"])],
        [node("Transpose", ["x"], "t", perm=[0, 1, 3, 2]), node("MatMul", ["x", "t"])],
        [node("Slice", ["x", "a2", "b2", "c"], "s"), node("Pad", ["s", "p"], "q"),
         node("Add", ["x", "q"])],
    ],
)  # fmt: skip
def test_what_mixes_or_turns_cells_proves_nothing(nodes):
    constants = {
        "a": np.array([-1]), "b": np.array([-100]), "c": np.array([2]), "d": np.array([-1]),
        "a2": np.array([2]), "b2": np.array([6]), "p": np.array([0, 0, 0, 0, 0, 0, 2, 0]),
        "order": np.array([1, 0, 2, 3, 4, 5]), "turned": np.array([0, 3, 5, 6]),
    }  # fmt: skip
    assert grid(*nodes, constants=constants) is None


def test_each_law_is_of_an_operation_that_may_be_in_a_file():
    known = files("core.models.files").joinpath("onnx_operations.txt").read_text("utf-8").split()
    assert set(LAWS) <= set(known)
