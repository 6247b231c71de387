"""A network that is read back from its file says what the file says, and trains on from there."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from core.errors import TrainingError
from core.training.export_segmenter import export_segmenter
from core.training.read_segmenter import read_segmenter
from core.training.segmenter_network import build_segmenter

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def _photos(number: int) -> np.ndarray:
    return np.random.default_rng(number).uniform(0, 255, (4, 64, 64, 3)).astype(np.float32)


def test_it_says_what_the_file_says(tmp_path):
    network, file = build_segmenter(), tmp_path / "segmenter.onnx"
    network(_photos(0), training=True)  # so that no normalization is the identity
    export_segmenter(network, file)
    read = build_segmenter()
    read_segmenter(read, file, _photos)
    expected = np.asarray(network(_photos(99), training=False))
    said = np.asarray(read(_photos(99), training=False))
    assert np.abs(said - expected).max() <= 0.02 * np.ptp(expected)  # half precision


def test_a_step_starts_where_the_file_stopped(tmp_path):
    # In a step the decoder's normalizations divide by what the batch has: with the averages of
    # such batches they must hardly differ from what they do when nothing is trained.
    network, file = build_segmenter(), tmp_path / "segmenter.onnx"
    export_segmenter(network, file)
    read = build_segmenter()
    read_segmenter(read, file, _photos)
    for layer in read.layers:
        if layer.name.endswith("_norm") and not layer.name.startswith("mix"):
            layer.trainable = False
    still = np.asarray(read(_photos(99), training=False))
    stepping = np.asarray(read(_photos(99), training=True))
    assert np.abs(stepping - still).mean() <= 0.05 * np.ptp(still)


def test_another_file_is_refused(tmp_path):
    file = tmp_path / "segmenter.onnx"
    for data in (b"no model", onnx.ModelProto().SerializeToString()):
        file.write_bytes(data)
        with pytest.raises(TrainingError, match="is no segmenter"):
            read_segmenter(build_segmenter(), file, _photos)
