"""The ways through a graph: what is on them, and what all of them lead through."""

from __future__ import annotations

import numpy as np

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.ways import nodes_on_the_way, passed_by_all
from tests.support.onnx_graphs import model, node

PHOTOS = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype(np.float32)
NODES = [
    node("MatMul", ["x", "weights"], "learned"),
    node("Relu", ["learned"], "one"),
    node("Exp", ["learned"], "other"),
    node("Shape", ["x"], "shape"),
    node("Add", ["one", "other"], "both"),
    node("Tanh", ["learned"], "unused"),
    node("Neg", ["both"]),
]


def traced():
    weights = {"weights": np.eye(5, dtype=np.float32)}
    return trace(model(NODES, weights), {}, PHOTOS)


def test_only_what_leads_from_the_photos_to_the_logits_is_on_the_way():
    outputs = [name for each in nodes_on_the_way(traced(), "logits") for name in each.output]
    assert outputs == ["x0", "x", "learned", "one", "other", "both", "y", "flattened", "logits"]


def test_branches_are_not_passed_by_all_nor_is_what_comes_before_the_first_weights():
    passed = passed_by_all(nodes_on_the_way(traced(), "logits"), "photos")
    assert passed == {"learned", "both", "y", "flattened", "logits"}
