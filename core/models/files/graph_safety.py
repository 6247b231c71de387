"""Safety check of the graph of a SavedModel: every operation, before TensorFlow runs any.

A graph is a program: it may read and write files, reach the network and call Python, some of it
while the model is only being opened. Files may even hide one graph in another's data (datasets). So
operations are let through by a list of what computes, not stopped by a list of what harms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from core.models.files.rejections import external_reference, unsafe_operation
from core.models.files.size_safety import check_size

_SAVER = {"Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2"}
_SAVER |= {"MergeV2Checkpoints", "ShardedFilename", "ShardedFilespec"}


def check_graph(meta: Any, name: str, stored: int, old: bool) -> None:
    """Refuse a meta graph that does more than compute.

    Args:
        meta: A `MetaGraphDef`.
        name: The model's name, for the sentence.
        stored: Bytes of `saved_model.pb`.
        old: Whether TensorFlow opens it as it did in version 1: by running its graph.

    Raises:
        ModelError: If an operation is unknown, or reaches out of the graph. Those that save and
            restore are let through only where neither opening nor the signatures lead to them.
    """
    library = {function.signature.name: function for function in meta.graph_def.library.function}
    functions = library.values()
    for where, nodes in (
        ("graph", meta.graph_def.node),
        *((function.signature.name, function.node_def) for function in functions),
    ):
        for node in nodes:
            if node.op not in library or _definition(node.op) is not None:
                _check_operation(node.op, name, where)
    check_size(name, sum(_constants(meta.graph_def.node, functions)), stored)
    _check_saver(meta, library, name, old)
    _check_assets(meta, name)


def _definition(op: str) -> Any:
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(op)


@cache
def allowed_operations() -> dict[str, frozenset[str]]:
    """The operations that a graph may hold, by the groups of `graph_operations.txt`.

    What image classifiers use: sums on numbers, the state that stays within the model, and what
    leads from an encoded picture to its pixels or from a class's number to its name. An operation
    that TensorFlow adds later is refused until somebody adds it there.
    """
    groups: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("graph_operations.txt").read_text("utf-8").splitlines():
        if ":" in line:
            names = groups.setdefault(line.partition(":")[0], [])
        elif line and not line.startswith("#"):
            names += line.split()
    return {group: frozenset(names) for group, names in groups.items()}


def _check_operation(op: str, name: str, where: str) -> None:
    if op in _SAVER:
        return
    if _definition(op) is None:
        raise unsafe_operation(name, op, f"unknown, in {where}")
    if not any(op in group for group in allowed_operations().values()):
        raise unsafe_operation(name, op, f"in {where}")


def _constants(nodes: Iterable[Any], functions: Iterable[Any]) -> Iterator[int]:
    """Bytes of every constant once it is unfolded: one number may stand for any shape of it."""
    from tensorflow.python.framework import dtypes

    everywhere = (*nodes, *(node for function in functions for node in function.node_def))
    for node in everywhere:
        for value in node.attr.values():
            if value.HasField("tensor"):
                shape = [abs(each.size) for each in value.tensor.tensor_shape.dim]
                yield prod(shape) * (dtypes.as_dtype(value.tensor.dtype).size or 1)


def _check_saver(meta: Any, library: dict[str, Any], name: str, old: bool) -> None:
    """Saving and restoring stay out of what is run, and restoring reads the model's own variables.

    Every SavedModel carries such operations. TensorFlow 2 restores without them; for a graph of
    TensorFlow 1 it runs the restoring one, with the path it is given, and nothing else.
    """
    nodes = {node.name: node for node in meta.graph_def.node}
    called = [*meta.object_graph_def.concrete_functions]
    called += [each.gradient_func for each in meta.graph_def.library.gradient]
    for item in meta.object_graph_def.nodes:
        called.append(item.bare_concrete_function.concrete_function_name)
        called += item.function.concrete_functions
    for node in _reached([*_run(meta)], called, nodes, library):
        if node.op in _SAVER:
            raise unsafe_operation(name, node.op, "where the model is run")
    saver = meta.saver_def
    if not old or not saver.restore_op_name:
        return
    for node in _reached([saver.restore_op_name], [], nodes, library):
        restores = node.op == "RestoreV2" and nodes.get(node.name) is node
        own = restores and _bare(node.input[0]) == _bare(saver.filename_tensor_name)
        if node.op in _SAVER and not own:
            raise unsafe_operation(name, node.op, "where variables are restored")


def _run(meta: Any) -> Iterator[str]:
    """The tensors and operations that opening the model or calling a signature may ask for."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework import variable_pb2

    for signature in meta.signature_def.values():
        for told in (*signature.inputs.values(), *signature.outputs.values()):
            sparse = told.coo_sparse
            yield from (told.name, *(each.name for each in told.composite_tensor.components))
            yield from (sparse.values_tensor_name, sparse.indices_tensor_name)
            yield sparse.dense_shape_tensor_name
    for key, collection in meta.collection_def.items():
        yield from collection.node_list.value
        for value in collection.bytes_list.value if key != "savers" else ():
            variable = variable_pb2.VariableDef()
            try:
                variable.ParseFromString(value)
            except DecodeError:
                continue
            yield from (variable.initializer_name, variable.initial_value_name)
            yield from (variable.variable_name, variable.snapshot_name)


def _reached(
    tensors: list[str], functions: list[str], nodes: dict[str, Any], library: dict[str, Any]
) -> Iterator[Any]:
    """Every node that is run for some tensors and functions, in the graph and in its library."""
    waiting = [_bare(tensor) for tensor in tensors]
    called, seen, entered = list(functions), set(), set()
    while waiting or called:
        if waiting:
            found = waiting.pop()
            if found in seen or found not in nodes:
                continue
            seen.add(found)
            reached = [nodes[found]]
            waiting += [_bare(each) for each in nodes[found].input]
        else:
            function = called.pop()
            if function in entered or function not in library:
                continue
            entered.add(function)
            reached = list(library[function].node_def)
        for node in reached:
            called.append(node.op)
            for value in node.attr.values():
                called += [value.func.name, *(each.name for each in value.list.func)]
            yield node


def _bare(tensor: str) -> str:
    """A tensor's node, without the output's number or the mark of a control input."""
    return tensor.removeprefix("^").partition(":")[0]


def _check_assets(meta: Any, name: str) -> None:
    """Files that come with the model lie in its own folder; older models list them elsewhere."""
    from tensorflow.core.protobuf import meta_graph_pb2

    assets = list(meta.asset_file_def)
    for packed in meta.collection_def["saved_model_assets"].any_list.value:
        asset = meta_graph_pb2.AssetFileDef()
        packed.Unpack(asset)
        assets.append(asset)
    for asset in assets:
        if asset.filename in ("", ".", "..") or {"/", "\\", ":"} & set(asset.filename):
            raise external_reference(name, f"asset {asset.filename}")
