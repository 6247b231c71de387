"""The network answers for every two by two pixels, at any size; its encoder is Lite0's."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.tensorflow.warm_start import load_lite0_weights
from core.training.segmenter_network import OUTPUTS, build_segmenter

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def network():
    return build_segmenter(load_lite0_weights())


def test_it_answers_at_half_the_size_of_any_photo(network):
    for height, width in ((32, 48), (64, 32)):
        maps = network(np.zeros((1, height, width, 3), np.float32), training=False)
        assert maps.shape == (1, height // 2, width // 2, len(OUTPUTS))
        assert np.isfinite(maps).all()
    assert network.count_params() < 800_000


def test_the_encoder_has_the_weights_of_lite0(network):
    arrays = load_lite0_weights()
    (stem,) = network.get_layer("stem_conv").get_weights()
    np.testing.assert_array_equal(stem, arrays["_conv_stem.weight"].transpose(2, 3, 1, 0))
    (depth,) = network.get_layer("block10_depth_conv").get_weights()
    depthwise = arrays["_blocks.10._depthwise_conv.weight"]
    np.testing.assert_array_equal(depth, depthwise.transpose(2, 3, 0, 1))
    means = network.get_layer("block10_project_norm").get_weights()[2]
    np.testing.assert_array_equal(means, arrays["_blocks.10._bn2.running_mean"])
