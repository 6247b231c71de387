"""Where cells lie in an ONNX graph, by the law of each operation; and what proves nothing."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.proven_grids import prove_grids
from tests.support.onnx_graphs import build, node

ONES = np.ones((4, 3, 3, 3), np.float32)
FIRST = node("Transpose", ["photos"], "x", perm=[0, 3, 1, 2])  # [2, 3, 6, 5]


def grid(*nodes, constants=None):
    """The grid of "y" behind nodes on "x"."""
    model = build([FIRST, *nodes], constants or {}, ["y"])
    forward = trace(model, {}, np.zeros((2, 6, 5, 3), np.float32))
    moving = set(forward.tensors) - set(forward.constants)
    found = prove_grids(forward, moving).get("y")
    return found if found and found.shape == forward.tensors["y"].shape else None


def rows(found):
    """(axis, first, step, cells) of the rows."""
    axis = found.layout[0]
    return found.rows, axis.first, axis.step, axis.cells


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
