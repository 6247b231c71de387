"""Safety check of a Keras configuration: what it would import, run or read.

Keras rebuilds a model by looking up, importing and calling what its configuration names. Both
generations have guards against that, switched off for `.h5` files, for nested models or in older
releases (CVE-2024-3660, CVE-2025-1550, -8747, -9905, -9906, -12058, CVE-2026-1462), so none is
relied on: only names known to be harmless pass.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from math import prod
from typing import Any

from core.models.files.rejections import (
    external_reference,
    program_code,
    too_large,
    unexpected_content,
)

_CODE = {  # layers that carry Python code, or a pickle, or call by name whatever they are told
    "Lambda",
    "__lambda__",
    "KerasLayer",  # tensorflow_hub: the layer's code is at an address
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "TensorFlowOpLayer",
    "ClassMethod",
    "InstanceMethod",
    "InstanceProperty",
    "__typespec__",
    "TypeSpec",
    "CompositeTensor",
}
_PLACES = {"TFSMLayer"}  # layers that are another model at a path
_FILES = {"vocabulary", "vocabulary_file", "filepath"}  # arguments that may be a path to be read
_SRC = r"(tf_)?keras(\.src|\.api)?"
_FUNCTION_ROOMS = "activations|initializers|regularizers|constraints|losses|metrics|ops"
_ROOMS = f"layers|models|engine|optimizers|dtype_policies|mixed_precision|quantizers|random|\
{_FUNCTION_ROOMS}"
_BELOW = r"(\.[a-z_][a-z0-9_]*)*"
# Where a class, and a function, may be looked for. Elsewhere in Keras are functions that download
# files, load models and switch its guards off.
_CLASSES = re.compile(rf"{_SRC}(\.({_ROOMS}){_BELOW})?\Z")
_FUNCTIONS = re.compile(rf"{_SRC}\.({_FUNCTION_ROOMS}){_BELOW}\Z")
# Single classes of other places that honest models name.
_KNOWN = re.compile(
    r"(efficientnet\.\w+\.FixedDropout"
    r"|(tf_)?keras(\.src)?\.applications\.convnext\.(LayerScale|StochasticDepth)"
    r"|(tf_)?keras(\.src)?\.applications\.inception_resnet_v2\.CustomScaleLayer"
    r"|tensorflow\.python\.ops\.init_ops_v2\.[A-Z][A-Za-z]+)\Z"
)
_NAME = re.compile(r"([\w.\-]+>)?\w+\Z")
# TensorFlow's functions that Keras 2 models call by name: those that compute with tensors.
_TENSOR_FUNCTIONS = re.compile(
    r"(compat\.v1\.)?((math|nn|linalg|image|signal|random|bitwise|__operators__)\.\w+|(cast|concat|reshape"
    r"|transpose|expand_dims|squeeze|split|stack|unstack|tile|pad|slice|strided_slice|gather"
    r"|gather_nd|where|shape|rank|size|identity|stop_gradient|clip_by_value|norm|einsum|matmul"
    r"|tensordot|reverse|roll|one_hot|zeros_like|ones_like|fill|repeat|boolean_mask|broadcast_to"
    r"|add|subtract|multiply|divide|pow|square|sqrt|exp|abs|sign|round|floor|maximum|minimum|tanh"
    r"|sigmoid|equal|not_equal|less|less_equal|greater|greater_equal|argmax|argmin|sort|argsort"
    r"|cumsum|ensure_shape|reduce_\w+|logical_\w+|space_to_batch|batch_to_space|meshgrid|range"
    r"|convert_to_tensor))\Z"
)
_LARGEST = 1_000_000  # of any single number; a layer of so many units is no classifier's
_LARGEST_SHAPE = 1 << 28  # numbers in an input or a reshaped tensor
_FREE = ("seed", "id")  # arguments whose numbers count nothing


def check_config(config: dict[str, Any], name: str, allow_code: bool) -> None:
    """Refuse an architecture that asks for more than Keras' own layers.

    Args:
        config: As in `ModelFile.config`; never compiled, so what it was compiled with is not read.
        name: The model file's name, for the sentence.
        allow_code: Let code through that the file carries or names. What reads other files or
            fills the memory is refused all the same.

    Raises:
        ModelError: If it asks for code, for a file, or for more numbers than a classifier has.

    Example:
        >>> check_config({"class_name": "Dense", "config": {"units": 3}}, "model.h5", False)
        >>> check_config(
        ...     {"class_name": "Lambda", "config": {"name": "l"}}, "model.h5", False
        ... )  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        core.errors.ModelError: model.h5 holds or asks for program code (Lambda l). ...
    """
    for key, value in _values({**config, "compile_config": None}):
        if isinstance(value, dict):
            _check_entry(value, name, allow_code)
        elif isinstance(value, str) and key in _FILES and value:
            raise external_reference(name, f"{key} {value[:100]}")
        elif isinstance(value, list) and key.rstrip("[]").endswith("shape"):
            sizes = [size for size in value if isinstance(size, int) and size > 0]
            if prod(sizes) > _LARGEST_SHAPE:
                raise too_large(name, 4 * prod(sizes), 4 * _LARGEST_SHAPE)
        elif (
            isinstance(value, int)
            and abs(value) > _LARGEST
            and not key.rstrip("[]").endswith(_FREE)
        ):
            raise unexpected_content(name, f"{key} {value}")


def _values(config: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value at any depth, and the key it stands under; in a list, the list's key and []."""
    waiting: list[tuple[str, Any]] = [("", config)]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += ((f"{key}[]", each) for each in value)


def _check_entry(entry: dict[str, Any], name: str, allow_code: bool) -> None:
    """One object that Keras would look up: its class or function, and where it is looked for."""
    if "class_name" not in entry:
        return
    called, module = entry["class_name"], entry.get("module")
    registered = entry.get("registered_name") or called
    inner = entry.get("config")
    named = all(isinstance(each, str) and _NAME.match(each) for each in (called, registered))
    if not named or not isinstance(module, str | None):
        raise unexpected_content(name, f"class {str(called)[:100]}")
    bare = {each.rpartition(">")[2] for each in (called, registered)}
    label = inner.get("name", "") if isinstance(inner, dict) else ""
    if bare & _PLACES:
        raise external_reference(name, f"{called} {label}".strip())
    if allow_code:
        return
    if bare & _CODE:
        raise program_code(name, f"{called} {label}".strip())
    if called == "function":
        _check_function(inner, module, name)
    elif called in ("TFOpLambda", "SlicingOpLambda"):
        function = inner.get("function") if isinstance(inner, dict) else None
        if not isinstance(function, str) or not _TENSOR_FUNCTIONS.match(function):
            raise program_code(name, f"tf.{function}")
    known = module is None or _CLASSES.match(module) or _KNOWN.match(f"{module}.{called}")
    if called != "function" and not known:
        raise program_code(name, f"{module}.{called}")


def _check_function(function: Any, module: str | None, name: str) -> None:
    """A function by name: one of Keras' own, or one that somebody registered, but not Python's."""
    plain = isinstance(function, str) and _NAME.match(function)
    ours = module in (None, "builtins") and not hasattr(builtins, str(function))
    if not plain or not (ours or _FUNCTIONS.match(module or "")):
        raise program_code(name, f"{module}.{str(function)[:100]}")
