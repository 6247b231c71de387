"""What has the shape of a layer's tensor, turned into a grid."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.place import Place, Tokens, grid_nodes
from tests.support.onnx_graphs import run_nodes

GRID = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)  # [N, h, w, K]
ROW = GRID.reshape(2, 12, 5)


@pytest.mark.parametrize(
    ("place", "given"),
    [
        (Place("x"), GRID),
        (Place("x", channels_first=True), np.moveaxis(GRID, -1, 1)),
        (Place("x", tokens=Tokens(0, 3, 4)), ROW),
        (Place("x", tokens=Tokens(2, 3, 4)), np.concatenate([ROW[:, :2] + 9, ROW], axis=1)),
    ],
)
def test_every_place_gives_the_same_grid(place, given):
    found = run_nodes(grid_nodes(place, "x", "y"), {"x": np.ascontiguousarray(given)}, "y")
    assert found == pytest.approx(GRID)
