"""Shows photos to an opened classifier, as its card says, and gives its scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.images.decode import Photo
from core.images.preprocess import Placement, fit, normalize, place
from core.models.card import Card
from core.models.network import Network, probabilities

# Pixels of input a run: so many that a call's own cost is spread, so few that what lies between
# the layers stays in the processor's cache; and memory stays bounded for any number of photos.
_PIXELS = 64 * 64 * 32

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FittedPhoto:
    """A photo as a model is shown it.

    Attributes:
        pixels: uint8 [h, w, 3], the model's input before `prepare`.
        placement: Where the photo lies in it.
        sha256, assumed_bits: As of `Photo`.
    """

    pixels: Pixels
    placement: Placement
    sha256: str
    assumed_bits: int | None


class Classifier:
    """A classifier and its card; safe to use from several threads.

    Args:
        name: The model's name.
        card: The model's card.
        network: What runs it.

    Attributes:
        name, card, network: As given.
        batch: How many photos are shown to it in one run.
    """

    def __init__(self, name: str, card: Card, network: Network) -> None:
        self.name, self.card, self.network = name, card, network
        self.batch = max(1, _PIXELS // (card.input.height * card.input.width))

    def fit(self, photo: Photo) -> FittedPhoto:
        """A photo as the model is shown it."""
        given = self.card.input
        placement = place(photo.full_size[::-1], given.size, given.geometry)
        pixels = fit(photo.rgb, placement)
        return FittedPhoto(pixels, placement, photo.sha256, photo.assumed_bits)

    def prepare(self, pixels: Pixels) -> Floats:
        """Photos in the model's size, uint8 [N, h, w, 3], as the numbers that it takes."""
        given = self.card.input
        return normalize(pixels, given.values, given.order, given.channels)

    def scores(self, pixels: Pixels) -> Floats:
        """Probabilities, float32 [N, C], of photos in the model's size, uint8 [N, h, w, 3]."""
        return self.probabilities(self.logits(pixels))

    def logits(self, pixels: Pixels) -> Floats:
        """Logits, float32 [N, C], of photos in the model's size, uint8 [N, h, w, 3]."""
        logits = [
            self.network.logits(self.prepare(pixels[start : start + self.batch]))
            for start in range(0, len(pixels), self.batch)
        ]
        return np.concatenate(logits)

    def probabilities(self, logits: Floats) -> Floats:
        """The probabilities that people read of logits [..., C], by the card's temperature.

        Maps know no temperature: those of a probability are of the network's own, as VizGradCAM's,
        and so are Score-CAM's. Nor do log odds in the evidence.
        """
        return probabilities(logits, self.network.head, self.card.temperature)
