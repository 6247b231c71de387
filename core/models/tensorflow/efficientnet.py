"""The article's classifier: EfficientNet, global average pooling, one dense softmax layer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.models.tensorflow import warm_start

FEATURES = {
    "B0": 1280, "B1": 1280, "B2": 1408, "B3": 1536, "B4": 1792, "B5": 2048, "B6": 2304, "B7": 2560,
}  # fmt: skip
"""Channels before the last layer of each variant (Tan and Le 2019, arXiv 1905.11946)."""


def check_settings(size: tuple[int, int], weights: str | Path | None) -> None:
    """Make sure, without TensorFlow, that an input is large enough and a file of weights is there.

    Args:
        size: (height, width) of the input in pixels.
        weights: As `build_classifier`; "none" for None.

    Raises:
        ModelError: If not.
    """
    if min(size) < 32:
        raise ModelError(
            "input_small",
            f"An input of {size[0]} x {size[1]} is too small: EfficientNet halves it five times. "
            "Give 32 pixels or more.",
            got=min(size),
        )
    if weights in (None, "none", "imagenet", "lite0"):
        return
    path = Path(str(weights))
    if not path.is_file():
        raise ModelError("weights_missing", f"There is no weights file {path}.", file=path.name)


def build_classifier(
    classes: int = 3,
    size: tuple[int, int] = (64, 64),
    variant: str = "B0",
    weights: str | Path | None = None,
) -> Any:
    """Build the article's classifier.

    Args:
        classes: How many classes.
        size: (height, width) of the input in pixels; 32 at least.
        variant: "B0" to "B7".
        weights: None for random ones; "imagenet" for the `efficientnet` package's own, downloaded
            once; "lite0" for the warm start of `warm_start`; or a file of weights (`.h5`) or of a
            whole model (`.keras`).

    Returns:
        A `keras.Model` from float32 [N, h, w, 3], normalised as "imagenet", to probabilities
        float32 [N, classes]; its last layer is named `last_output`.

    Raises:
        ModelError: If an argument is out of range or weights cannot be read.
    """
    if variant not in FEATURES:
        raise ModelError(
            "variant_unknown", f"There is no EfficientNet {variant}; choose B0 to B7.", got=variant
        )
    if classes < 2:
        raise ModelError(
            "classes_few", f"A classifier needs two classes or more, not {classes}.", got=classes
        )
    check_settings(size, weights)
    import keras
    from efficientnet import tfkeras

    backbone = getattr(tfkeras, f"EfficientNet{variant}")(
        include_top=False, weights=None, input_shape=(*size, 3)
    )
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    scores = keras.layers.Dense(classes, activation="softmax", name="last_output")(pooled)
    model = keras.Model(backbone.input, scores, name=f"efficientnet_{variant.lower()}")
    if weights == "imagenet":
        backbone.load_weights(_imagenet_file(variant))
    elif weights == "lite0":
        warm_start.transfer_weights(warm_start.load_lite0_weights(), backbone)
    elif weights is not None:
        _load_file(model, backbone, Path(weights))
    return model


def _load_file(model: Any, backbone: Any, path: Path) -> None:
    """Weights of the whole classifier, or of the backbone alone."""
    try:
        try:
            model.load_weights(path)
        except ValueError:
            backbone.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise ModelError(
            "weights_unfit",
            f"The weights in {path.name} do not fit this model ({error}). They must come from the "
            "same EfficientNet, number of classes and input size.",
            file=path.name,
        ) from error


def _imagenet_file(variant: str) -> str:
    """The `efficientnet` package's ImageNet weights, downloaded once and checked."""
    import keras
    from efficientnet.weights import IMAGENET_WEIGHTS_HASHES, IMAGENET_WEIGHTS_PATH

    model = f"efficientnet-{variant.lower()}"
    name = f"{model}_weights_tf_dim_ordering_tf_kernels_autoaugment_notop.h5"
    expected = IMAGENET_WEIGHTS_HASHES[model][1]
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))  # as Keras itself looks it up
    folder = home / "models"
    try:
        path = keras.utils.get_file(
            name,
            IMAGENET_WEIGHTS_PATH + name,
            file_hash=expected,
            cache_dir=home,
            cache_subdir="models",
        )
    except Exception as error:  # whatever the network raises, the way out is the same
        raise ModelError(
            "imagenet_offline",
            f"The ImageNet weights of EfficientNet{variant} could not be downloaded ({error}). "
            f"Put the file {name} (SHA-256 {expected}) into {folder}, or train with the warm "
            "start that needs no download: --weights lite0.",
            file=name,
            sha256=expected,
            folder=str(folder),
        ) from error
    found = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if found != expected:
        raise ModelError(
            "imagenet_wrong",
            f"{name} in {folder} is not the file expected: its SHA-256 should be {expected}, it "
            f"is {found}. Remove it and try again.",
            file=name,
            sha256=expected,
            folder=str(folder),
        )
    return str(path)
