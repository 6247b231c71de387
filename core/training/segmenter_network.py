"""Network that tells for each pixel whether it is rice: EfficientNet-Lite0's first stages, decoded.

Encoder: Tan and Le 2019 (arXiv 1905.11946) in the form without excitation; decoder: a feature
pyramid after Lin et al. 2017 (arXiv 1612.03144), down to half the input's size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Blocks, channels, kernel, first stride, expansion: Lite0's up to a sixteenth of the input's size.
_STAGES = (
    (1, 16, 3, 1, 1),
    (2, 24, 3, 2, 6),
    (2, 40, 5, 2, 6),
    (3, 80, 3, 2, 6),
    (3, 112, 5, 1, 6),
)
_WIDTHS = (64, 48, 32, 16)  # of the decoder, from a sixteenth to a half of the input's size
OUTPUTS = ("rice", "core", "length")


def build_segmenter(arrays: Mapping[str, NDArray[Any]] | None = None) -> Any:
    """Build the network, its encoder with Lite0's weights if these are given.

    Args:
        arrays: As `warm_start.load_lite0_weights`; None for random weights.

    Returns:
        A `keras.Model` from float32 [N, H, W, 3], 0 to 255, H and W multiples of 16, to float32
        [N, H/2, W/2, 3]: log odds of rice, log odds of a grain's core, log2 of its length over 32
        pixels.

    Example:
        >>> build_segmenter().output_shape
        (None, None, None, 3)
    """
    import keras

    layers = keras.layers
    names: list[tuple[str, str]] = []

    def convolution(run: Any, name: str, source: str | None, act: bool = True, **how: Any) -> Any:
        layer = layers.DepthwiseConv2D if how.pop("apart", False) else layers.Conv2D
        run = layer(padding="same", use_bias=False, name=f"{name}_conv", **how)(run)
        run = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(run)
        if source:
            names.append((name, source))
        return layers.ReLU(6.0, name=f"{name}_relu")(run) if act else run

    inputs = keras.Input((None, None, 3))
    run = layers.Rescaling(1 / 128, -127 / 128)(inputs)
    run = convolution(run, "stem", "_conv_stem|_bn0", filters=32, kernel_size=3, strides=2)
    levels, number = [], 0
    for count, channels, kernel, stride, expand in _STAGES:
        if stride == 2:
            levels.append(run)
        for block in range(count):
            name, source, before = f"block{number}", f"_blocks.{number}.", run
            if expand > 1:
                wide = expand * before.shape[-1]
                run = convolution(run, f"{name}_expand", f"{source}_expand_conv|{source}_bn0",
                                  filters=wide, kernel_size=1)  # fmt: skip
            step = stride if block == 0 else 1
            run = convolution(run, f"{name}_depth", f"{source}_depthwise_conv|{source}_bn1",
                              apart=True, kernel_size=kernel, strides=step)  # fmt: skip
            run = convolution(run, f"{name}_project", f"{source}_project_conv|{source}_bn2",
                              act=False, filters=channels, kernel_size=1)  # fmt: skip
            if block:
                run = layers.Add(name=f"{name}_add")([run, before])
            number += 1
    whole = layers.GlobalAveragePooling2D(keepdims=True, name="whole")(run)
    whole = layers.Conv2D(_WIDTHS[0], 1, name="whole_conv")(whole)
    run = layers.Conv2D(_WIDTHS[0], 1, name="top_conv")(run)
    run = layers.ReLU(6.0)(layers.Add(name="top")([run, whole]))
    for index, (level, width) in enumerate(zip(levels[::-1], _WIDTHS[1:], strict=True)):
        run = layers.Conv2D(width, 1, use_bias=False, name=f"narrow{index}")(run)
        run = layers.UpSampling2D(name=f"up{index}")(run)
        side = layers.Conv2D(width, 1, name=f"side{index}")(level)
        run = layers.Add(name=f"join{index}")([run, side])
        run = convolution(run, f"mix{index}", None, filters=width, kernel_size=3)
    outputs = layers.Conv2D(len(OUTPUTS), 1, name="outputs")(run)
    model = keras.Model(inputs, outputs, name="rice_segmenter")
    if arrays is not None:
        _copy_weights(model, names, arrays)
    return model


def _copy_weights(model: Any, names: list[tuple[str, str]], arrays: Mapping[str, Any]) -> None:
    """Lite0's weights into the layers of the encoder, under their names in its file."""
    for name, source in names:
        conv, norm = source.split("|")
        weight = arrays[f"{conv}.weight"]  # [out, in, h, w]; depthwise [in, 1, h, w]
        axes = (2, 3, 0, 1) if "depthwise" in conv else (2, 3, 1, 0)
        model.get_layer(f"{name}_conv").set_weights([np.transpose(weight, axes)])
        parts = ("weight", "bias", "running_mean", "running_var")
        model.get_layer(f"{name}_norm").set_weights([arrays[f"{norm}.{part}"] for part in parts])
