"""The description of a model as plain text for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from core.images.decode import Photo
from core.models.card import Card
from core.models.files.formats import ModelFile, recognise
from core.models.network import Layer, candidate_layers
from core.models.onnx.onnx_network import OnnxNetwork

_WIDTH = 80
_LABEL = 10  # columns that the names of facts take
_CLASSES = 12  # that are named

_FORMATS = {
    "keras": "Keras {} archive (.keras)",
    "h5": "Keras {} model in HDF5",
    "weights": "weights of Keras {} in HDF5, without a network: put into the article's",
    "savedmodel": "SavedModel",
    "onnx": "ONNX",
    "checkpoint": "TensorFlow checkpoint, without a network: put into the article's",
}


def model_text(path: Path, explainer: Explainer) -> str:
    """What a model is.

    Args:
        path: Where it was opened.
        explainer: The opened model.
    """
    file, card = recognise(path), explainer.card
    facts = [
        ("format", _format(file)),
        ("versions", ", ".join(f"{name} {each}" for name, each in sorted(card.versions.items()))),
        ("input", _input(file, card)),
        ("shown as", _shown(card)),
        ("classes", _classes(card)),
        ("head", _head(explainer)),
        ("runs", _runs(explainer)),
    ]
    lines = [explainer.name, *(_fact(name, text) for name, text in facts if text)]
    lines += ["", *_layers(explainer)]
    if card.assumptions:
        lines += ["", "Assumed, since no card says it:"]
        lines += [_wrapped(each, "- ", "  ") for each in card.assumptions]
    return "\n".join(lines)


def _fact(name: str, text: str) -> str:
    return _wrapped(text, f"  {name:{_LABEL}}", " " * (_LABEL + 2))


def _wrapped(text: str, first: str = "", then: str = "") -> str:
    return fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _format(file: ModelFile) -> str:
    text = _FORMATS[file.kind].format(file.generation or "(which?)")
    if file.kind == "savedmodel" and file.generation:
        text += f" of Keras {file.generation}"
    versions = ", ".join(f"{name.capitalize()} {each}" for name, each in file.versions.items())
    return text + (f"; saved by {versions}" if versions else "")


def _input(file: ModelFile, card: Card) -> str:
    given = card.input
    colours = "3 channels (colour)" if given.channels == 3 else "1 channel (grey)"
    free = _is_free(file, card)
    any_size = " (it takes any)" if free else ", fixed" if free is False else ""
    return f"{given.height} x {given.width} pixels{any_size}; {colours}"


def _shown(card: Card) -> str:
    given = card.input
    order = f" in {given.order.upper()}" if given.channels == 3 else ""
    return f"{given.values}{order}, {given.geometry}" + (" (assumed)" if card.assumptions else "")


def _is_free(file: ModelFile, card: Card) -> bool | None:
    """Whether photos may have any size; None where a graph with a card does not say."""
    if file.kind in ("weights", "checkpoint"):
        return True
    if card.assumptions and file.kind in ("savedmodel", "onnx"):
        return any("photos are shown at" in each for each in card.assumptions)
    waiting: list[Any] = [file.config]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            shape = part.get("batch_shape", part.get("batch_input_shape"))
            if isinstance(shape, list) and len(shape) == 4:
                return None in shape[1:3]
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return None


def _classes(card: Card) -> str:
    more = len(card.names) - _CLASSES
    names = ", ".join(card.names[:_CLASSES]) + (f" and {more} more" if more > 0 else "")
    return f"{len(card.names)}: {names}"


def _head(explainer: Explainer) -> str:
    count = len(explainer.card.names)
    if explainer.network.head == "mixture":
        return f"probabilities of {count} classes, of no one softmax: maps explain their logarithm"
    if explainer.network.head == "sigmoid":
        return f"sigmoid: {count} classes that do not exclude each other"
    if any("logits" in each for each in explainer.card.assumptions):
        return f"logits of {count} classes, without a softmax"
    if count == 2:
        return "softmax of 2 classes, or one sigmoid, which is the same"
    return f"softmax of {count} classes"


def _runs(explainer: Explainer) -> str:
    if not isinstance(explainer.network, OnnxNetwork):
        return "by TensorFlow, since it was not compiled"
    unknown = sum(layer.name not in explainer.network.about.tensors for layer in explainer.layers)
    rest = f"; for {unknown} of its layers TensorFlow is needed" if unknown else ""
    return f"compiled, by ONNX Runtime{rest}"


def _is_silent(explainer: Explainer, layer: Layer) -> bool:
    """Whether all maps of a photo of noise are zero at a layer."""
    size = explainer.card.input.size
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    photo = Photo(noise, "", size[::-1], "PNG")
    (found,) = explainer.explain([photo], ExplainRequest(layers=(layer.name,)))
    return not found.maps.any()


def _layers(explainer: Explainer) -> Iterator[str]:
    shown, default = candidate_layers(explainer.layers), explainer.layer()
    last = [layer for layer in explainer.layers if layer.kind == "Conv2D"][-1:]
    yield _wrapped(
        f"{len(explainer.layers)} layers have a grid and can be named with --layer. The last of "
        "each grid, and the last convolution:"
    )
    yield f"  {'grid':>15}  channels  name"
    silent = [layer for layer in shown if _is_silent(explainer, layer)]
    for layer in shown:
        rows, columns = layer.grid
        grid = f"{rows} x {columns} cells"
        note = " (last convolution)" if layer in last else ""
        note += " (zero)" if layer in silent else ""
        yield f"  {grid:>15}  {layer.channels:>8}  {layer.name}{note}"
    if silent:
        yield _wrapped(
            "Zero: of a photo of noise every map there is zero but for rounding, so the layer has "
            "no say in the classes as Grad-CAM sees it."
        )
    why = (
        "behind it come only averages and one dense layer, so that a class's map adds up to its "
        "logit less a constant"
        if default.linear and default.pooled
        else "of all that still have a grid it knows most of the classes"
    )
    balanced = next((each for each in explainer.layers if each.balanced), None)
    if balanced:
        yield _wrapped(
            f"By default LibraGrad explains, at {balanced.name}, where nothing was moved by "
            "attention yet. Other methods explain at the last one."
        )
    else:
        yield _wrapped(f"By default the last one explains: {why}.")
