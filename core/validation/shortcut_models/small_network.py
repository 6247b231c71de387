"""Small network: the first stages of the article's, with its top and head."""

from __future__ import annotations

from typing import Any

from core.models.tensorflow import warm_start

STAGES = 4  # of seven: 16 pixels a cell, so that a small input still has a useful grid
SIZE = 112


def build_network(classes: int = 3, size: int = SIZE, weights: str | None = None) -> Any:
    """Build EfficientNetB0 without its last three stages.

    Args:
        classes: How many.
        size: Side of the square input in pixels; a cell of the last grid has 16.
        weights: None for random ones, "lite0" to start from those of `warm_start`; the top, which
            has another input here, is random in any case.

    Returns:
        A `keras.Model` from float32 [N, size, size, 3], normalised as "imagenet", to probabilities
        float32 [N, classes]. Its layers have the names that they have in
        `efficientnet.build_classifier`.

    Raises:
        ModelError: If the weights cannot be loaded.

    Example:
        >>> build_network().get_layer("top_activation").output.shape
        (None, 7, 7, 1280)
    """
    import keras
    from efficientnet import tfkeras
    from efficientnet.model import DEFAULT_BLOCKS_ARGS

    shape = (size, size, 3)
    backbone = tfkeras.EfficientNetB0(
        include_top=False, weights=None, input_shape=shape, blocks_args=DEFAULT_BLOCKS_ARGS[:STAGES]
    )
    if weights == "lite0":
        whole = tfkeras.EfficientNetB0(include_top=False, weights=None, input_shape=shape)
        warm_start.transfer_weights(warm_start.load_lite0_weights(), whole)
        for layer in backbone.layers:
            if layer.weights and layer.name != "top_conv":
                layer.set_weights(whole.get_layer(layer.name).get_weights())
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    scores = keras.layers.Dense(classes, activation="softmax", name="last_output")(pooled)
    return keras.Model(backbone.input, scores, name="efficientnet_b0_small")
