"""A network in closed form: per-pixel channels, averaged to cells, pooled, one dense layer.

Its logits are `mean(channels) @ weights + bias`, so every map is known: at a layer of h x w cells
the gradient of a logit is `weights / (h w)` everywhere.
"""

from __future__ import annotations

import numpy as np

from core.explain.explainer import Explainer
from core.images.decode import Photo
from core.models.card import Card, Input, class_names
from core.models.network import ForwardPass, Layer, probabilities

SIDE = 64


def colors(inputs):
    """The three colours themselves, as channels."""
    return inputs


class PooledNetwork:
    """Three grids: `early` of 16 x 16 cells, `late` of 4 x 4, and `last` of 2 x 2."""

    def __init__(self, weights, bias=None, channels=colors, head="softmax"):
        self.weights = np.asarray(weights, np.float32)  # [K, C]
        self.bias = np.zeros(self.weights.shape[1], np.float32) if bias is None else bias
        self.channels, self.head = channels, head
        self.layers = tuple(
            Layer(name, kind, name, (cells, cells), len(self.weights), linear=True, pooled=True)
            for name, kind, cells in (
                *(("early", "Conv2D", 16), ("late", "Conv2D", 4)),
                *(("last", "Activation", 2),),
            )
        )

    def forward(self, inputs, layer, classes=None):
        rows, columns = layer.grid
        blocks = self.channels(inputs).reshape(
            len(inputs), rows, SIDE // rows, columns, SIDE // columns, -1
        )
        activations = blocks.mean(axis=(2, 4), dtype=np.float32)
        logits = activations.mean(axis=(1, 2)) @ self.weights + self.bias
        one = (self.weights.T / (rows * columns))[None, :, None, None]
        gradients = np.broadcast_to(one, (len(inputs), one.shape[1], rows, columns, one.shape[4]))
        return ForwardPass(logits, probabilities(logits, self.head), activations, gradients)

    def logits(self, inputs):
        return self.forward(inputs, self.layers[-1]).logits

    def on_one_core(self):
        return self


def pooled_explainer(weights, names=("a", "b", "c"), geometry="squash", **options):
    """An explainer on a `PooledNetwork` that takes 0 to 1."""
    card = Card(class_names(list(names)), Input(SIDE, SIDE, "0-1", geometry))
    return Explainer("pooled", card, PooledNetwork(weights, **options))


def red(inputs):
    """How much redder than green a pixel is, from a threshold on: one channel."""
    return np.maximum(inputs[..., :1] - inputs[..., 1:2] - np.float32(0.3), 0)


def red_explainer():
    """An explainer on a network that answers to red alone."""
    return pooled_explainer([[9, -9]], ("marked", "plain"), channels=red)


def photo_of(rgb):
    return Photo(rgb=rgb, sha256="0" * 64, full_size=rgb.shape[1::-1], format="PNG")


def share_on(explanation, name, mask):
    """The part of what speaks for a class that lies on a mask; None if nothing speaks for it."""
    from core.explain.render import heat_on_photo

    drawn = heat_on_photo(explanation.map(name), explanation.placement, mask.shape)
    if drawn.is_empty:
        return None
    strength = drawn.low + drawn.levels / 255 * (drawn.high - drawn.low)
    return strength[mask].sum() / strength.sum()
