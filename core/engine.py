"""Any opened classifier becomes one explain function: photos in; scores and every map out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.cam import METHODS, probability_gradients
from core.card import Card
from core.errors import ModelError
from core.explanation import Explanation
from core.network import Layer, Network, Run
from core.photo import Photo
from core.preprocess import fit, normalize, place

_BATCH = 16  # photos a run, so that memory stays bounded for any number of them


class Engine:
    """A classifier and its card; safe to use from several threads.

    Args:
        name: The model's name.
        card: The model's card.
        network: What runs it.

    Attributes:
        name, card, network: As given.
        layers: All that can be explained at, from the input to the output; the last is the default.

    Raises:
        ModelError: If the model has no layer that can be explained.
    """

    def __init__(self, name: str, card: Card, network: Network) -> None:
        self.network = network
        self.name, self.card, self.layers = name, card, network.layers
        if not self.layers:
            raise ModelError(
                "no_layer",
                f"{self.name} has no layer with a grid before its output, so there is nothing to "
                "draw a map on.",
                name=self.name,
            )

    def layer(self, name: str | None = None) -> Layer:
        """A layer by name; the last one with more than one cell for None.

        Raises:
            ModelError: If there is none of that name; lists those there are.
        """
        if name is None:
            return self.layers[-1]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ModelError(
            "layer_unknown",
            f"{self.name} has no layer {name!r} with a grid. It has: "
            f"{', '.join(layer.name for layer in self.layers)}.",
            name=name,
        )

    def run(self, inputs: NDArray[np.float32], layer: str | None = None) -> Run:
        """Run the network once on prepared inputs, float32 [N, h, w, 3]."""
        return self.network.run(inputs, self.layer(layer))

    def explain(
        self,
        photos: Sequence[Photo],
        method: str = "grad-cam",
        score: str = "logit",
        layer: str | None = None,
    ) -> list[Explanation]:
        """Explain photos: every class's map from one forward pass each.

        Args:
            photos: Any number.
            method: One of `cam.METHODS`.
            score: "logit", or "probability" as VizGradCAM does.
            layer: Name of the layer to explain at; the last one for None.

        Returns:
            One a photo, in order.
        """
        explanations = []
        for start in range(0, len(photos), _BATCH):
            chunk = photos[start : start + _BATCH]
            placements = [
                place(photo.full_size[::-1], self.card.input.size, self.card.input.geometry)
                for photo in chunk
            ]
            pixels = np.stack([fit(p.rgb, at) for p, at in zip(chunk, placements, strict=True)])
            run = self.run(normalize(pixels, self.card.input.values), layer)
            gradients = run.gradients
            if score == "probability":
                gradients = probability_gradients(gradients, run.scores)
            maps = METHODS[method](run.activations, gradients)
            explanations += [
                Explanation(
                    sha256=photo.sha256,
                    model=self.name,
                    classes=self.card.names,
                    layer=self.layer(layer).name,
                    method=method,
                    score=score,
                    placement=placements[index],
                    logits=run.logits[index],
                    scores=run.scores[index],
                    maps=maps[index],
                )
                for index, photo in enumerate(chunk)
            ]
        return explanations
