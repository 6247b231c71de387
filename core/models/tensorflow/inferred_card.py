"""Infers a card for a model without one, from its file and graph, with assumptions named.

Numbers in the wrong scale are the commonest reason for a sound model's silly answers, so the graph
is asked first: black and white are sent up to its first convolution or dense layer.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import tensorflow as tf

from core.models.card import Card, Input
from core.models.files.class_name_files import name_classes
from core.models.tensorflow.freeze import FrozenGraph
from core.models.tensorflow.load import LoadedModel

_FREE = 224  # pixels a side where any size will do
_FIRST = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2")
_NARROW = 32  # grey levels that come out less than this far apart were meant to be scaled down
_CENTRED = -50  # and so were those that come out as far apart as they were, but with a mean taken
_TEACHABLE = (224, 224, 3)  # what Teachable Machine's models take
_EFFICIENTNET = {"stem_conv", "top_conv", "top_activation"}


def infer_size(loaded: LoadedModel) -> tuple[int, int]:
    """(height, width) that a model declares; 224 where it takes any."""
    return loaded.shape[0] or _FREE, loaded.shape[1] or _FREE


def infer_card(loaded: LoadedModel, frozen: FrozenGraph) -> Card:
    """A card with what could be seen, and `assumptions` for what could not.

    Args:
        loaded: The model.
        frozen: Its graph.
    """
    height, width, channels = frozen.shape
    classes, unnamed = name_classes(loaded.file.labels if loaded.file else (), frozen.classes)
    values, why = _values(loaded, frozen)
    teachable = _is_teachable(loaded)
    size = () if None not in loaded.shape else (f"photos are shown at {height} x {width} pixels",)
    return Card(
        classes=classes,
        input=Input(height, width, values, "crop" if teachable else "squash", channels),
        assumptions=(
            *unnamed,
            f"it was trained on numbers as {values!r}" + (f", because {why}" if why else ""),
            "photos were cropped to its input, as Teachable Machine does"
            if teachable
            else "photos were squashed to its input",
            *(size or loaded.assumptions),
            *frozen.assumptions,
        ),
    )


def _values(loaded: LoadedModel, frozen: FrozenGraph) -> tuple[str, str]:
    """One of `preprocess.VALUES`, and the reason."""
    if loaded.integer_input:
        return "0-255", "it takes whole numbers"
    black, white = _first_numbers(frozen)
    apart = np.abs(white - black).max(initial=0)
    centred = apart < 256 and black.min(initial=0) < _CENTRED
    if 0 < apart < _NARROW or centred:
        return "0-255", "it rescales them itself"
    if _is_teachable(loaded):
        return "-1-1", "Teachable Machine does so"
    if _scopes(frozen) >= _EFFICIENTNET:
        return "imagenet", "the efficientnet package does so"
    return "0-1", ""


def _scopes(frozen: FrozenGraph) -> set[str]:
    """The names of layers as their maker gave them, without the numbers that tracing hangs on."""
    parts = {part for node in frozen.graph_def.node for part in node.name.split("/")}
    return {re.sub(r"_\d+$", "", part) for part in parts}


def _first_numbers(frozen: FrozenGraph) -> tuple[Any, Any]:
    """What black and white photos of 0 and 255 are when they reach the first layer with weights."""
    reached = {frozen.input.split(":")[0]}
    before = type(frozen.graph_def)(library=frozen.graph_def.library)
    for node in frozen.graph_def.node:
        given = [name.split(":")[0].lstrip("^") for name in node.input]
        if not reached.isdisjoint(given):
            reached.add(node.name)
            if node.op in _FIRST:
                break
        before.node.append(node)
    else:
        return np.zeros(0), np.zeros(0)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.graph_util.import_graph_def(before, name="")
        name, _, output = node.input[0].partition(":")
        numbers = graph.get_operation_by_name(name).outputs[int(output or 0)]
        shape = (1, *frozen.shape)
        black, white = np.zeros(shape, np.float32), np.full(shape, 255, np.float32)
        weights = {
            name: values
            for name, values in frozen.weights.items()
            if name.split(":")[0] in {each.name for each in before.node}
        }
        return tuple(
            session.run(numbers, {frozen.input: each, **weights}) for each in (black, white)
        )


def _is_teachable(loaded: LoadedModel) -> bool:
    """Teachable Machine numbers the names in its labels.txt beside a model of its one size."""
    files = loaded.file.labels if loaded.file else ()
    return loaded.shape == _TEACHABLE and any(file.numbered for file in files)
