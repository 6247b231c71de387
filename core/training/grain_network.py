"""Small network for single grains: 64 pixels in, a grid of 8 x 8 cells."""

from __future__ import annotations

from typing import Any

SIZE = 64
_BLOCKS = ((24, 2), (48, 1), (64, 2), (64, 1), (96, 2), (128, 1))  # channels, stride


def build_network(classes: int, size: int = SIZE) -> Any:
    """Build a plain convolutional network with random weights.

    Args:
        classes: How many.
        size: Side of the square input in pixels; a cell of the last grid has 8.

    Returns:
        A `keras.Model` from float32 [N, size, size, 3], normalised as "imagenet", to probabilities
        float32 [N, classes].

    Example:
        >>> build_network(5).get_layer("relu_5").output.shape
        (None, 8, 8, 128)
    """
    import keras

    inputs = run = keras.Input((size, size, 3))
    for number, (channels, stride) in enumerate(_BLOCKS):
        run = keras.layers.Conv2D(
            channels, 3, stride, "same", use_bias=False, name=f"conv_{number}"
        )(run)
        run = keras.layers.BatchNormalization(name=f"norm_{number}")(run)
        run = keras.layers.Activation("relu", name=f"relu_{number}")(run)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(run)
    scores = keras.layers.Dense(classes, activation="softmax", name="last_output")(pooled)
    return keras.Model(inputs, scores, name="grains")
