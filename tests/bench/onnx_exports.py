"""Classifiers that torch exported to ONNX, explained here and by torch's autograd.

    python -m tests.bench.onnx_exports FOLDER --torch PYTHON

`PYTHON` is the interpreter of an environment with torch, torchvision, timm and onnxscript. For each
family, with random weights, a row is printed: CPU-seconds of the first and of a later opening, each
in a process of its own and without its imports, and how far Grad-CAM's and Layer-CAM's maps of all
classes at the default layer and at one before are from those of torch's gradients, at most, in
shares of a map's range. Exit code 1 if one is further off than 0.001.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.explain.cam import METHODS
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.models.network import Layer, candidate_layers
from tests.bench.onnx_families import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
MOST = 1e-3
_SCRIPT = ROOT / "tests" / "bench" / "on_torch_exports.py"
_METHODS = ("grad-cam", "layer-cam")


def open_once(file: Path, cache: Path) -> float:
    """CPU-seconds of opening a model."""
    before = time.process_time()
    open_explainer(file, cache=cache)
    return time.process_time() - before


def opened_elsewhere(file: Path, cache: Path) -> float:
    """As `open_once`, in a new process."""
    command = [sys.executable, "-m", "tests.bench.onnx_exports", "--open", str(file), str(cache)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def two_layers(explainer: Explainer) -> list[Layer]:
    """The default layer, and the last of the next finer grid, or else the one halfway to it."""
    default, layers = explainer.layer(), explainer.layers
    finer = [each for each in candidate_layers(layers) if each.grid != default.grid]
    return [default, finer[-1] if finer else layers[len(layers) // 2]]


def measure(name: str, folder: Path, torch: Path) -> dict[str, object]:
    """A family's row."""
    file = folder / f"{name}.onnx"
    if not file.exists():
        _run_torch(torch, "export", folder, name)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as cache:
        first, later = (opened_elsewhere(file, Path(cache)) for _ in range(2))
        explainer = open_explainer(file, cache=Path(cache))
        photos = rng.normal(size=(1, *explainer.card.input.size, 3)).astype(np.float32)
        layers = two_layers(explainer)
        ours = {layer.name: explainer.network.forward(photos, layer) for layer in layers}
    given = {name: found.activations for name, found in ours.items()}
    np.savez(folder / f"{name}.npz", photos=photos, **given)
    _run_torch(torch, "explain", folder, name)
    row: dict[str, object] = {"family": name, "first": first, "later": later}
    with np.load(folder / f"{name}-torch.npz") as theirs:
        for which, layer in zip(("default", "earlier"), layers, strict=True):
            found = ours[layer.name]
            row[f"{which} layer"] = f"{layer.name} {layer.grid[0]} x {layer.grid[1]}"
            for method in _METHODS:
                if layer.name not in theirs:
                    row[f"{which} {method}"] = float("nan")
                    continue
                expected = METHODS[method](theirs[f"{layer.name} activations"], theirs[layer.name])
                got = METHODS[method](found.activations, found.gradients)
                span = np.ptp(expected, axis=(2, 3)).max()  # of the class that moves most
                row[f"{which} {method}"] = float(np.abs(got - expected).max() / max(span, 1e-12))
    return row


def _run_torch(torch: Path, what: str, folder: Path, name: str) -> None:
    command = [str(torch), str(_SCRIPT), what, str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="ONNX exports of torch, here and by autograd.")
    parser.add_argument("folder", type=Path, help="where exports are kept")
    parser.add_argument("--torch", type=Path, required=True, help="a Python with torch")
    parser.add_argument("--only", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    columns = [f"{layer} {method}" for layer in ("default", "earlier") for method in _METHODS]
    print(
        "| family | exporter, opset, photos | first, s | later, s |",
        *columns,
        sep=" | ",
        end=" |\n",
    )
    print("|---" * (4 + len(columns)) + "|")
    right = True
    for name in options.only:
        family = FAMILIES[name]
        exporter = "newer" if family.newer else "older"
        how = f"{exporter}, {family.opset}, {'any number' if family.free else 'one'}"
        try:
            row = measure(name, options.folder, options.torch)
        except Exception as error:
            print(f"| {name} | {how} | {type(error).__name__}: {str(error)[:200]} |", flush=True)
            right = False
            continue
        apart = [float(str(row[each])) for each in columns]
        right &= max(apart) <= MOST  # not if one is not a number
        cells = [f"{each:.1e}" for each in apart]
        print(
            f"| {name} | {how} | {row['first']:.2f} | {row['later']:.2f} |", *cells,
            f"{row['default layer']}; {row['earlier layer']} |", sep=" | ", flush=True,
        )  # fmt: skip
    return 0 if right else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--open"]:
        print(json.dumps(open_once(Path(sys.argv[2]), Path(sys.argv[3]))))
    else:
        sys.exit(main())
