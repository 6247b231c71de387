"""Grids behind some nodes of an ONNX graph."""

from __future__ import annotations

import numpy as np

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.proven_grids import prove_grids
from tests.support.onnx_graphs import build, node

ONES = np.ones((4, 3, 3, 3), np.float32)
FIRST = node("Transpose", ["photos"], "x", perm=[0, 3, 1, 2])  # [2, 3, 6, 5]


def grid(*nodes, constants=None, known=None):
    """The grid of "y" behind nodes on "x"."""
    model = build([FIRST, *nodes], constants or {}, ["y"])
    forward = trace(model, {}, np.zeros((2, 6, 5, 3), np.float32))
    moving = set(forward.tensors) - set(forward.constants)
    found = prove_grids(forward, moving, known or {}).get("y")
    return found if found and found.shape == forward.tensors["y"].shape else None


def rows(found):
    """(axis, first, step, cells) of the rows."""
    axis = found.layout[0]
    return found.rows, axis.first, axis.step, axis.cells
