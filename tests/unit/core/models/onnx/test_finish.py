"""What a finished graph gives besides the logits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.models.network import Layer
from core.models.onnx import finish as finishing
from core.models.onnx.autodiff.backward import trace
from core.models.onnx.finish import class_gradients, finish
from core.models.onnx.place import Place
from tests.support.onnx_graphs import model, node, run

PHOTOS = np.random.default_rng(1).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
LAYER = Layer("x", "Identity", "x", (6, 5), 3, linear=True)


def test_constant_gradients_travel_along():
    forward = trace(model([node("Neg", ["x"])], {}), {}, PHOTOS)
    _, activations, gradients = run(finish(forward, LAYER, Place("x", True)), PHOTOS)
    assert activations == pytest.approx(PHOTOS)
    mix = forward.constants["mix"].reshape(2, 3, 6, 5)
    assert gradients == pytest.approx(-mix.transpose(0, 2, 3, 1))


def test_too_many_are_computed_when_they_are_asked_for(monkeypatch):
    monkeypatch.setattr(finishing, "_MOST", 100)
    forward = trace(model([node("Neg", ["x"])], {}), {}, PHOTOS)
    finished = finish(forward, LAYER, Place("x", True))
    assert [each.name for each in finished.graph.output] == ["logits", "activations"]


def test_gradients_of_rows_of_weights():
    forward = trace(model([node("Tanh", ["x"])], {}), {}, PHOTOS)
    rows = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    found = class_gradients(forward, Place("x", True))(rows)
    assert found.shape == (2, 3, 6, 5, 3)
    assert found[:, 2] == pytest.approx(found[:, 0] + found[:, 1], abs=1e-5)


@pytest.mark.parametrize("keepdims", [0, 1])
def test_behind_a_mean_each_cell_has_its_share(keepdims, monkeypatch):
    asked = []

    def recorded(forward, place):
        asked.append(place.tensor)
        return class_gradients(forward, place)

    monkeypatch.setattr(finishing, "class_gradients", recorded)
    graph = model([node("ReduceMean", ["x"], axes=[2, 3], keepdims=keepdims)], {})
    forward = trace(graph, {}, PHOTOS)
    finished = finish(forward, replace(LAYER, pooled=True), Place("x", True))
    *_, gradients = run(finished, PHOTOS)
    assert gradients.shape == (2, 1, 1, 3)
    assert gradients[:, 0, 0] == pytest.approx(forward.constants["mix"] / 30)
    assert asked == (["y"] if keepdims else ["x"])  # the mean is smaller, where it is a grid, too


def test_a_mean_that_is_not_all_that_reads_a_grid_is_not_taken_for_it():
    nodes = [
        node("GlobalAveragePool", ["x"], "mean"),
        node("GlobalAveragePool", ["x"], "again"),
        node("Add", ["mean", "again"]),
    ]
    forward = trace(model(nodes, {}), {}, PHOTOS)
    *_, gradients = run(finish(forward, replace(LAYER, pooled=True), Place("x", True)), PHOTOS)
    assert gradients[:, 0, 0] == pytest.approx(2 * forward.constants["mix"] / 30)
