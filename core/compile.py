"""Compile an opened model to ONNX, for `compiled` to run without TensorFlow."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tf2onnx import optimizer, tfonnx

from core.compiled import COMPILED_FILE, CompiledNetwork, metadata
from core.errors import ModelError
from core.graph import TensorFlowNetwork, freeze
from core.library import OpenModel

_OPSET = 17
_ALIKE = 1e-4  # how far the compiled form may be off, as a share of the values' own range
_LARGE = 50_000  # numbers in an array that is worth storing smaller


def compile_model(model: OpenModel, file: Path) -> Path:
    """Write a model's compiled form beside it, whole or not at all.

    Args:
        model: The opened model.
        file: The file it was opened from.

    Returns:
        The file written.

    Raises:
        ModelError: With code `not_compiled` if the model's end is not global average pooling and
            one dense layer, or the compiled form does not answer as the model does.
    """
    network = TensorFlowNetwork(freeze(model.keras, model.card.input.size))
    converted = _converted(network, _dense_weights(network))
    helper.set_model_props(converted, metadata(file, network.layers))
    target = file.with_name(COMPILED_FILE)
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        written = Path(scratch, COMPILED_FILE)
        written.write_bytes(converted.SerializeToString(deterministic=True))
        _compare(network, CompiledNetwork(written, lambda: network))
        written.replace(target)
    return target


def _dense_weights(network: TensorFlowNetwork) -> NDArray[np.float32]:
    """The dense layer's weights, float32 [C, K], as the gradients show them.

    Raises:
        ModelError: If there is anything else between the explained layer and the logits; the
            gradients would not be the same for every photo then.
    """
    layer = network.layers[-1]
    nodes = {node.name: node for node in network.frozen.definition.node}
    node, passed = nodes[network.frozen.logits.split(":")[0]], []
    while node.name != layer.tensor.split(":")[0] and node.input:
        passed.append(node.op)
        node = nodes[node.input[0].split(":")[0]]
    steps = [op for op in passed if op not in ("Identity", "Reshape", "Squeeze")]
    if steps not in (["BiasAdd", "MatMul", "Mean"], ["MatMul", "Mean"]):
        raise ModelError(
            "not_compiled",
            "Only a model that ends in global average pooling and one dense layer is compiled; "
            "this one is run by TensorFlow.",
        )
    gradients = network.run(_noise(network)[:1], layer).gradients
    return gradients.sum(axis=(0, 2, 3))


def _converted(network: TensorFlowNetwork, weights: NDArray[np.float32]) -> onnx.ModelProto:
    frozen = network.frozen
    definition, kernels = _with_kernels_as_inputs(frozen.definition)
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
        converted = tfonnx.process_tf_graph(
            graph,
            input_names=[frozen.input, *(f"{name}:0" for name in kernels)],
            output_names=[frozen.logits, network.layers[-1].tensor],
            opset=_OPSET,
        )
    model = optimizer.optimize_graph(converted).make_model("rice-lens")
    for tensor in [each for each in model.graph.input if each.name.removesuffix(":0") in kernels]:
        model.graph.input.remove(tensor)
        _add_half(model.graph, tensor.name, kernels[tensor.name.removesuffix(":0")])
    _add_constant_output(model.graph, "weights", weights)
    onnx.checker.check_model(model)
    return model


def _with_kernels_as_inputs(definition: Any) -> tuple[Any, dict[str, NDArray[np.float32]]]:
    """Take out the large constants that half precision holds without losing a bit.

    The converter folds batch norms into the kernels it knows, which then need full precision. The
    runtime folds them, too, when it loads the model.
    """
    changed, kernels = type(definition)(), {}
    for node in definition.node:
        values = tf.make_ndarray(node.attr["value"].tensor) if node.op == "Const" else None
        if values is None or values.dtype != np.float32 or not _half_holds(values):
            changed.node.append(node)
            continue
        kernels[node.name] = values
        shape = tf.TensorShape(values.shape).as_proto()
        placeholder = changed.node.add(name=node.name, op="Placeholder")
        placeholder.attr["dtype"].type = tf.float32.as_datatype_enum
        placeholder.attr["shape"].shape.CopyFrom(shape)
    changed.versions.CopyFrom(definition.versions)
    return changed, kernels


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


def _add_constant_output(graph: Any, name: str, values: NDArray[np.float32]) -> None:
    graph.initializer.append(numpy_helper.from_array(values, f"{name}_constant"))
    graph.node.append(helper.make_node("Identity", [f"{name}_constant"], [name]))
    graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))


def _compare(network: TensorFlowNetwork, compiled: CompiledNetwork) -> None:
    inputs, layer = _noise(network), network.layers[-1]
    theirs, ours = network.run(inputs, layer), compiled.run(inputs, layer)
    for name in ("logits", "activations", "gradients"):
        expected, got = getattr(theirs, name), getattr(ours, name)
        if np.abs(expected - got).max() > _ALIKE * np.ptp(expected):
            raise ModelError("not_compiled", f"Compiled, the model answers with other {name}.")


def _noise(network: TensorFlowNetwork) -> NDArray[np.float32]:
    shape = (3, *network.frozen.size, 3)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
