"""The compiled form of a model: ONNX, run without TensorFlow.

What is compiled is the way from the input to the logits, with the explained layer's activations on
the side. Gradients are not: behind global average pooling and one dense layer they are the dense
layer's weights over the number of cells, the same for every photo (Zhou et al. 2016, "Learning Deep
Features for Discriminative Localization", arXiv 1512.04150, equation 2), and travel along as a
constant. Another layer, or a model with another head, is run by TensorFlow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from core.cam import softmax
from core.network import Layer, Network, Run

COMPILED_FILE = "compiled.onnx"
_FORMAT = "1"  # of what is written; another one is not read


class CompiledNetwork:
    """A compiled model, with TensorFlow behind it for the layers that are not.

    Args:
        file: The ONNX file that `compile.compile_model` wrote.
        otherwise: Opens the network that runs any layer; called once, when one is asked for.

    Attributes:
        layers: All that can be explained at; the last is the compiled one.
        model: SHA-256 of the model file it was made from; empty if it is of another format.
    """

    def __init__(self, file: Path, otherwise: Callable[[], Network]) -> None:
        self._session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._open = otherwise
        about = self._session.get_modelmeta().custom_metadata_map
        rows = json.loads(about["layers"])
        self.layers = tuple(Layer(**{**row, "grid": tuple(row["grid"])}) for row in rows)
        self.model = about["model"] if about["format"] == _FORMAT else ""

    @cached_property
    def _otherwise(self) -> Network:
        return self._open()

    def run(self, inputs: NDArray[np.float32], layer: Layer) -> Run:
        """As `network.Network.run`."""
        if layer != self.layers[-1]:
            return self._otherwise.run(inputs, layer)
        logits, activations, weights = self._session.run(None, {self._input: inputs})
        count, rows, columns, channels = activations.shape
        gradients = np.broadcast_to(
            weights[None, :, None, None, :] / np.float32(rows * columns),
            (count, len(weights), rows, columns, channels),
        )
        return Run(logits, softmax(logits), activations, gradients)


def metadata(model: Path, layers: tuple[Layer, ...]) -> dict[str, str]:
    """What a compiled file says of itself: its format, its model's SHA-256 and its layers."""
    rows = json.dumps([asdict(layer) for layer in layers])
    return {"format": _FORMAT, "model": sha256(model), "layers": rows}


def sha256(file: Path) -> str:
    """A file's hash, by which a compiled form knows its model."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
