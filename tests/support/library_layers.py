"""Every layer that Keras and `tf-keras` bring, and models of as many of them as take a photo."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

import numpy as np

SIDE = 12
CODE = {  # layers that carry or call what is no layer
    "Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "KerasLayer",
}  # fmt: skip
_ARGUMENTS = {
    "filters": 2, "kernel_size": 3, "units": 2, "rate": 0.1, "factor": 0.1, "height": 8,
    "width": 8, "height_factor": 0.1, "width_factor": 0.1, "n": 2, "key_dim": 2, "num_heads": 1,
    "scale": 0.5, "stddev": 0.1, "dims": (2, 1, 3), "target_shape": (-1,), "axes": 1,
    "projection_dim": 3, "init_values": 0.5, "drop_path_rate": 0.1, "activation": "relu",
    "equation": "abc,cd->abd", "output_shape": (None, 2), "output_size": 2, "pool_size": 2,
    "groups": 3, "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1,
}  # fmt: skip
"""Values of what layers ask for."""


def library_layers(library: Any) -> dict[str, type]:
    """The classes of layers that a library's models are made of, by name."""
    rooms = tuple(f"{library.__name__}.src.{room}." for room in ("layers", "applications"))
    return {
        each.__name__: each
        for each in _below(library.layers.Layer)
        if each.__module__.startswith(rooms[1])
        or (each.__module__.startswith(rooms[0]) and hasattr(library.layers, each.__name__))
    }


def _below(kind: Any) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def model_of_layers(library: Any, but: Collection[str] = ()) -> tuple[Any, set[str]]:
    """One model with each layer that takes a photo, alone in a branch, and the names of these.

    Args:
        library: Keras 3 or tf-keras.
        but: Layers to leave out.
    """
    layers = library.layers
    image = library.Input((SIDE, SIDE, 3))
    given = [
        image,
        layers.Reshape((SIDE * SIDE, 3))(image),
        layers.GlobalAveragePooling2D()(image),
        layers.Reshape((4, 3, SIDE, 3))(image),
        layers.Reshape((4, 3, 4, 3, 3))(image),
    ]
    branches = {}
    for name, kind in sorted(library_layers(library).items()):
        inner = layers.LSTM(2, return_sequences=True) if name == "Bidirectional" else layers.ReLU()
        arguments = _ARGUMENTS | {"layer": inner}
        branch = None if name in CODE or name in but else _branch(kind, given, arguments)
        if branch is not None:
            rank = len(branch.shape)
            if rank > 2:  # what it gives may be of another size than it says
                branch = getattr(layers, f"GlobalAveragePooling{rank - 2}D")()(branch)
            branches[name] = layers.Dense(3)(branch)
    scores = layers.Softmax()(layers.Add()(list(branches.values())))
    return library.Model(image, scores), set(branches)


def _branch(kind: Any, given: list[Any], arguments: dict[str, Any]) -> Any:
    """What a layer makes of the first form of the photo that it takes; None if it takes none."""
    wanted = [
        name
        for name, each in inspect.signature(kind.__init__).parameters.items()
        if (each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD)
        or (name == "groups" and kind.__name__ == "GroupNormalization")
    ][1:]
    if not set(wanted) <= set(arguments):
        return None
    for each in given:
        for taken in ((each,), ([each, each],), (each, each)):
            try:
                out = kind(**{name: arguments[name] for name in wanted})(*taken)
                # Some find out only now what they cannot do, and some cannot be saved as HDF5.
                layer = kind(**{name: arguments[name] for name in wanted})
                ran = layer(*map(_zeros, taken))
                deepcopy(layer.get_config())
            except Exception:  # whatever a layer raises that takes something else
                continue
            numbers = "float" in str(getattr(out, "dtype", ""))
            if numbers and tuple(ran.shape) == (2, *out.shape[1:]):
                return out
    return None


def _zeros(like: Any) -> Any:
    if isinstance(like, list):
        return [_zeros(each) for each in like]
    return np.zeros((2, *like.shape[1:]), np.float32)
