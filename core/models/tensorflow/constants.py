"""Turns the variables of a TensorFlow function into constants, and rewrites graphs of constants.

TensorFlow's own conversion hands a graph, weights and all, between Python and its core several
times, which takes longer than loading the model. Here the large weights stay beside the graph,
which only names them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
from tensorflow.python.framework import op_def_registry
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer

from core.models.tensorflow.tensordot import simplify_tensordots

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
# Operations with an input that is a kernel.
_PRODUCTS = {("Conv2D", 1), ("MatMul", 1), ("BatchMatMulV2", 1)}
_LARGE = 10_000  # numbers in a kernel that is worth keeping beside the graph
_FLOATS = (tf.float32, tf.float16, tf.bfloat16)
_APART = ("_XlaMustCompile", "_noinline", "api_implements")  # marks that keep a function apart


Weights = Mapping[str, NDArray[np.float32]]
"""Numbers of a graph's placeholders, by the names of these tensors."""

NO_WEIGHTS: Weights = MappingProxyType({})


def freeze_variables(
    function: Any,
) -> tuple[Any, str, list[str], dict[str, NDArray[np.float32]]]:
    """A function's graph with its variables as constants, or as placeholders if they are large.

    Args:
        function: A TensorFlow concrete function of one tensor.

    Returns:
        The `GraphDef`, the name of its input, the names of its outputs, and the large kernels of
        convolutions and dense layers by the names of the nodes that stand for them.
    """
    graph = function.graph
    photos, outputs = graph.inputs[0].name, [each.name for each in graph.outputs]
    definition = simplify_tensordots(_inlined(graph.as_graph_def(), [photos, *outputs]))
    captured = {inner.op.name: outer for outer, inner in graph.captures}
    variables = {name: outer for name, outer in captured.items() if outer.dtype == tf.resource}
    passed = {  # what a call that was written out leaves of its arguments
        node.name: node.input[0]
        for node in definition.node
        if node.op == "Identity" and node.attr["T"].type == types_pb2.DT_RESOURCE
    }
    frozen, first_reads = type(definition)(), dict[str, str]()
    kernels, weights = _kernels(definition), dict[str, NDArray[np.float32]]()
    for node in definition.node:
        name = node.input[0] if node.op == "ReadVariableOp" else ""
        while name in passed:
            name = passed[name]
        if name in first_reads:  # a variable is stored once
            again = frozen.node.add(name=node.name, op="Identity", input=[first_reads[name]])
            again.attr["T"].CopyFrom(node.attr["dtype"])
        elif name in variables:
            first_reads[name] = node.name
            kind = node.attr["dtype"].type
            value = tf.raw_ops.ReadVariableOp(resource=variables[name], dtype=kind)
            _add_constant(frozen, node.name, value, kernels, weights)
        elif node.name in captured and node.name not in variables:
            _add_constant(frozen, node.name, captured[node.name], kernels, weights)
        elif node.name in kernels and node.op == "Const":
            value = tf.constant(tf.make_ndarray(node.attr["value"].tensor))
            _add_constant(frozen, node.name, value, kernels, weights)
        elif node.name not in variables.keys() | passed.keys():
            frozen.node.add().CopyFrom(node)
    if _does_more(frozen, variables.keys() | passed.keys()):
        whole = convert_variables_to_constants_v2(function).graph
        photos, outputs = whole.inputs[0].name, [each.name for each in whole.outputs]
        return whole.as_graph_def(), photos, outputs, {}
    frozen.library.CopyFrom(definition.library)
    frozen.versions.CopyFrom(definition.versions)
    return frozen, photos, outputs, weights


def _kernels(definition: Any) -> set[str]:
    """The nodes that are multiplied with as kernels are, and used for nothing else."""
    products, others = set[str](), set[str]()
    for node in definition.node:
        for index, name in enumerate(node.input):
            (products if (node.op, index) in _PRODUCTS else others).add(name)
    return products - others


def _add_constant(
    definition: Any, name: str, value: Any,
    kernels: Collection[str], weights: dict[str, NDArray[np.float32]],
) -> None:  # fmt: skip
    """Add a constant; or, for a large kernel, a placeholder, and note its numbers beside."""
    if name in kernels and value.dtype in _FLOATS and np.prod(value.shape) >= _LARGE:
        weights[name] = np.asarray(value.numpy(), np.float32)
        node = definition.node.add(name=name, op="Placeholder")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["shape"].shape.CopyFrom(value.shape.as_proto())
        return
    node = definition.node.add(name=name, op="Const")
    node.attr["dtype"].type = value.dtype.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value.numpy()))


def _does_more(frozen: Any, resources: Set[str]) -> bool:
    """Whether something is left that is no plain computation: a loop, a table, a variable."""
    return any(
        not resources.isdisjoint(name.split(":")[0].lstrip("^") for name in node.input)
        or (node.op not in _CALLS and op_def_registry.get(node.op).is_stateful)
        for node in frozen.node
    )


def _inlined(definition: Any, wanted: Sequence[str]) -> Any:
    """A graph with its calls of functions written out, also of those meant for a compiler.

    Keras compiles grouped convolutions apart; within such a function TensorFlow finds no gradients
    and the converter no operations.
    """
    for part in (*definition.node, *definition.library.function):
        for mark in _APART:
            part.attr.pop(mark, None)
    return rewrite(definition, wanted, ["function"])


def rewrite(definition: Any, wanted: Sequence[str], passes: Sequence[str]) -> Any:
    """A graph rewritten by passes of TensorFlow's own optimizer.

    Args:
        definition: A `GraphDef`.
        wanted: The names of what is kept: its inputs and outputs.
        passes: Such as "function", which writes calls out, and "constfold".
    """
    meta = meta_graph_pb2.MetaGraphDef(graph_def=definition)
    meta.collection_def["train_op"].node_list.value.extend(wanted)
    config = config_pb2.ConfigProto()
    options = config.graph_options.rewrite_options
    options.min_graph_nodes = -1  # small graphs, too
    options.meta_optimizer_iterations = options.ONE
    options.optimizers.extend(passes)
    return tf_optimizer.OptimizeGraph(config, meta)
