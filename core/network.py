"""What a network is to everything after it: named layers with a grid, and one way to run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layer:
    """A layer whose output keeps a grid.

    Attributes:
        name: As the model's author named it.
        kind: Its Keras class, such as "Conv2D".
        tensor: The name of its output in the frozen graph.
        grid: (rows, columns) of cells.
        channels: K.
    """

    name: str
    kind: str
    tensor: str
    grid: tuple[int, int]
    channels: int


@dataclass(frozen=True)
class Run:
    """What one run of the network gives.

    Attributes:
        logits: float32 [N, C].
        scores: float32 [N, C], the probabilities.
        activations: float32 [N, h, w, K], of the layer.
        gradients: float32 [N, C, h, w, K], of each logit with respect to the activations.
    """

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    activations: NDArray[np.float32]
    gradients: NDArray[np.float32]


class Network(Protocol):
    """A classifier that can be run, safe to use from several threads at once.

    Attributes:
        layers: All that can be explained at, from the input to the output; the last is the default.
    """

    @property
    def layers(self) -> tuple[Layer, ...]:
        """As above."""
        ...

    def run(self, inputs: NDArray[np.float32], layer: Layer) -> Run:
        """Run it once on prepared inputs, float32 [N, h, w, 3], and explain at a layer."""
        ...
