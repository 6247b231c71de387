"""What the graph of a SavedModel does, node by node, judged before TensorFlow runs any of it.

A graph is a program: it may read and write files, reach the network and call Python, some of it
while the model is only being opened. Files may even hide one graph in another's data (datasets). So
operations are let through by a list of what computes, not stopped by a list of what harms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from core.models.files.rejections import external_reference, unsafe_operation
from core.models.files.size_safety import check_size

# Operations with a state or an effect that stays within the model.
_STATE = """
    _Arg _Retval Assert CheckNumerics CheckNumericsV2 DeviceIndex Empty GuaranteeConst
    PartitionedCall StatefulPartitionedCall If _If While _While Case
    VarHandleOp Variable VariableV2 TemporaryVariable ReadVariableOp _ReadVariablesOp _VarHandlesOp
    AssignVariableOp AssignAddVariableOp AssignSubVariableOp VarIsInitializedOp VariableShape
    DestroyResourceOp DisableCopyOnRead ResourceCountUpTo ResourceGather ResourceGatherNd
    ResourceStridedSliceAssign
    HashTable HashTableV2 AnonymousHashTable MutableHashTable MutableHashTableV2
    AnonymousMutableHashTable MutableDenseHashTable MutableDenseHashTableV2 InitializeTableV2
    LookupTableFindV2 LookupTableSizeV2 LookupTableExportV2 LookupTableImportV2 LookupTableInsertV2
    LookupTableRemoveV2
    StackV2 StackPushV2 StackPopV2 StackCloseV2
    Multinomial NonDeterministicInts ParameterizedTruncatedNormal RandomCrop RandomGamma
    RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt
    RngReadAndSkip RngSkip SampleDistortedBoundingBox SampleDistortedBoundingBoxV2
    StatefulRandomBinomial StatefulStandardNormal StatefulStandardNormalV2 StatefulTruncatedNormal
    StatefulUniform StatefulUniformFullInt StatefulUniformInt StatelessRandomGetAlg TruncatedNormal
"""
_STATE_FAMILIES = ("TensorArray", "ResourceScatter", "ResourceApply", "ResourceSparseApply")
# Stateless ones on texts, lists and tables, which only compute.
_TEXT = """
    AsString DecodeAndCropJpeg DecodeBase64 DecodeBmp DecodeGif DecodeImage DecodeJpeg DecodePng
    DecodeRaw DecodePaddedRaw DecodeWebP EncodeBase64 EncodeJpeg EncodePng ExtractJpegShape
    EmptyTensorList InitializeTable LookupTableFind LookupTableSize MergeSummary ParseExample
    ParseExampleV2 ParseSingleExample RaggedTensorFromVariant RaggedTensorToVariant ReduceJoin
    RegexFullMatch RegexReplace StaticRegexFullMatch StaticRegexReplace StringFormat StringJoin
    StringLength StringLower StringSplit StringSplitV2 StringStrip StringToHashBucket
    StringToHashBucketFast StringToHashBucketStrong StringToNumber StringUpper Substr
    ScalarSummary HistogramSummary ImageSummary TensorSummary TensorSummaryV2
"""
_TEXT_FAMILIES = ("TensorList", "TensorArray")
# Stateless by their own account, on numbers only, and yet not mere computing.
_NOT_COMPUTING = (
    *("PyFunc", "Debug", "Copy", "_Copy", "Abort", "ImmutableConst", "BatchFunction", "Batch_"),
    *("CustomAggregator", "MlirPassthrough", "Xla", "_Xla", "TPU", "_TPU", "Tpu", "GetTpu"),
    *("DTensor", "Relayout", "Prelinearize", "Infeed", "Sdca", "HostConst", "_HostCast"),
)
_SAVER = """
    Save SaveSlices SaveV2 Restore RestoreSlice RestoreV2 MergeV2Checkpoints ShardedFilename
    ShardedFilespec
"""
_STATE_OPS, _TEXT_OPS, _SAVER_OPS = (frozenset(each.split()) for each in (_STATE, _TEXT, _SAVER))


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


def _check_operation(op: str, name: str, where: str) -> None:
    known = _definition(op)
    if op in _SAVER_OPS:
        return
    if known is None:
        raise unsafe_operation(name, op, f"unknown, in {where}")
    if known.is_stateful:
        fine = op in _STATE_OPS or op.startswith(_STATE_FAMILIES)
    elif _takes_more_than_numbers(known):
        fine = op in _TEXT_OPS or op.startswith(_TEXT_FAMILIES)
    else:
        fine = not op.startswith(_NOT_COMPUTING)
    if not fine:
        raise unsafe_operation(name, op, f"in {where}")


def _takes_more_than_numbers(definition: Any) -> bool:
    from tensorflow.core.framework import types_pb2

    others = (types_pb2.DT_STRING, types_pb2.DT_VARIANT, types_pb2.DT_RESOURCE)
    return any(
        argument.type in others for argument in (*definition.input_arg, *definition.output_arg)
    )


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
        if node.op in _SAVER_OPS:
            raise unsafe_operation(name, node.op, "where the model is run")
    saver = meta.saver_def
    if not old or not saver.restore_op_name:
        return
    for node in _reached([saver.restore_op_name], [], nodes, library):
        restores = node.op == "RestoreV2" and nodes.get(node.name) is node
        own = restores and _bare(node.input[0]) == _bare(saver.filename_tensor_name)
        if node.op in _SAVER_OPS and not own:
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
