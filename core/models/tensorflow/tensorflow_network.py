"""A frozen classifier run by TensorFlow: the reference, and the fallback for what ONNX lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.models.network import ForwardPass, Layer, probabilities
from core.models.tensorflow.freeze import FrozenGraph


@dataclass(frozen=True)
class Probe:
    """What one run of a network showed.

    Attributes:
        logits: float32 [N, C].
        activations: Every layer's, float32 [N, h, w, K], by name.
        gradients: Of a sum of the logits at some layers, likewise.
    """

    logits: NDArray[np.float32]
    activations: dict[str, NDArray[np.float32]]
    gradients: dict[str, NDArray[np.float32]]


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

    def probe(
        self, inputs: NDArray[np.float32], row: NDArray[np.float32], layers: Sequence[Layer]
    ) -> Probe:
        """Every layer's activations, and one gradient at some layers, all in a single run.

        Args:
            inputs: float32 [N, h, w, c].
            row: float32 [C], the weights of the logits in the sum whose gradients are taken.
            layers: Where to take them.
        """
        config = tf.compat.v1.ConfigProto()
        # What is run once is not worth rewriting.
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        with tf.Graph().as_default() as graph:
            tf.graph_util.import_graph_def(self.frozen.graph_def, name="")
            logits = graph.get_tensor_by_name(self.frozen.logits)
            tensors = {each.name: graph.get_tensor_by_name(each.tensor) for each in self.layers}
            names = [each.name for each in layers]
            total = tf.linalg.matvec(logits, tf.constant(row))
            gradients = tf.gradients(total, [tensors[name] for name in names])
            wanted = (logits, tensors, dict(zip(names, gradients, strict=True)))
            with tf.compat.v1.Session(graph=graph, config=config) as session:
                return Probe(
                    *session.run(wanted, {self.frozen.input: inputs, **self.frozen.weights})
                )

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
            frozen.graph_def, _inputs(frozen, inputs), [frozen.logits], name=""
        )

    photos = tf.TensorSpec([None, *frozen.shape], tf.float32)
    return tf.function(forward).get_concrete_function(photos)


def _explain(frozen: FrozenGraph, tensor: str) -> Any:
    """From inputs and a row of weights of the logits to logits, activations, their gradients."""

    def explain(inputs: Any, row: Any) -> Any:
        logits, activations = tf.graph_util.import_graph_def(
            frozen.graph_def, _inputs(frozen, inputs), [frozen.logits, tensor], name=""
        )
        (gradients,) = tf.gradients(tf.linalg.matvec(logits, row), activations)
        return logits, activations, gradients

    photos = tf.TensorSpec([None, *frozen.shape], tf.float32)
    row = tf.TensorSpec([frozen.classes], tf.float32)
    return tf.function(explain).get_concrete_function(photos, row)


def _inputs(frozen: FrozenGraph, photos: Any) -> dict[str, Any]:
    """What a graph's placeholders stand for; the weights as constants of the graph around it."""
    return {frozen.input: photos} | {
        name: tf.constant(values) for name, values in frozen.weights.items()
    }
