"""A frozen graph run by TensorFlow: gradients of its logits, some or all, from several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def network(small_model):
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    return TensorFlowNetwork(small_model.frozen)


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype(np.float32)


def test_a_forward_pass_has_the_layers_activations_and_a_gradient_a_class(network, inputs):
    layer = network.layers[-1]
    found = network.forward(inputs, layer)
    assert found.activations.shape == (2, *layer.grid, layer.channels)
    assert found.gradients.shape == (2, 3, *layer.grid, layer.channels)
    assert found.scores.sum(axis=1) == pytest.approx(1)
    assert network.logits(inputs) == pytest.approx(found.logits, abs=1e-5)


def test_a_probe_shows_all_activations_and_a_weighted_gradient_at_once(network, inputs):
    first, last = network.layers[0], network.layers[-1]
    row = np.float32([1, -2, 0.5])
    probe = network.probe(inputs, row, [first, last])
    assert probe.activations.keys() == {layer.name for layer in network.layers}
    for layer in (first, last):
        found = network.forward(inputs, layer)
        assert probe.logits == pytest.approx(found.logits, abs=1e-5)
        assert probe.activations[layer.name] == pytest.approx(found.activations, abs=1e-5)
        weighted = np.einsum("c,nc...->n...", row, found.gradients)
        assert probe.gradients[layer.name] == pytest.approx(weighted, abs=1e-5)


def test_gradients_of_some_classes_are_those_of_all(network, inputs):
    layer = network.layers[-1]
    every, some = network.forward(inputs, layer), network.forward(inputs, layer, [2, 0])
    assert some.gradients == pytest.approx(every.gradients[:, [2, 0]])
    assert some.logits == pytest.approx(every.logits)


def test_several_threads_get_the_same(network, inputs):
    layer = network.layers[-2]
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: network.forward(inputs, layer), range(4)))
    for run in runs:
        assert run.gradients == pytest.approx(runs[0].gradients, abs=1e-6)
    assert network.single_threaded() is network
