"""What tests of hostile model files share: small files of the right shape, and witnesses."""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.errors import ModelError
from core.models.files.formats import recognise
from core.models.files.safety import check

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 3}}


def weights(**datasets: Any) -> bytes:
    """A `.weights.h5` as Keras 3 lays it out."""
    held = BytesIO()
    with h5py.File(held, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", data=np.ones((4, 3), np.float32))
        for name, data in datasets.items():
            group[name] = data
    return held.getvalue()


def model_of(*layers: dict[str, Any]) -> dict[str, Any]:
    """A configuration of a model with these layers."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [DENSE, *layers]},
    }


def archive(path: Path, config: Any = None, held: bytes | None = None, **more: bytes | str) -> Path:
    """A `.keras` file of a configuration, weights and further members."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        file.writestr("config.json", json.dumps(model_of() if config is None else config))
        file.writestr("model.weights.h5", weights() if held is None else held)
        for name, content in more.items():
            file.writestr(name, content)
    return path


def h5(path: Path, config: Any = None, version: str = "2.15.0") -> Path:
    """A whole model in HDF5 as Keras 2 lays it out."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version
        file.attrs["model_config"] = json.dumps(model_of() if config is None else config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = ["d"]
        group.create_group("d").create_dataset("kernel:0", data=np.ones((4, 3), np.float32))
    return path


def refused(path: Path, code: str, allow_code: bool = False) -> ModelError:
    """The error that refuses a file; it must have this code and say what to do."""
    with pytest.raises(ModelError) as caught:
        check(recognise(path), allow_code)
    assert caught.value.code == code, caught.value
    assert caught.value.facts["name"] in str(caught.value)
    return caught.value


@contextmanager
def little_memory(most: int = 64 << 20) -> Iterator[None]:
    """Fails where Python and numpy together held more at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Fails where anybody opened a file, C libraries too; elsewhere than on Linux it only looks
    whether the file was written."""
    before = path.read_bytes()
    watch = _watch(path) if sys.platform == "linux" else None
    yield
    assert path.read_bytes() == before if watch is None else not _events(watch)
    if watch is not None:
        path.read_bytes()
        assert _events(watch), "the watch itself must work"
        os.close(watch)


def _watch(path: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    handle = int(libc.inotify_init1(os.O_NONBLOCK))
    opened, read, written = 0x20, 0x1, 0x2
    assert libc.inotify_add_watch(handle, os.fsencode(path), opened | read | written) >= 0
    return handle


def _events(handle: int) -> bytes:
    try:
        return os.read(handle, 4096)
    except BlockingIOError:
        return b""


def understate(path: Path, member: str, size: int) -> None:
    """Make an archive's table, and the member's own header, say that it is smaller than it is."""
    data = bytearray(path.read_bytes())
    for mark, length, name in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        at = data.find(mark)
        while data[at + name : at + name + len(member)] != member.encode():
            at = data.find(mark, at + 1)
        struct.pack_into("<I", data, at + length, size)
    path.write_bytes(data)
