"""A frozen classifier run by TensorFlow: the reference, and the fallback for what ONNX lacks."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.models.network import ForwardPass, Layer, probabilities
from core.models.tensorflow.freeze import FrozenGraph


class TensorFlowNetwork:
    """A frozen classifier, compiled by TensorFlow for each layer that is asked for.

    Attributes:
        frozen: The graph.
        layers, head: As `network.Network`.
    """

    def __init__(self, frozen: FrozenGraph) -> None:
        self.frozen = frozen
        self.layers, self.head = frozen.layers, frozen.head
        self._functions: dict[str, Any] = {}
        self._turn = Lock()  # tracing is not safe from several threads

    def forward(
        self, inputs: NDArray[np.float32], layer: Layer, classes: Sequence[int] | None = None
    ) -> ForwardPass:
        """As `network.Network.forward`."""
        function = self._function(layer.tensor)
        wanted = range(self.frozen.classes) if classes is None else classes
        rows = np.eye(self.frozen.classes, dtype=np.float32)[list(wanted)]
        photos = tf.constant(inputs, tf.float32)
        runs = [[each.numpy() for each in function(photos, tf.constant(row))] for row in rows]
        logits, activations, _ = runs[0]
        gradients = np.stack([gradient for _, _, gradient in runs], axis=1)
        return ForwardPass(logits, probabilities(logits, self.head), activations, gradients)

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `network.Network.logits`."""
        (logits,) = self._function("")(tf.constant(inputs, tf.float32))
        return logits.numpy()

    def single_threaded(self) -> TensorFlowNetwork:
        """As `network.Network.single_threaded`; TensorFlow shares one pool of threads by itself."""
        return self

    def activations(self, inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Every layer's activations, float32 [N, h, w, K], by name."""

        def forward(photos: Any) -> Any:
            tensors = [layer.tensor for layer in self.layers]
            return tf.graph_util.import_graph_def(
                self.frozen.graph_def, {self.frozen.input: photos}, tensors, name=""
            )

        found = tf.function(forward)(tf.constant(inputs, tf.float32))
        return {layer.name: each.numpy() for layer, each in zip(self.layers, found, strict=True)}

    def _function(self, tensor: str) -> Any:
        with self._turn:
            if tensor not in self._functions:
                make = _explain if tensor else _forward
                self._functions[tensor] = make(self.frozen, tensor)
            return self._functions[tensor]


def _forward(frozen: FrozenGraph, _tensor: str) -> Any:
    """From inputs [N, h, w, c] to logits."""

    def forward(inputs: Any) -> Any:
        return tf.graph_util.import_graph_def(
            frozen.graph_def, {frozen.input: inputs}, [frozen.logits], name=""
        )

    photos = tf.TensorSpec([None, *frozen.shape], tf.float32)
    return tf.function(forward).get_concrete_function(photos)


def _explain(frozen: FrozenGraph, tensor: str) -> Any:
    """From inputs and a row of weights of the logits to logits, activations, their gradients."""

    def explain(inputs: Any, row: Any) -> Any:
        logits, activations = tf.graph_util.import_graph_def(
            frozen.graph_def, {frozen.input: inputs}, [frozen.logits, tensor], name=""
        )
        (gradients,) = tf.gradients(tf.linalg.matvec(logits, row), activations)
        return logits, activations, gradients

    photos = tf.TensorSpec([None, *frozen.shape], tf.float32)
    row = tf.TensorSpec([frozen.classes], tf.float32)
    return tf.function(explain).get_concrete_function(photos, row)
