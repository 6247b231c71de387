"""What a network is to all that follows: layers worth choosing among, probabilities of a head."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.network import Layer, candidate_layers, probabilities


def layer(name, grid, kind="Activation"):
    return Layer(name, kind, f"{name}:0", grid, 8)


def test_the_last_layer_of_every_grid_and_the_last_convolution_are_candidates():
    layers = (
        layer("stem", (8, 8), "Conv2D"), layer("stem_activation", (8, 8)),
        layer("top", (4, 4), "Conv2D"), layer("top_norm", (4, 4)), layer("top_activation", (4, 4)),
    )  # fmt: skip
    found = [each.name for each in candidate_layers(layers)]
    assert found == ["stem_activation", "top", "top_activation"]


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_probabilities_are_those_of_the_definition(head):
    logits = np.random.default_rng(0).normal(0, 3, (4, 3)).astype(np.float32)
    shares = np.exp(logits.astype(float))
    expected = shares / (shares.sum(-1, keepdims=True) if head == "softmax" else 1 + shares)
    assert probabilities(logits, head) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_extreme_logits_do_not_overflow(head):
    with np.errstate(over="raise", invalid="raise"):
        found = probabilities(np.float32([[1e4, -1e4]]), head)
    assert found.tolist() == [[1, 0]]
