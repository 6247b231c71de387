"""Read a segmenter's file back into a network that can be trained on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from core.errors import TrainingError

Floats = NDArray[np.float32]

_UNFOLDED = 1 - 1e-3  # variance at which a normalization, whose epsilon is 1e-3, divides by one
_APART = "_depth_conv"  # how the names of depthwise convolutions end
_SAMPLES = 16  # batches that the averages of the decoder's normalizations are taken over


def read_segmenter(model: Any, file: Path, batch: Callable[[int], Floats]) -> None:
    """Set a network's weights to those of a file that `export_segmenter` wrote.

    The file has each normalization folded into its convolution. Those of the encoder keep what the
    fold left, as they are never trained; those of the decoder get the averages that photos give,
    and undo them, so that the network says the same and its next step starts from there.

    Args:
        model: As `segmenter_network.build_segmenter`.
        file: The `.onnx`.
        batch: Makes the inputs of a number, float32 [N, S, S, 3], 0 to 255.

    Raises:
        TrainingError: If the file is none of a segmenter.
    """
    try:
        _set_weights(model, _read_convolutions(file))
    except (DecodeError, KeyError, ValueError) as error:
        raise TrainingError(
            "segmenter_unreadable",
            f"{file} is no segmenter: name the segmenter.onnx that train-segmenter wrote.",
            file=str(file),
        ) from error
    for layer in model.layers:
        if layer.name.startswith("mix") and layer.name.endswith("_norm"):
            _take_averages(model, layer, batch)


def _set_weights(model: Any, folded: dict[str, tuple[Floats, Floats, Floats]]) -> None:
    for layer in model.layers:
        if not hasattr(layer, "kernel_size"):
            continue
        kernel, scale, shift = folded.pop(layer.name)
        apart = layer.name.endswith(_APART)
        weights = [np.transpose(kernel, (2, 3, 0, 1) if apart else (2, 3, 1, 0))]
        if layer.use_bias:
            weights.append(shift)
        layer.set_weights(weights)
        if layer.name.endswith("_conv") and not layer.use_bias:
            zero = np.zeros_like(shift)
            norm = model.get_layer(layer.name.replace("_conv", "_norm"))
            norm.set_weights([scale, shift, zero, zero + _UNFOLDED])


def _take_averages(model: Any, layer: Any, batch: Callable[[int], Floats]) -> None:
    import keras

    before = keras.Model(model.inputs, layer.input)
    seen = np.concatenate(
        [np.asarray(before(batch(number))).reshape(-1, layer.input.shape[-1])
         for number in range(_SAMPLES)]
    )  # fmt: skip
    scale, shift, *_ = layer.get_weights()
    mean, variance = seen.mean(axis=0), seen.var(axis=0)
    layer.set_weights([scale * np.sqrt(variance + 1e-3), shift + scale * mean, mean, variance])


def _read_convolutions(file: Path) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Kernel, scale and shift of each convolution of a file, by the layer's name.

    A scale and a shift that the file has no number for are one and zero. The file names the kernels
    after their layers, but for the depthwise ones, which stand in the order of the blocks.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(file).graph
    values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    values |= {
        node.output[0]: values[node.input[0]].astype(np.float32)
        for node in graph.node
        if node.op_type == "Cast" and node.input[0] in values
    }
    after = {name: node for node in graph.node for name in node.input}
    found: dict[str, tuple[Floats, Floats, Floats]] = {}
    blocks = itertools.count()
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        kernel = values[node.input[1]]
        scale, shift = np.ones(len(kernel), np.float32), np.zeros(len(kernel), np.float32)
        if len(node.input) > 2:
            shift = values[node.input[2]]
        elif after[node.output[0]].op_type == "Mul":
            apart = after[node.output[0]]
            scale = _other_input(apart, values)
            shift = _other_input(after[apart.output[0]], values)
        named = re.search(r"(\w+?)(_\d+)?/convolution", node.input[1])
        layer = named[1] if named else f"block{next(blocks)}{_APART}"
        found[layer] = kernel, scale.ravel(), shift.ravel()
    return found


def _other_input(node: Any, values: dict[str, Floats]) -> Floats:
    (name,) = (name for name in node.input if name in values)
    return values[name]
