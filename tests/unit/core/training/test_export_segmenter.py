"""The file answers as the network does, at any size, and is half as large."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from core.training.export_segmenter import export_segmenter
from core.training.segmenter_network import build_segmenter

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def test_the_file_answers_as_the_network_does(tmp_path):
    network, file = build_segmenter(), tmp_path / "segmenter.onnx"
    export_segmenter(network, file)
    assert [each.name for each in tmp_path.iterdir()] == ["segmenter.onnx"]
    assert file.stat().st_size < 2.2 * network.count_params()
    operations = [node.op_type for node in onnx.load(file).graph.node]
    assert operations.count("Resize") == 3
    assert "Tile" not in operations
    session = onnxruntime.InferenceSession(file)
    for height, width in ((32, 48), (64, 32)):
        photo = np.random.default_rng(0).uniform(0, 255, (1, height, width, 3)).astype(np.float32)
        (maps,) = session.run(["maps"], {"photo": photo})
        expected = np.asarray(network(photo, training=False))
        assert np.abs(maps - expected).max() <= 0.02 * np.ptp(expected) + 1e-3
