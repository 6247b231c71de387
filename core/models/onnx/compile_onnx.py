"""Compiles an ONNX classifier that was exported elsewhere: adds its gradients and its card."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

from core.errors import ModelError
from core.models.card import Card, Input, check_classes, check_input
from core.models.files import rejections
from core.models.files.class_name_files import name_classes
from core.models.files.formats import ModelFile
from core.models.files.onnx_safety import read_onnx
from core.models.network import Network
from core.models.onnx.autodiff.backward import missing_rules, run_once, trace
from core.models.onnx.finish import finish
from core.models.onnx.graph_layers import find_graph_layers
from core.models.onnx.logit_output import add_logits
from core.models.onnx.onnx_metadata import OnnxMetadata
from core.models.onnx.onnx_network import LOGITS, OnnxNetwork
from core.models.onnx.read_graph import PHOTOS, ReadGraph, copy_of, read_graph, set_input

log = logging.getLogger("core")
_FREE = 224  # pixels a side where any size will do
_FIRST = ("Conv", "ConvTranspose", "MatMul", "Gemm")
_NARROW = 32  # grey levels that come out less than this far apart were meant to be scaled down
_CENTRED = -50  # and so were those that come out as far apart as they were, but with a mean taken
_ALIKE = 1e-3  # how far photos run together may be off those run alone, as a share of the range
_Floats = NDArray[np.float32]


def compile_onnx(
    file: ModelFile, card: Card | None, model: str, fallback: Callable[[], Network]
) -> OnnxNetwork:
    """Compile an ONNX file; TensorFlow is not needed.

    Args:
        file: From `formats.recognise`.
        card: The card beside it; None to assume one, for which torchvision's habits are taken
            where the channels come first, else Keras'.
        model: The identity of what it is opened from, as of `onnx_network.digest_of_files`.
        fallback: As of `OnnxNetwork`; never asked, since every layer named has its gradients.

    Raises:
        ModelError: If it is dangerous, no classifier of photos, or disagrees with its card.
    """
    try:
        return _compile(file, card, model, fallback)
    except ModelError:
        raise
    except Exception as error:  # whatever the runtime raises of a graph that is not sound
        raise rejections.unreadable(file.path.name, "ONNX", error) from error


def _compile(
    file: ModelFile, card: Card | None, model: str, fallback: Callable[[], Network]
) -> OnnxNetwork:
    name = file.path.name
    read = read_graph(read_onnx(file.path), name)
    shape = _shape(read, card, name)
    given, batch = _run_once(read, shape)
    head, assumed = add_logits(read.model, read.output, given)
    set_input(read.model, batch, shape)
    forward = trace(read.model, {}, _noise(shape)[:batch])
    layers, places, said = find_graph_layers(forward)
    if not layers:
        lost = missing_rules(forward, LOGITS)
        raise (
            rejections.no_gradient(name, next(iter(lost.values())))
            if lost and said
            else (rejections.no_layer(name))
        )
    for each in said:
        log.warning("%s: %s", name, each)
    classes = forward.tensors[LOGITS].shape[1]
    if card:
        check_classes(card, name, classes)
    card = card or _inferred(file, read, shape, classes, (*assumed, *said))
    finished = finish(forward, layers[-1], places[layers[-1].name])
    about = OnnxMetadata(model, head, shape, card, layers, places)
    helper.set_model_props(finished, about.to_properties())
    return OnnxNetwork(finished.SerializeToString(deterministic=True), fallback)


def _shape(read: ReadGraph, card: Card | None, name: str) -> tuple[int, int, int]:
    """(h, w, c) of the photos."""
    height, width = card.input.size if card else (side or _FREE for side in read.size)
    wanted = (height, width, card.input.channels if card else read.channels)
    if card:
        check_input(card, name, (*read.size, read.channels))
    return wanted


def _noise(shape: tuple[int, int, int]) -> _Floats:
    return np.random.default_rng(0).normal(0.5, 0.5, (2, *shape)).astype(np.float32)


def _run_once(read: ReadGraph, shape: tuple[int, int, int]) -> tuple[_Floats, int | None]:
    """What a graph gives for two photos, and how many it takes at once: None for any number.

    Many exports declare one photo, but would take more. That is believed if two photos give the
    same together as alone.
    """
    photos = _noise(shape)
    together: _Floats | None = None
    try:
        together = _output(read, None, photos)
        if read.batch is None:
            return together, None
    except Exception as error:  # whatever the runtime raises
        reason = str(error).splitlines()[0]
        log.info("photos are run one by one: %s", reason)
    try:
        alone = np.concatenate([_output(read, 1, photo[None]) for photo in photos])
    except Exception as error:  # likewise
        reason = str(error).splitlines()[0]
        raise ModelError(
            "model_shape",
            f"The model does not take photos of {shape[0]} x {shape[1]} pixels one by one or many "
            f"at once ({reason[:200]}). Save it with a free number of photos and the size it was "
            "trained with.",
            reason=reason[:200],
        ) from error
    if together is not None and together.shape == alone.shape:
        apart = np.abs(together - alone).max()
        if apart <= _ALIKE * max(float(np.ptp(alone)), 1e-6):
            return together, None
    return alone, 1


def _output(read: ReadGraph, batch: int | None, photos: _Floats) -> _Floats:
    model = copy_of(read.model)
    set_input(model, batch, (photos.shape[1], photos.shape[2], photos.shape[3]))
    session = onnxruntime.InferenceSession(model.SerializeToString(), run_once())
    (found,) = session.run(None, {PHOTOS: photos})
    return np.asarray(found, np.float32)


def _inferred(
    file: ModelFile, read: ReadGraph, shape: tuple[int, int, int], classes: int,
    assumed: tuple[str, ...],
) -> Card:  # fmt: skip
    """A card with what could be seen, and `assumptions` for what could not."""
    names, unnamed = name_classes(file.labels, classes)
    values, why = _values(read, shape)
    geometry, habit = (
        ("crop", "cropped to its input, as torchvision does")
        if read.channels_first
        else ("squash", "squashed to its input")
    )
    free = (f"photos are shown at {shape[0]} x {shape[1]} pixels",) if None in read.size else ()
    return Card(
        classes=names,
        input=Input(shape[0], shape[1], values, geometry, shape[2]),
        assumptions=(
            *unnamed,
            f"it was trained on numbers as {values!r}" + (f", because {why}" if why else ""),
            f"photos were {habit}",
            *free,
            *assumed,
        ),
    )


def _values(read: ReadGraph, shape: tuple[int, int, int]) -> tuple[str, str]:
    """One of `preprocess.VALUES`, and the reason."""
    if read.whole_numbers:
        return "0-255", "it takes whole numbers"
    black, white = _first_numbers(read.model, shape)
    apart = np.abs(white - black).max(initial=0)
    centred = apart < 256 and black.min(initial=0) < _CENTRED
    if 0 < apart < _NARROW or centred:
        return "0-255", "it rescales them itself"
    if read.channels_first:
        return "imagenet", "torchvision and timm do so"
    return "0-1", ""


def _first_numbers(model: Any, shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """What black and white photos of 0 and 255 are when they reach the first layer with weights."""
    reached, nodes = {PHOTOS}, []
    for node in model.graph.node:
        if reached.intersection(node.input):
            if node.op_type in _FIRST:
                break
            reached.update(node.output)
        nodes.append(node)
    else:
        return np.zeros(0), np.zeros(0)
    output = node.input[0]
    before = copy_of(model)
    graph = before.graph
    del graph.node[len(nodes) :], graph.output[:]
    used = {name for each in graph.node for name in each.input}
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    graph.output.append(helper.make_empty_tensor_value_info(output))
    set_input(before, 1, shape)
    session = onnxruntime.InferenceSession(before.SerializeToString(), run_once())
    photos = np.zeros((1, *shape), np.float32)
    black, white = (session.run(None, {PHOTOS: each})[0] for each in (photos, photos + 255))
    return black, white
