"""Loads weights-only files of any Keras or TensorFlow into the article's network.

A file of weights names neither the number of classes nor the EfficientNet it is of: both are read
from the shapes. It may hold one flat network, or one with the EfficientNet nested inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.errors import ModelError
from core.models.files.formats import ModelFile
from core.models.tensorflow.efficientnet import FEATURES, build_classifier

Arrays = list[NDArray[np.float32]]

_ROLES = (  # in the order in which a Keras layer lists them
    "kernel", "depthwise_kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance",
)  # fmt: skip
_HEAD = "last_output"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_BESIDE = re.compile(r"optimizer|save_counter|keras_api|\.OPTIMIZER_SLOT")  # what training leaves
_MOST_NAMED = 3  # differences told


@dataclass(frozen=True)
class _Stored:
    """The layers of a file.

    Attributes:
        by: How the file tells layers apart: by "name", by "class" and number, or by "order".
        layers: Each layer's arrays, in the order in which Keras lists them.
    """

    by: str
    layers: dict[str, Arrays]


def build_from_weights(file: ModelFile, size: tuple[int, int]) -> Any:
    """Build the article's classifier around a file of weights.

    Args:
        file: Of kind "weights" or "checkpoint".
        size: (height, width) of the input in pixels; the weights fit any.

    Returns:
        A `keras.Model`, as `efficientnet.build_classifier`.

    Raises:
        ModelError: With code `weights_unfit` if they are of another network, saying what differs.
    """
    stored = _checkpoint(file) if file.kind == "checkpoint" else _hdf5(file)
    heads = [key for key, arrays in stored.layers.items() if arrays[0].ndim == 2]
    if len(heads) != 1:
        raise _unfit(file, f"they have {len(heads)} dense layers instead of one")
    features, classes = stored.layers[heads[0]][0].shape
    if stored.by == "name":
        stored.layers[_HEAD] = stored.layers.pop(heads[0])
    differences = [f"{features} channels reach the dense layer, which is so in no EfficientNet"]
    for variant in (name for name, count in FEATURES.items() if count == features):
        model = build_classifier(max(classes, 2), size, variant)
        found = list(_differences(stored, model))
        if not found:
            for key, layer in _keyed(model, stored.by):
                layer.set_weights(stored.layers[key])
            return model
        if variant != "B1" or len(found) < len(differences):
            differences = [f"as EfficientNet{variant}, {each}" for each in found]
    told = "; ".join(differences[:_MOST_NAMED])
    more = len(differences) - _MOST_NAMED
    raise _unfit(file, told + (f"; and {more} more" if more > 0 else ""))


def _unfit(file: ModelFile, reason: str) -> ModelError:
    return ModelError(
        "weights_unfit",
        f"The weights in {file.path.name} are not of the article's network, an EfficientNet of the "
        f"`efficientnet` package with global average pooling and one dense layer: {reason}. Save "
        "the whole model instead, with model.save('model.keras').",
        name=file.path.name,
        reason=reason,
    )


def _keyed(model: Any, by: str) -> Iterator[tuple[str, Any]]:
    """The model's layers that have weights, each with the key that a file gives it."""
    counts: dict[str, int] = {}
    for index, layer in enumerate(layer for layer in model.layers if layer.weights):
        kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(layer).__name__).lower()
        kind = {"conv2_d": "conv2d", "depthwise_conv2_d": "depthwise_conv2d"}.get(kind, kind)
        number = counts[kind] = counts.get(kind, -1) + 1
        numbered = f"{kind}_{number}" if number else kind
        yield {"name": layer.name, "class": numbered, "order": str(index)}[by], layer


def _differences(stored: _Stored, model: Any) -> Iterator[str]:
    expected = dict(_keyed(model, stored.by))
    if len(stored.layers) != len(expected):
        yield f"{len(expected)} layers with weights are expected, not {len(stored.layers)}"
    for key, layer in expected.items():
        wanted = [tuple(array.shape) for array in layer.weights]
        got = [array.shape for array in stored.layers.get(key, [])]
        if got != wanted:
            yield f"{layer.name} has {wanted}, not {got or 'nothing'}"
    for key in stored.layers.keys() - expected.keys():
        yield f"{key} is left over"


def _hdf5(file: ModelFile) -> _Stored:
    """Keras 2's older files name their layers; the newer ones of both Keras number them."""
    arrays: dict[str, NDArray[Any]] = {}
    with h5py.File(file.path, "r") as whole:

        def note(path: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and not _BESIDE.search(path):
                arrays[path] = item[()]

        whole.visititems(note)
    by_class = all("/vars/" in path for path in arrays)
    layers: dict[str, dict[int, Any]] = {}
    for path, values in arrays.items():
        *_, layer, role = path.replace("/vars/", "/").split("/")
        rank = int(role) if by_class else _rank(file, role.split(":")[0])
        if rank in layers.setdefault(layer, {}):
            raise _unfit(file, f"they hold {layer} twice")
        layers[layer][rank] = values
    return _Stored("class" if by_class else "name", _ordered(layers))


def _checkpoint(file: ModelFile) -> _Stored:
    """Checkpoints number the layers of each depth on their own."""
    try:
        reader = tf.train.load_checkpoint(str(file.path))
        keys = [key for key in reader.get_variable_to_shape_map() if key.endswith(_VALUE)]
        places: dict[tuple[int, ...], dict[int, Any]] = {}
        for key in (key for key in keys if not _BESIDE.search(key)):
            *scopes, role = key.removesuffix(_VALUE).split("/")
            numbers = (re.search(r"(?:^|-)(\d+)$", scope) for scope in scopes)
            place = tuple(int(number[1]) for number in numbers if number)
            places.setdefault(place, {})[_rank(file, role.lstrip("_"))] = reader.get_tensor(key)
    except (tf.errors.OpError, ValueError) as error:
        raise _unfit(file, str(error).splitlines()[0]) from error
    inner = {str(index): places[place] for index, place in enumerate(sorted(places))}
    return _Stored("order", _ordered(inner))


def _rank(file: ModelFile, role: str) -> int:
    if role not in _ROLES:
        raise _unfit(file, f"they hold {role!r}, which no layer of it has")
    return _ROLES.index(role)


def _ordered(layers: dict[str, dict[int, Any]]) -> dict[str, Arrays]:
    return {key: [arrays[rank] for rank in sorted(arrays)] for key, arrays in layers.items()}
