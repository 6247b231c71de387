"""Compiles an opened model to ONNX, so that `onnx_network` runs it without TensorFlow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from core.errors import ModelError
from core.models.card import Card
from core.models.network import Layer, Network, candidate_layers
from core.models.onnx.autodiff.backward import ForwardGraph, trace
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.balanced_layer import add_balanced_layer
from core.models.onnx.convert import convert
from core.models.onnx.finish import class_gradients, finish
from core.models.onnx.onnx_metadata import OnnxMetadata
from core.models.onnx.onnx_network import LOGITS, OnnxNetwork
from core.models.onnx.place import Place
from core.models.onnx.redundant_reshapes import remove_redundant_reshapes
from core.models.tensorflow.freeze import FrozenGraph
from core.models.tensorflow.tensorflow_network import Probe, TensorFlowNetwork

log = logging.getLogger("core")
_ALIKE = 1e-4  # how far the compiled form may be off, as a share of the values' own range
_GATES = 0.05  # how much of the gradients, and of their norm, gates near zero may change


def compile_network(
    frozen: FrozenGraph, card: Card, model: str, fallback: Callable[[], Network]
) -> OnnxNetwork:
    """Compile a model, and compare what came out with TensorFlow.

    Args:
        frozen: The model's graph.
        card: Its card, kept for a model that has none beside it.
        model: The identity of what it was opened from, as of `onnx_network.digest_of_files`.
        fallback: As of `OnnxNetwork`.

    Raises:
        ModelError: With code `not_compiled` if the graph has an operation that ONNX lacks, or the
            compiled form does not answer as the model does.
    """
    rng = np.random.default_rng(0)
    photos = rng.normal(size=(2, *frozen.shape)).astype(np.float32)
    row = rng.normal(size=frozen.classes).astype(np.float32)  # so that one gradient has them all
    forward = remove_redundant_reshapes(trace(*convert(frozen), photos))
    reference = TensorFlowNetwork(frozen).probe(photos, row, candidate_layers(frozen.layers))
    places = _compiled_layers(forward, frozen.layers, reference, row)
    default = frozen.layers[-1]
    if default.name not in places:
        raise ModelError(
            "not_compiled", f"ONNX does not give the maps at {default.name} as TensorFlow does."
        )
    finished = finish(forward, default, places[default.name])
    layers, places = add_balanced_layer(forward, LOGITS, frozen.layers, places)
    about = OnnxMetadata(model, frozen.head, frozen.shape, card, layers, places)
    helper.set_model_props(finished, about.to_properties())
    network = OnnxNetwork(finished.SerializeToString(deterministic=True), fallback)
    if not _answers_alike(network, reference, photos, row):
        raise ModelError("not_compiled", "Compiled, the model gives other numbers.")
    return network


def _answers_alike(
    network: OnnxNetwork, reference: Probe, photos: NDArray[np.float32], row: NDArray[np.float32]
) -> bool:
    """Whether the compiled form gives what TensorFlow does, as it is going to be run."""
    default = network.layers[-1]
    if not default.linear:  # the rules of its gradients were compared before
        return _alike(network.logits(photos), reference.logits)
    ours = network.forward(photos, default)
    gradients = np.einsum("c,nc...->n...", row, ours.gradients)
    return (
        _alike(ours.logits, reference.logits)
        and _alike(ours.activations, reference.activations[default.name])
        and _alike(gradients, reference.gradients[default.name])
    )


def _compiled_layers(
    forward: ForwardGraph, layers: tuple[Layer, ...], reference: Probe, row: NDArray[np.float32]
) -> dict[str, Place]:
    """Where layers are in the compiled graph, where their gradients exist."""
    places, names = _places(forward, reference.activations), [layer.name for layer in layers]

    def agrees(layer: Layer) -> bool:
        if layer.name not in places:
            return False
        try:
            ours = class_gradients(forward, places[layer.name])(row[None])[:, 0]
        except NoRuleError as error:
            log.info("%s: ONNX has no gradients there (%s)", layer.name, error)
            return False
        return _nearly_alike(ours, reference.gradients[layer.name])

    first, *others = candidate_layers(layers)
    if agrees(first):
        # Its gradients took the rules of all operations behind it, and these were right.
        behind = names[names.index(first.name) :]
        return {name: places[name] for name in behind if name in places}
    found = next((layer for layer in others if agrees(layer)), None)
    if found is None or not (found == layers[-1] or agrees(layers[-1])):
        return {}
    return {name: places[name] for name in names[names.index(found.name) :] if name in places}


def _places(
    forward: ForwardGraph, activations: Mapping[str, NDArray[np.float32]]
) -> dict[str, Place]:
    """The tensors that hold the layers' activations, found by their numbers."""
    tensors: dict[tuple[int, ...], list[str]] = {}
    for name, values in forward.tensors.items():
        if values.ndim == 4 and name not in forward.constants:
            tensors.setdefault(values.shape, []).append(name)
    found = {name: _place(forward, tensors, each) for name, each in activations.items()}
    return {name: place for name, place in found.items() if place}


def _place(
    forward: ForwardGraph, tensors: Mapping[tuple[int, ...], list[str]],
    expected: NDArray[np.float32],
) -> Place | None:  # fmt: skip
    near = _tolerance(expected)
    for first, turned in ((True, np.moveaxis(expected, -1, 1)), (False, expected)):
        some = tuple(slice(None, None, 1 + length // 4) for length in turned.shape)
        for name in tensors.get(turned.shape, ()):
            values = forward.tensors[name]
            if all(np.abs(values[at] - turned[at]).max() <= near for at in (some, ...)):
                return Place(name, first)
    return None


def _alike(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    """Whether arrays differ by no more than a small share of their own range."""
    return bool(np.abs(ours - theirs).max() <= _tolerance(theirs))


def _nearly_alike(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    """Whether gradients are the same but for what a few open and shut gates make of them.

    A number that rounding moves across zero opens a ReLU in one of two computations alone, and all
    that lies before it differs a little; by a wrong rule nearly everything differs much.
    """
    apart = np.abs(ours - theirs)
    few = np.count_nonzero(apart > _tolerance(theirs)) <= _GATES * apart.size
    return bool(few and np.linalg.norm(apart) <= _GATES * np.linalg.norm(theirs))


def _tolerance(values: NDArray[np.float32]) -> float:
    return _ALIKE * max(float(np.ptp(values)), float(np.abs(values).max()) / 100)
