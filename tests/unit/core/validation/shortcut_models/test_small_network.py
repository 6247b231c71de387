"""The small network is the beginning of the article's."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.tensorflow import warm_start
from core.validation.shortcut_models.small_network import build_network

pytestmark = pytest.mark.tensorflow


def test_it_starts_from_the_same_weights_under_the_same_names():
    model = build_network(weights="lite0")
    arrays = warm_start.load_lite0_weights()
    assert model.output_shape == (None, 3)
    assert model.get_layer("top_activation").output.shape == (None, 7, 7, 1280)
    (kernel,) = model.get_layer("block4c_project_conv").get_weights()
    lent = arrays["_blocks.7._project_conv.weight"].transpose(2, 3, 1, 0)
    assert np.array_equal(kernel, lent)
    assert model.count_params() < 450_000
