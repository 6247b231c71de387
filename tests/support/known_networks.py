"""A network that is known to look at some pixels and at nothing else, and photos for it.

It sees how green each pixel is, `G - (R + B) / 2`. Everything is linear, so maps, erased places and
curves have closed forms.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from core.evidence.baselines import Baselines, ask_colours, measure_follows
from core.evidence.blank_images import grey_and_noise, neutral_backgrounds
from core.explain.explainer import Explainer
from core.images.decode import Photo
from core.models.card import Card, Input, class_names
from core.models.network import ForwardPass, Layer, probabilities

SIDE, CELLS = 56, 7
GREEN, GREY, DARK = (60, 160, 60), (150, 150, 150), (60, 60, 60)


def green(inputs):
    return inputs[..., 1] - (inputs[..., 0] + inputs[..., 2]) / 2


class Looking:
    """Logits are (z, 0) with z = sharpness * (mean greenness where it looks - threshold)."""

    head = "softmax"
    layers = (Layer("cells", "Conv2D", "cells", (CELLS, CELLS), 1, linear=True, pooled=True),)

    def __init__(self, where, sharpness=60.0, threshold=0.1):
        self.weight = (where / np.abs(where).sum()).astype(np.float32)
        self.sharpness, self.threshold = np.float32(sharpness), np.float32(threshold)

    def forward(self, inputs, layer, classes=None):
        step = SIDE // CELLS
        seen = (green(inputs) * self.weight).reshape(-1, CELLS, step, CELLS, step)
        activations = seen.sum(axis=(2, 4))[..., None]
        z = self.sharpness * (activations.sum(axis=(1, 2, 3)) - self.threshold)
        logits = np.stack([z, np.zeros_like(z)], axis=1)
        gradients = np.zeros((len(inputs), 2, CELLS, CELLS, 1), np.float32)
        gradients[:, 0] = self.sharpness
        return ForwardPass(logits, probabilities(logits, self.head), activations, gradients)

    def logits(self, inputs):
        return self.forward(inputs, None).logits

    def single_threaded(self):
        return self


def explainer(where, geometry="squash", **numbers):
    """An explainer on a network that looks where `where`, float or bool [SIDE, SIDE], says."""
    card = Card(class_names(["green", "other"]), Input(SIDE, SIDE, "0-1", geometry))
    return Explainer("looking", card, Looking(np.asarray(where, np.float32), **numbers))


def known_baselines(asked, redrawn=None):
    """Controls with redrawn networks of our own: of any weight anywhere, unless one is given."""
    size = asked.card.input.size
    grounds = neutral_backgrounds(size)
    rng = np.random.default_rng(3)
    drawn = [cells(rng.normal(size=(CELLS, CELLS))) for _ in range(3)]
    anywhere = tuple(partial(lambda made: made, redrawn or explainer(where)) for where in drawn)
    empty = asked.logits(np.concatenate([grey_and_noise(size), grounds]))
    return Baselines(grounds, empty, measure_follows(asked), ask_colours(asked), anywhere)


def rice(of=((1, 1), (1, 2), (2, 1), (4, 2))):
    """A mask that fills cells of the grid, bool [SIDE, SIDE]."""
    mask = np.zeros((CELLS, CELLS), bool)
    mask[tuple(zip(*of, strict=True))] = True
    return cells(mask)


def cells(values):
    """Something that is the same all over each cell, [SIDE, SIDE] of [CELLS, CELLS]."""
    step = SIDE // CELLS
    return values.repeat(step, axis=0).repeat(step, axis=1)


def photo(mask, of_rice=GREY, of_background=DARK, right=None):
    """Rice and background in plain colours, in the model's size; another beside, if asked for."""
    rgb = np.where(mask[..., None], np.array(of_rice), np.array(of_background)).astype(np.uint8)
    rgb[:, SIDE * 4 // 7 :] = of_background if right is None else right
    return of_pixels(rgb)


def of_pixels(rgb):
    return Photo(rgb, "5" * 64, rgb.shape[1::-1], "PNG")
