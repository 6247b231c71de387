"""Interface of a runnable classifier: its layers and two ways to run it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Span(NamedTuple):
    """Where the cells of a grid lie along an axis, in shares of the input's side.

    Attributes:
        begin, end: Of the cells, each as wide as the others.
        seen_begin, seen_end: Of what they see of the input, 0 to 1.
    """

    begin: float
    end: float
    seen_begin: float
    seen_end: float


@dataclass(frozen=True)
class Layer:
    """A layer whose output is a grid that lies as the input does.

    Attributes:
        name: As the model's author named it.
        kind: Its Keras class, such as "Conv2D"; of a plain graph, its operation.
        tensor: The name of its output in the frozen graph.
        grid: (rows, columns) of cells.
        channels: K.
        linear: Whether the logits' gradients there are the same for every photo, since all that
            follows is linear.
        pooled: Whether they are the same in every cell, since global average pooling follows.
        spans: Where its rows and its columns lie; None where they fill the input evenly.
        balanced: Whether its gradients are not the true ones but balanced, as of LibraGrad.
    """

    name: str
    kind: str
    tensor: str
    grid: tuple[int, int]
    channels: int
    linear: bool = False
    pooled: bool = False
    spans: tuple[Span, Span] | None = None
    balanced: bool = False

    @property
    def map_grid(self) -> tuple[int, int]:
        """(rows, columns) of a map, which fills the input: so many cells as wide as the layer's.

        Example:
            >>> inner = Span(0.25, 0.75, 0.0, 1.0)
            >>> Layer("a", "Conv2D", "a:0", (4, 4), 8, spans=(inner, inner)).map_grid
            (8, 8)
        """
        if self.spans is None:
            return self.grid
        rows, columns = (
            max(1, round(cells / (span.end - span.begin)))
            for cells, span in zip(self.grid, self.spans, strict=True)
        )
        return rows, columns


@dataclass(frozen=True)
class ForwardPass:
    """Result of one run of the network.

    Attributes:
        logits: float32 [N, C].
        scores: float32 [N, C], the network's own probabilities, without a temperature.
        activations: float32 [N, h, w, K], of the layer.
        gradients: float32 [N, C, h, w, K], of each logit with respect to the activations, true or
            balanced as the layer says; read-only where they are the same for all photos or cells
            and are stored once.
    """

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    activations: NDArray[np.float32]
    gradients: NDArray[np.float32]


class Network(Protocol):
    """A classifier that can be run, safe to use from several threads at once.

    Attributes:
        layers: All that can be explained at, from the input to the output; but last the default.
        head: What turns logits into probabilities: "softmax", "sigmoid" for classes that do not
            exclude each other, or "mixture" where the logits are the probabilities' logarithms.
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
    convolution is what VizGradCAM takes. One of balanced gradients is LibraGrad's alone.

    Example:
        >>> first = Layer("a", "Conv2D", "a:0", (4, 4), 8)
        >>> last = Layer("b", "Activation", "b:0", (4, 4), 8)
        >>> [layer.name for layer in candidate_layers((first, last))]
        ['a', 'b']
    """
    layers = tuple(layer for layer in layers if not layer.balanced)
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


def probabilities(
    logits: NDArray[np.float32], head: str, temperature: float = 1.0
) -> NDArray[np.float32]:
    """What a head makes of logits [..., C].

    Args:
        logits: Of a network.
        head: As `Network`.
        temperature: Divides the logits (Guo et al. 2017, arXiv 1706.04599, equation 9): above 1
            makes a model less sure, below 1 surer; the order of the classes stays.

    Example:
        >>> probabilities(np.zeros(2, np.float32), "sigmoid").tolist()
        [0.5, 0.5]
        >>> logits = np.log(np.array([1, 9], np.float32))
        >>> probabilities(logits, "softmax", temperature=2).round(2).tolist()
        [0.25, 0.75]
    """
    if temperature != 1:
        logits = logits / np.float32(temperature)
    if head != "sigmoid":
        return softmax(logits)
    # The same as 1 / (1 + exp(-x)), without overflow.
    return (np.tanh(logits / np.float32(2)) + np.float32(1)) / np.float32(2)
