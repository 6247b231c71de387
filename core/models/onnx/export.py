"""Export an opened model to ONNX, so that `onnx_network` runs it without TensorFlow."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tf2onnx import optimizer, tfonnx

from core.errors import ModelError
from core.models.card import Card
from core.models.network import ForwardPass, Layer, candidate_layers
from core.models.onnx.autodiff.backward import BACKWARD, ForwardGraph, add_gradients, trace
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.onnx_network import (
    ACTIVATIONS,
    GRADIENTS,
    LOGITS,
    ONNX_FILE,
    OnnxMetadata,
    OnnxNetwork,
)
from core.models.onnx.redundant_reshapes import remove_redundant_reshapes
from core.models.tensorflow.freeze import FrozenGraph
from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

log = logging.getLogger("core")
# It reports as errors what is no harm here: TensorFlow runs what it cannot convert.
logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
_OPSET = 17
_ALIKE = 1e-4  # how far the compiled form may be off, as a share of the values' own range
_LARGE = 50_000  # numbers in an array that is worth storing smaller
_TRIED = 3  # classes whose gradients are compared
_Place = tuple[str, bool]  # a tensor's name, and whether its channels come first


def export_onnx(frozen: FrozenGraph, card: Card, model: str, folder: Path) -> Path:
    """Write a model's compiled form into a folder, whole or not at all.

    Args:
        frozen: The model's graph.
        card: Its card, kept for a model that has none beside it.
        model: The identity of what it was opened from, as of `onnx_network.digest_of_files`.
        folder: Made if absent.

    Returns:
        The file written.

    Raises:
        OSError: If the folder cannot be written to.
        ModelError: With code `not_compiled` if the graph has an operation that ONNX lacks, or the
            compiled form does not answer as the model does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        written = Path(scratch, ONNX_FILE)
        reference, photos = TensorFlowNetwork(frozen), _noise(frozen)
        forward = remove_redundant_reshapes(trace(_converted(frozen), photos))
        places = _compiled_layers(forward, reference, photos)
        default = frozen.layers[-1]
        if default.name not in places:
            raise ModelError(
                "not_compiled", f"ONNX does not give the maps at {default.name} as TensorFlow does."
            )
        finished = _finished(forward, default, places[default.name])
        about = OnnxMetadata(model, frozen.head, frozen.shape, card, frozen.layers, places)
        helper.set_model_props(finished, about.to_properties())
        written.write_bytes(finished.SerializeToString(deterministic=True))
        tried = _tried(frozen)
        ours = OnnxNetwork(written, lambda: reference).forward(photos, default, tried)
        theirs = reference.forward(photos, default, tried)
        if not _alike(_numbers(ours), _numbers(theirs)):
            raise ModelError("not_compiled", "Compiled, the model gives other numbers.")
        written.replace(folder / ONNX_FILE)
    return folder / ONNX_FILE


def _numbers(run: ForwardPass) -> tuple[Any, ...]:
    return run.logits, run.activations, run.gradients


def _converted(frozen: FrozenGraph) -> onnx.ModelProto:
    """The forward pass in ONNX, with the large constants as compact as they were stored.

    Raises:
        ModelError: If an operation has no counterpart.
    """
    definition, kernels = _with_kernels_as_inputs(frozen.graph_def)
    try:
        with tf.Graph().as_default() as graph:
            tf.graph_util.import_graph_def(definition, name="")
            converted = tfonnx.process_tf_graph(
                graph,
                input_names=[frozen.input, *(f"{name}:0" for name in kernels)],
                output_names=[frozen.logits],
                tensors_to_rename={frozen.logits: LOGITS},
                opset=_OPSET,
            )
        model = optimizer.optimize_graph(converted).make_model("rice-lens")
        for tensor in [each for each in model.graph.input if _plain(each.name) in kernels]:
            model.graph.input.remove(tensor)
            _add_half(model.graph, tensor.name, kernels[_plain(tensor.name)])
        onnx.checker.check_model(model)
    except Exception as error:  # whatever the converter raises, TensorFlow runs the model then
        raise ModelError(
            "not_compiled", f"The graph cannot be converted to ONNX: {error}"
        ) from error
    return model


def _plain(tensor: str) -> str:
    return tensor.removesuffix(":0")


def _with_kernels_as_inputs(definition: Any) -> tuple[Any, dict[str, NDArray[np.float32]]]:
    """Take out the large constants that half precision holds without losing a bit.

    The converter folds batch norms into the kernels it knows, which then need full precision. The
    runtime folds them, too, when it loads the model.
    """
    changed, kernels = type(definition)(), {}
    for node in definition.node:
        if node.op == "Erfc":  # of Keras 3's GELU; the converter knows only its counterpart
            node = _replace_erfc(changed, node)
        values = tf.make_ndarray(node.attr["value"].tensor) if node.op == "Const" else None
        if values is None or values.dtype != np.float32 or not _half_holds(values):
            changed.node.append(node)
            continue
        kernels[node.name] = values
        shape = tf.TensorShape(values.shape).as_proto()
        placeholder = changed.node.add(name=node.name, op="Placeholder")
        placeholder.attr["dtype"].type = tf.float32.as_datatype_enum
        placeholder.attr["shape"].shape.CopyFrom(shape)
    changed.library.CopyFrom(definition.library)
    changed.versions.CopyFrom(definition.versions)
    return changed, kernels


def _replace_erfc(definition: Any, node: Any) -> Any:
    """Write `Erfc(x)` as `1 - Erf(x)`: adds its parts to a graph and gives the last of them."""
    one, erf = f"{node.name}/one", f"{node.name}/erf"
    definition.node.add(name=one, op="Const").attr["value"].tensor.CopyFrom(
        tf.make_tensor_proto(np.float32(1))
    )
    for name, op, inputs in ((erf, "Erf", node.input), (node.name, "Sub", [one, erf])):
        definition.node.add(name=name, op=op, input=inputs)
    for part in definition.node[-3:]:
        kind = "dtype" if part.op == "Const" else "T"
        part.attr[kind].type = tf.float32.as_datatype_enum
    return definition.node.pop()


def _half_holds(values: NDArray[np.float32]) -> bool:
    if values.size < _LARGE or np.abs(values).max() > np.finfo(np.float16).max:
        return False
    return bool((values.astype(np.float16) == values).all())


def _add_half(graph: Any, name: str, values: NDArray[np.float32]) -> None:
    """A constant stored in half precision and widened when it is loaded."""
    half = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
    graph.initializer.append(half)
    widen = helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)
    graph.node.insert(0, widen)


def _compiled_layers(
    forward: ForwardGraph, reference: TensorFlowNetwork, photos: NDArray[np.float32]
) -> dict[str, _Place]:
    """Where layers are in the compiled graph, as far as their gradients can be had there."""
    places = _places(forward, reference, photos)
    names = [layer.name for layer in reference.layers]
    for layer in candidate_layers(reference.layers):
        if layer.name in places and _agrees(forward, reference, layer, places[layer.name], photos):
            # Its gradients took the rules of all operations behind it, and these were right.
            behind = names[names.index(layer.name) :]
            return {name: places[name] for name in behind if name in places}
    return {}


def _places(
    forward: ForwardGraph, reference: TensorFlowNetwork, photos: NDArray[np.float32]
) -> dict[str, _Place]:
    """The tensors that hold the layers' activations, found by their numbers."""
    places: dict[str, _Place] = {}
    for layer, expected in reference.activations(photos).items():
        for name, values in forward.tensors.items():
            if values.ndim != 4 or name in forward.constants:
                continue
            for first, turned in ((True, np.moveaxis(expected, -1, 1)), (False, expected)):
                if values.shape == turned.shape and _alike((values,), (turned,)):
                    places.setdefault(layer, (name, first))
    return places


def _agrees(
    forward: ForwardGraph, reference: TensorFlowNetwork, layer: Layer, place: _Place,
    photos: NDArray[np.float32],
) -> bool:  # fmt: skip
    """Whether the compiled graph's gradients at a layer are TensorFlow's."""
    classes = _tried(reference.frozen)
    try:
        ours = _gradients(forward, place, photos, classes)
    except NoRuleError as error:
        log.info("%s: ONNX has no gradients there (%s)", layer.name, error)
        return False
    theirs = reference.forward(photos, layer, classes)
    return _alike((ours,), (theirs.gradients,))


def _gradients(
    forward: ForwardGraph, place: _Place, photos: NDArray[np.float32], classes: list[int]
) -> NDArray[np.float32]:
    graph = add_gradients(forward, LOGITS, *place).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    rows = np.eye(forward.tensors[LOGITS].shape[1], dtype=np.float32)[classes]
    given = forward.model.graph.input[0].name
    return session.run([BACKWARD], {given: photos, "classes": rows})[0]


def _finished(forward: ForwardGraph, layer: Layer, place: _Place) -> onnx.ModelProto:
    """The graph that is written: logits, activations and, where they are constant, gradients."""
    model = onnx.ModelProto()
    model.CopyFrom(forward.model)
    graph, (name, first) = model.graph, place
    order = [0, 2, 3, 1] if first else [0, 1, 2, 3]
    graph.node.append(helper.make_node("Transpose", [name], [ACTIVATIONS], perm=order))
    shape = [None, *layer.grid, layer.channels]
    graph.output.append(helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, shape))
    if layer.linear:
        photo = forward.tensors[forward.model.graph.input[0].name][:1]
        every = list(range(forward.tensors[LOGITS].shape[1]))
        same = _gradients(forward, place, photo, every)[0]
        same = same[:, :1, :1] if layer.pooled else same
        graph.initializer.append(numpy_helper.from_array(same, f"{GRADIENTS}_constant"))
        graph.node.append(helper.make_node("Identity", [f"{GRADIENTS}_constant"], [GRADIENTS]))
        graph.output.append(helper.make_tensor_value_info(GRADIENTS, TensorProto.FLOAT, same.shape))
    return model


def _tried(frozen: FrozenGraph) -> list[int]:
    return sorted({*range(frozen.classes)[:: max(1, frozen.classes // _TRIED)]})[:_TRIED]


def _alike(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Whether arrays differ by no more than a small share of their own range."""
    return all(
        np.abs(a - b).max() <= _ALIKE * max(np.ptp(b), np.abs(b).max() / 100)
        for a, b in zip(ours, theirs, strict=True)
    )


def _noise(frozen: FrozenGraph) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(2, *frozen.shape)).astype(np.float32)
