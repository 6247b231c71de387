"""Converts a frozen graph to ONNX; its large weights stay beside it until the graph is finished.

The converter copies every constant at each of its many steps, and each graph that is built, checked
and run on the way would be written and read again with all of them. It would also fold batch norms
into the kernels; the runtime does that, too, when it loads the model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tf2onnx import optimizer, tfonnx

from core.errors import ModelError
from core.models.onnx.onnx_network import LOGITS
from core.models.tensorflow.constants import rewrite
from core.models.tensorflow.freeze import FrozenGraph

# It reports as errors what is no harm here: TensorFlow runs what it cannot convert.
logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
_OPSET = 17
_Arrays = dict[str, NDArray[np.float32]]


def convert(frozen: FrozenGraph) -> tuple[onnx.ModelProto, _Arrays]:
    """The forward pass in ONNX.

    Args:
        frozen: The model's graph.

    Returns:
        The model, and the numbers of its inputs besides the photos, in the order of dimensions in
        which they are read.

    Raises:
        ModelError: With code `not_compiled` if an operation has no counterpart.
    """
    wanted = [frozen.input, *frozen.weights, frozen.logits]
    try:
        definition = rewrite(_without_erfc(frozen.graph_def), wanted, ["constfold"])
        model = _with_tf2onnx(definition, wanted[:-1], frozen.logits)
        weights = _as_read(model.graph, frozen.weights)
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
    return model, weights


def _with_tf2onnx(definition: Any, inputs: list[str], logits: str) -> onnx.ModelProto:
    """What tf2onnx makes of a graph."""
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(definition, name="")
        make = partial(
            tfonnx.process_tf_graph,
            graph,
            input_names=inputs,
            output_names=[logits],
            tensors_to_rename={logits: LOGITS},
            opset=_OPSET,
        )
        try:
            simple = optimizer.optimize_graph(make(), catch_errors=False)
        except Exception:  # one step failed: without it, which takes copies to go back to
            simple = optimizer.optimize_graph(make())
        return simple.make_model("rice-lens")


def _is_known(node: Any) -> bool:
    return bool(node.domain) or onnx.defs.has(node.op_type)


def _as_read(graph: Any, weights: Mapping[str, NDArray[np.float32]]) -> _Arrays:
    """Turn the weights as the graph does that reads them, and take that out of it."""
    read: _Arrays = {}
    for tensor in [each for each in graph.input if each.name in weights]:
        graph.input.remove(tensor)
        readers = [node for node in graph.node if tensor.name in node.input]
        turned = [node for node in readers if node.op_type == "Transpose"]
        for node in turned:
            order = helper.get_node_attr_value(node, "perm")
            values = weights[tensor.name].transpose(order)
            read[node.output[0]] = np.ascontiguousarray(values)
            graph.node.remove(node)
        if len(turned) < len(readers):
            read[tensor.name] = weights[tensor.name]
    for name, values in read.items():
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))
    return read


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
