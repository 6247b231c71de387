"""CPU time of the first opening of ordinary models, beside loading them with Keras.

A new process opens a model that was never opened here, compiles it and checks what it compiled.
Beside it another one imports TensorFlow and loads the same file with Keras.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.measure import Series, interleave

KERAS, OURS = "TensorFlow's import and Keras' load", "first opening, compiled and checked"
_WAYS = {KERAS: "load", OURS: "open"}
NETWORKS = (
    "VGG16", "ResNet50", "MobileNetV2", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0",
    "ConvNeXtTiny",
)  # fmt: skip
"""Of `keras.applications`, as they are without arguments: 224 pixels, 1,000 classes."""
GENERATIONS = (3, 2)
ROOT = Path(__file__).resolve().parents[2]


def measure_openings(folder: Path, network: str, generation: int, rounds: int) -> Series:
    """CPU-seconds of processes, their threads and children, from nothing to the opened model.

    Args:
        folder: Where the model is saved meanwhile.
        network: One of `NETWORKS`.
        generation: Of Keras, one of `GENERATIONS`.
        rounds: Turns of each.

    Raises:
        RuntimeError: If it is not opened, or not compiled.
    """
    what = folder, network, generation
    _start("make", *what)
    return interleave({name: partial(_start, way, *what) for name, way in _WAYS.items()}, rounds)


def _start(*what: object) -> float:
    command = [sys.executable, "-m", "tests.bench.first_opening", *map(str, what)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, what))}: exit code {process.returncode}")
    return used.ru_utime + used.ru_stime


def _keras(generation: int) -> Any:
    import importlib

    return importlib.import_module("keras" if generation == 3 else "tf_keras")


def _run(way: str, folder: Path, network: str, generation: int) -> None:
    file = folder / f"{network}-{generation}.keras"
    if way == "make":
        keras = _keras(generation)
        keras.utils.set_random_seed(0)
        getattr(keras.applications, network)(weights=None, input_shape=(224, 224, 3)).save(file)
    elif way == "load":
        import tensorflow  # noqa: F401

        _keras(generation).models.load_model(file, compile=False)
    else:
        from core.explain.open_explainer import open_explainer
        from core.models.onnx.onnx_network import OnnxNetwork

        with tempfile.TemporaryDirectory() as cache:
            if not isinstance(open_explainer(file, cache=Path(cache)).network, OnnxNetwork):
                raise RuntimeError(f"{file.name} was not compiled")


if __name__ == "__main__":
    _run(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
