"""What a finished graph gives besides the logits."""

from __future__ import annotations

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
