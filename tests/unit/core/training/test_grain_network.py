"""The network of single grains."""

from __future__ import annotations

import pytest

from core.training.grain_network import build_network

pytestmark = pytest.mark.tensorflow


def test_the_network_is_small():
    model = build_network(5)
    assert model.count_params() < 300_000
    assert model.output_shape == (None, 5)
