"""Safety check of an ONNX file: its size before it is parsed, then every operation and number.

A graph is a program, and its tensors may lie in other files. So operations are let through by a
list, nothing outside the file is read, and no tensor is larger than what the file holds of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from core.models.files import rejections

MOST_BYTES = (2 << 30) - 1  # protobuf's own limit
_MOST_STRUCTURE = 32 << 20  # bytes besides the weights' numbers; read, they fill fifty times that
_MOST_NODES = 20_000
_MOST_FIELDS = 400_000  # of the file, its graph and its weights: a second's work to count
_MOST_NUMBERS = 1 << 28  # of a tensor while the model runs on one photo: 1 GB
_LONGEST_NAME = 1000
_DOMAINS = ("", "ai.onnx")
_OPSETS = range(11, 25)
# Fields of ONNX's protobuf messages, by number: the way to the weights, and their numbers.
_GRAPH, _NODE, _INITIALIZER, _NUMBERS = 7, 1, 5, (4, 9, 10)  # float_data, raw_data, double_data


def read_onnx(path: Path) -> Any:
    """Read an ONNX file that is safe to run.

    Args:
        path: A stranger's file.

    Returns:
        An `onnx.ModelProto`.

    Raises:
        ModelError: If it is damaged or dangerous; names what is, and the way out.
    """
    name, size = path.name, path.stat().st_size
    if size > MOST_BYTES:
        raise rejections.too_large(name, size, MOST_BYTES)
    content = path.read_bytes()
    _check_structure(content, name)
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(content)
    except DecodeError as error:
        raise rejections.damaged(name, str(error)) from error
    _check_extent(model, name)
    for tensor in _tensors(model.graph):
        _check_tensor(tensor, name)
    for node in model.graph.node:
        _check_node(node, name)
    return _inferred(model, name)


@cache
def allowed_operations() -> frozenset[str]:
    """The operations that a graph may hold, as listed in `onnx_operations.txt`."""
    lines = Path(__file__).with_name("onnx_operations.txt").read_text("utf-8").splitlines()
    return frozenset(op for line in lines if not line.startswith("#") for op in line.split())


def _check_structure(content: bytes, name: str) -> None:
    """Bound what parsing fills: a message of two bytes becomes an object of a hundred."""
    nodes, structure, left = 0, len(content), iter(range(_MOST_FIELDS))
    try:
        for field, graph in _fields(memoryview(content), left):
            if field != _GRAPH:
                continue
            for inner, part in _fields(graph, left):
                nodes += inner == _NODE
                if nodes > _MOST_NODES:
                    raise rejections.unexpected_content(name, f"more than {_MOST_NODES} nodes")
                if inner == _INITIALIZER:
                    numbers = (len(value) for at, value in _fields(part, left) if at in _NUMBERS)
                    structure -= sum(numbers)
    except (IndexError, ValueError) as error:
        raise rejections.damaged(name, f"as ONNX it cannot be read to its end: {error}") from error
    if structure > _MOST_STRUCTURE:
        raise rejections.too_large(name, structure, _MOST_STRUCTURE)


def _fields(message: memoryview, left: Iterator[int]) -> Iterator[tuple[int, memoryview]]:
    """The fields of a protobuf message: their numbers and, of those with a length, the bytes.

    Args:
        message: The bytes.
        left: Ends when no more fields are to be looked at.

    Raises:
        ValueError: If they do not fill the message exactly.
        IndexError: Likewise.
    """
    at = 0
    while at < len(message):
        if next(left, None) is None:
            raise ValueError(f"more than {_MOST_FIELDS} fields")
        key, at = _varint(message, at)
        kind, length = key & 7, 0
        if kind == 0:
            _, at = _varint(message, at)
        elif kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + length > len(message):
            raise ValueError("cut off")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than ten bytes")


def _check_extent(model: Any, name: str) -> None:
    """Refuse what a classifier's file has no use for."""
    graph = model.graph
    if not graph.node:
        raise rejections.damaged(name, "it holds no graph")
    versions = [each.version for each in model.opset_import if each.domain in _DOMAINS]
    if len(versions) != 1 or versions[0] not in _OPSETS:
        known = f"{_OPSETS[0]} to {_OPSETS[-1]} are read"
        raise rejections.unreadable(name, "ONNX", ValueError(f"its opset is {versions}; {known}"))
    for part, what in (
        (model.functions, "functions of its own"),
        (model.training_info, "a training's graph"),
        (graph.sparse_initializer, "sparse tensors"),
    ):
        if part:
            raise rejections.unexpected_content(name, what)


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _check_tensor(tensor: Any, name: str) -> None:
    """Refuse a tensor that lies elsewhere, or is larger than what the file holds of it."""
    from onnx import TensorProto, helper

    if tensor.external_data or tensor.data_location == TensorProto.EXTERNAL:
        places = [each.value for each in tensor.external_data if each.key == "location"]
        raise rejections.external_weights(name, ", ".join(places) or tensor.name)
    try:
        kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
        field = helper.tensor_dtype_to_field(tensor.data_type)
    except KeyError as error:
        raise rejections.damaged(name, f"tensor {tensor.name}: unknown type") from error
    numbers = prod(tensor.dims) if min(tensor.dims, default=0) >= 0 else -1
    raw = tensor.HasField("raw_data")
    stored = len(tensor.raw_data) / kind.itemsize if raw else len(getattr(tensor, field))
    shared = 4 if kind.itemsize == 1 else 1  # numbers of two or four bits share a byte
    if not 0 <= numbers <= shared * stored or (shared == 1 and numbers < stored):
        said = f"tensor {tensor.name}: {stored:g} numbers for {list(tensor.dims)}"
        raise rejections.damaged(name, said)


def _check_node(node: Any, name: str) -> None:
    op, where = node.op_type, node.name or "a node without a name"
    if node.domain not in _DOMAINS or op not in allowed_operations():
        raise rejections.unsafe_operation(name, f"{node.domain} {op}".strip(), where)
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs or attribute.ref_attr_name:
            raise rejections.unsafe_operation(name, op, f"{where}, with a graph inside")
        if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
            raise rejections.unexpected_content(name, "sparse tensors")
    for part in (node.name, *node.input, *node.output):
        if len(part) > _LONGEST_NAME:
            raise rejections.unexpected_content(name, f"a name of {len(part)} characters: {part}")


def _inferred(model: Any, name: str) -> Any:
    """The same model with every tensor's shape, as far as it is known and of a sensible size."""
    from onnx import checker, shape_inference

    try:
        checker.check_model(model)
        inferred = shape_inference.infer_shapes(model, data_prop=True)
    except Exception as error:  # whatever its checks raise
        raise rejections.unreadable(name, "ONNX", error) from error
    graph = inferred.graph
    for value in (*graph.input, *graph.value_info, *graph.output):
        numbers = prod(max(1, each.dim_value) for each in value.type.tensor_type.shape.dim)
        if numbers > _MOST_NUMBERS:
            raise rejections.too_large(name, 4 * numbers, 4 * _MOST_NUMBERS)
    return inferred
