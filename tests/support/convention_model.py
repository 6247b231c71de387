"""A classifier of plain colours that is sound under one convention alone, and photos for it.

It calls a photo by the nearest of a few colours, in the photo's grey levels. The numbers that it
takes are turned back into grey levels by its own convention, so under any other it sees colours
that are not there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from core.diagnosis.conventions import Convention
from core.explain.explainer import Explainer
from core.images.preprocess import normalize
from core.models.card import Card, Input, class_names
from core.models.network import Layer

# Five steps of brightness, which a wrong scale or mean mistakes, and one hue turned round, which
# a wrong order does.
COLOURS = {
    "Black": (38, 26, 14),
    "Brown": (83, 71, 59),
    "Red": (128, 116, 104),
    "Blue": (104, 116, 128),
    "Yellow": (173, 161, 149),
    "White": (218, 206, 194),
}
SIZE = (12, 12)
_SHARPNESS = 250.0

# By hand from the packages that own the conventions: grey levels of (R, G, B), or of what the
# convention's maker was handed, are numbers times scale plus shift.
_SCALES = {
    "0-255": (1, 0),
    "0-1": (255, 0),
    "-1-1": (127.5, 127.5),
    "imagenet": ((58.395, 57.12, 57.375), (123.675, 116.28, 103.53)),
    "caffe": (1, (103.939, 116.779, 123.68)),
}


def weights(trained: Convention) -> tuple[np.ndarray, np.ndarray]:
    """Kernel [3, C] and bias [C] from mean numbers to logits: minus squared distances, less what
    all classes share."""
    colours = np.array(list(COLOURS.values())) / 255
    scale, shift = (np.broadcast_to(each, 3) / 255 for each in _SCALES[trained.values])
    kernel, bias = 2 * _SHARPNESS * colours.T, -_SHARPNESS * (colours**2).sum(axis=1)
    kernel = kernel[::-1] if _turned(trained) else kernel
    return kernel * scale[:, None], bias + shift @ kernel


class Planted:
    """The classifier as a `network.Network`, without any file."""

    head = "softmax"
    layers = (Layer("colours", "Conv2D", "", SIZE, 3),)

    def __init__(self, trained: Convention) -> None:
        self.kernel, self.bias = weights(trained)

    def logits(self, inputs):
        return (inputs.mean(axis=(1, 2)) @ self.kernel + self.bias).astype(np.float32)


class Taught:
    """A real network as if it had been trained with another convention than its own."""

    def __init__(self, explainer: Explainer, trained: Convention) -> None:
        self.explainer, self.trained = explainer, trained
        self.head, self.layers = explainer.network.head, explainer.network.layers

    def logits(self, inputs):
        scale, shift = (np.float32(each) for each in _SCALES[self.trained.values])
        arriving = inputs * scale + shift
        levels = arriving[..., ::-1] if _turned(self.trained) else arriving
        own = normalize(np.zeros((1, 1, 3), np.uint8), self.explainer.card.input.values)
        white = normalize(np.full((1, 1, 3), 255, np.uint8), self.explainer.card.input.values)
        return self.explainer.network.logits(own + levels / np.float32(255) * (white - own))


def _turned(way: Convention) -> bool:
    """Whether the colours arrive as B, G, R."""
    return (way.order == "bgr") != (way.values == "caffe")


def explainer(trained: Convention, said: Convention | None = None) -> Explainer:
    """An explainer on it whose card says something, by default the truth."""
    said = said or trained
    shown = Input(*SIZE, said.values, said.geometry, order=said.order)
    return Explainer("planted", Card(class_names(list(COLOURS)), shown), Planted(trained))


def write_photos(folder: Path, count: int = 14, names: dict[str, str] | None = None) -> Path:
    """Folders of photos, twice as wide as high, with the class's colour in their middle half.

    The margins have the next class's colour, so only a crop shows one colour alone.

    Args:
        folder: Where the class folders go.
        count: Photos of each class.
        names: Of the class folders, by class.
    """
    rng = np.random.default_rng(2)
    colours = list(COLOURS.items())
    for number, (name, colour) in enumerate(colours):
        into = folder / (names or {}).get(name, name)
        into.mkdir(parents=True)
        margin = colours[(number + 1) % len(colours)][1]
        for photo in range(count):
            pixels = np.empty((24, 48, 3))
            pixels[:] = margin
            pixels[:, 12:36] = colour
            # A few large spots of their own tell scenes apart.
            spots = rng.normal(0, 12, (4, 8, 1)).repeat(6, 0).repeat(6, 1)
            pixels += spots + rng.normal(0, 3, 3)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(into / f"{photo}.png")
    return folder


def write_model(folder: Path, trained: Convention, file: str = "model.keras") -> Path:
    """The classifier as a Keras 3 file without a card."""
    import keras

    kernel, bias = weights(trained)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((*SIZE, 3)),
            layers.Conv2D(len(bias), 1, name="colours"),
            layers.GlobalAveragePooling2D(),
            layers.Softmax(),
        ]
    )
    model.get_layer("colours").set_weights([kernel[None, None], bias])
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / file)
    return folder / file
