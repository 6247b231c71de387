"""Compiles an opened model to ONNX, so that `onnx_network` runs it without TensorFlow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
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
from core.models.network import Layer, Network, candidate_layers
from core.models.onnx.autodiff.backward import BACKWARD, ForwardGraph, add_gradients, trace
from core.models.onnx.autodiff.tape import NoRuleError
from core.models.onnx.onnx_network import (
    ACTIVATIONS,
    GRADIENTS,
    LOGITS,
    OnnxMetadata,
    OnnxNetwork,
)
from core.models.onnx.redundant_reshapes import remove_redundant_reshapes
from core.models.tensorflow.constants import rewrite
from core.models.tensorflow.freeze import FrozenGraph
from core.models.tensorflow.tensorflow_network import Probe, TensorFlowNetwork

log = logging.getLogger("core")
# It reports as errors what is no harm here: TensorFlow runs what it cannot convert.
logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
_OPSET = 17
_ALIKE = 1e-4  # how far the compiled form may be off, as a share of the values' own range
_GATES = 0.05  # how much of the gradients, and of their norm, gates near zero may change
_LARGE = 10_000  # numbers in a constant that is worth keeping out of the converter's hands
# Operations with an input that is a kernel.
_MULTIPLY = {("Conv2D", 1), ("MatMul", 1), ("BatchMatMulV2", 1)}
_Place = tuple[str, bool]  # a tensor's name, and whether its channels come first


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
    forward = remove_redundant_reshapes(trace(_converted(frozen), photos))
    reference = TensorFlowNetwork(frozen).probe(photos, row, candidate_layers(frozen.layers))
    places = _compiled_layers(forward, frozen.layers, reference, photos, row)
    default = frozen.layers[-1]
    if default.name not in places:
        raise ModelError(
            "not_compiled", f"ONNX does not give the maps at {default.name} as TensorFlow does."
        )
    finished = _finished(forward, default, places[default.name])
    about = OnnxMetadata(model, frozen.head, frozen.shape, card, frozen.layers, places)
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


def _converted(frozen: FrozenGraph) -> onnx.ModelProto:
    """The forward pass in ONNX, with the large constants as compact as they were stored.

    Raises:
        ModelError: If an operation has no counterpart.
    """
    definition, kernels = _with_kernels_as_inputs(frozen.graph_def)
    wanted = [frozen.input, *(f"{name}:0" for name in kernels), frozen.logits]
    try:
        definition = _without_erfc(definition)
        with tf.Graph().as_default() as graph:
            tf.graph_util.import_graph_def(rewrite(definition, wanted, ["constfold"]), name="")
            converted = tfonnx.process_tf_graph(
                graph,
                input_names=wanted[:-1],
                output_names=[frozen.logits],
                tensors_to_rename={frozen.logits: LOGITS},
                opset=_OPSET,
            )
        model = optimizer.optimize_graph(converted).make_model("rice-lens")
        _put_kernels(model.graph, kernels)
        lacking = {each.op_type for each in model.graph.node if not _is_known(each)}
        if not lacking:
            onnx.checker.check_model(model)
    except Exception as error:  # whatever the converter raises, TensorFlow runs the model then
        raise ModelError(
            "not_compiled", f"The graph cannot be converted to ONNX ({type(error).__name__})."
        ) from error
    if lacking:
        names = ", ".join(sorted(lacking))
        raise ModelError("not_compiled", f"ONNX has no counterpart of {names}.")
    return model


def _is_known(node: Any) -> bool:
    return bool(node.domain) or onnx.defs.has(node.op_type)


def _with_kernels_as_inputs(definition: Any) -> tuple[Any, dict[str, NDArray[np.float32]]]:
    """Take out the large constants that only convolutions and dense layers multiply with.

    The converter copies every constant at each of its many steps. It would also fold batch norms
    into the kernels; the runtime does that, too, when it loads the model.
    """
    users: dict[str, set[tuple[str, int]]] = {}
    for node in definition.node:
        for index, name in enumerate(node.input):
            users.setdefault(name, set()).add((node.op, index))
    changed, kernels = type(definition)(), {}
    for node in definition.node:
        known = node.op == "Const" and users.get(node.name, {("", 0)}) <= _MULTIPLY
        values = tf.make_ndarray(node.attr["value"].tensor) if known else None
        if values is None or values.dtype != np.float32 or values.size < _LARGE:
            changed.node.append(node)
            continue
        kernels[node.name] = values
        placeholder = changed.node.add(name=node.name, op="Placeholder")
        placeholder.attr["dtype"].type = tf.float32.as_datatype_enum
        placeholder.attr["shape"].shape.CopyFrom(tf.TensorShape(values.shape).as_proto())
    changed.library.CopyFrom(definition.library)
    changed.versions.CopyFrom(definition.versions)
    return changed, kernels


def _put_kernels(graph: Any, kernels: dict[str, NDArray[np.float32]]) -> None:
    """Put the constants back in, in the order of dimensions that is read.

    Those that half precision holds without losing a bit are widened when the model is loaded.
    """
    for tensor in [each for each in graph.input if each.name.removesuffix(":0") in kernels]:
        graph.input.remove(tensor)
        values = kernels[tensor.name.removesuffix(":0")]
        readers = [node for node in graph.node if tensor.name in node.input]
        turned = [node for node in readers if node.op_type == "Transpose"]
        for node in turned:
            order = helper.get_node_attr_value(node, "perm")
            _add_constant(graph, node.output[0], values.transpose(order))
            graph.node.remove(node)
        if len(turned) < len(readers):
            _add_constant(graph, tensor.name, values)


def _add_constant(graph: Any, name: str, values: NDArray[np.float32]) -> None:
    if not _half_holds(values):
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return
    half = numpy_helper.from_array(np.ascontiguousarray(values, np.float16), f"{name}_half")
    graph.initializer.append(half)
    widen = helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)
    graph.node.insert(0, widen)


def _half_holds(values: NDArray[np.float32]) -> bool:
    if np.abs(values).max() > np.finfo(np.float16).max:
        return False
    return bool((values.astype(np.float16) == values).all())


def _without_erfc(definition: Any) -> Any:
    """Write `Erfc(x)`, of Keras' GELU, as `1 - Erf(x)`: the converter knows only that."""
    changed = type(definition)()
    changed.CopyFrom(definition)
    del changed.node[:]
    for node in definition.node:
        changed.node.append(_replace_erfc(changed, node) if node.op == "Erfc" else node)
    return changed


def _replace_erfc(definition: Any, node: Any) -> Any:
    """Add the parts of `1 - Erf(x)` to a graph, but for the last of them, which is returned."""
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


def _compiled_layers(
    forward: ForwardGraph, layers: tuple[Layer, ...], reference: Probe,
    photos: NDArray[np.float32], row: NDArray[np.float32],
) -> dict[str, _Place]:  # fmt: skip
    """Where layers are in the compiled graph, as far as their gradients can be had there."""
    places, names = _places(forward, reference.activations), [layer.name for layer in layers]

    def agrees(layer: Layer) -> bool:
        if layer.name not in places:
            return False
        try:
            ours = _gradients(forward, places[layer.name], photos, row[None])[:, 0]
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
) -> dict[str, _Place]:
    """The tensors that hold the layers' activations, found by their numbers."""
    tensors: dict[tuple[int, ...], list[str]] = {}
    for name, values in forward.tensors.items():
        if values.ndim == 4 and name not in forward.constants:
            tensors.setdefault(values.shape, []).append(name)
    places: dict[str, _Place] = {}
    for layer, expected in activations.items():
        near = _tolerance(expected)
        for first, turned in ((True, np.moveaxis(expected, -1, 1)), (False, expected)):
            some = tuple(slice(None, None, 1 + length // 4) for length in turned.shape)
            for name in tensors.get(turned.shape, ()):
                values = forward.tensors[name]
                if all(np.abs(values[at] - turned[at]).max() <= near for at in (some, ...)):
                    places.setdefault(layer, (name, first))
    return places


def _gradients(
    forward: ForwardGraph, place: _Place, photos: NDArray[np.float32], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Of the sums of logits that rows of weights give: float32 [N, rows, h, w, K]."""
    graph = add_gradients(forward, LOGITS, *place).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
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
        every = np.eye(forward.tensors[LOGITS].shape[1], dtype=np.float32)
        same = _gradients(forward, place, photo, every)[0]
        same = same[:, :1, :1] if layer.pooled else same
        graph.initializer.append(numpy_helper.from_array(same, f"{GRADIENTS}_constant"))
        graph.node.append(helper.make_node("Identity", [f"{GRADIENTS}_constant"], [GRADIENTS]))
        graph.output.append(helper.make_tensor_value_info(GRADIENTS, TensorProto.FLOAT, same.shape))
    return model


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
