"""Interface of a runnable classifier: its layers and two ways to run it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layer:
    """A layer whose output keeps a grid.

    Attributes:
        name: As the model's author named it.
        kind: Its Keras class, such as "Conv2D"; of a plain graph, its operation.
        tensor: The name of its output in the frozen graph.
        grid: (rows, columns) of cells.
        channels: K.
        linear: Whether the logits' gradients there are the same for every photo, since all that
            follows is linear.
        pooled: Whether they are the same in every cell, since global average pooling follows.
    """

    name: str
    kind: str
    tensor: str
    grid: tuple[int, int]
    channels: int
    linear: bool = False
    pooled: bool = False


@dataclass(frozen=True)
class ForwardPass:
    """Result of one run of the network.

    Attributes:
        logits: float32 [N, C].
        scores: float32 [N, C], the probabilities.
        activations: float32 [N, h, w, K], of the layer.
        gradients: float32 [N, C, h, w, K], of each logit with respect to the activations;
            read-only where they are the same for all photos or cells and are stored once.
    """

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    activations: NDArray[np.float32]
    gradients: NDArray[np.float32]


class Network(Protocol):
    """A classifier that can be run, safe to use from several threads at once.

    Attributes:
        layers: All that can be explained at, from the input to the output; the last is the default.
        head: What turns logits into probabilities: "softmax", or "sigmoid" for classes that do not
            exclude each other.
    """

    @property
    def layers(self) -> tuple[Layer, ...]:
        """As above."""
        ...

    @property
    def head(self) -> str:
        """As above."""
        ...

    def forward(
        self, inputs: NDArray[np.float32], layer: Layer, classes: Sequence[int] | None = None
    ) -> ForwardPass:
        """Run it once on prepared inputs and explain at a layer.

        Args:
            inputs: float32 [N, h, w, c].
            layer: One of `layers`.
            classes: Indexes of the classes to give gradients of; all for None.
        """
        ...

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """The bare forward pass: float32 [N, C]."""
        ...

    def single_threaded(self) -> Network:
        """The same network, for callers that run several photos at once by themselves."""
        ...


def candidate_layers(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers worth choosing among: the last of every grid, and the last convolution.

    Between two layers of one grid the later knows more of the classes and is no coarser. The last
    convolution is what VizGradCAM takes.

    Example:
        >>> first = Layer("a", "Conv2D", "a:0", (4, 4), 8)
        >>> last = Layer("b", "Activation", "b:0", (4, 4), 8)
        >>> [layer.name for layer in candidate_layers((first, last))]
        ['a', 'b']
    """
    chosen = {layer.grid: layer for layer in layers}
    convolutions = [layer for layer in layers if layer.kind == "Conv2D"]
    kept = {*chosen.values(), *convolutions[-1:]}
    return tuple(layer for layer in layers if layer in kept)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits [..., C], without overflow.

    Example:
        >>> softmax(np.array([0.0, 0.0], np.float32)).tolist()
        [0.5, 0.5]
    """
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def probabilities(logits: NDArray[np.float32], head: str) -> NDArray[np.float32]:
    """What a head makes of logits [..., C].

    Example:
        >>> probabilities(np.zeros(2, np.float32), "sigmoid").tolist()
        [0.5, 0.5]
    """
    if head == "softmax":
        return softmax(logits)
    # The same as 1 / (1 + exp(-x)), without overflow.
    return (np.tanh(logits / np.float32(2)) + np.float32(1)) / np.float32(2)
