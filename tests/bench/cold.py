"""From a cold start to the first explained photo: `python -m tests.bench.cold WAY MODEL PHOTO`.

Prints the process's peak memory in bytes once the picture is there. Wall time is the caller's
affair: it runs from before the process was made.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

OURS, TENSORFLOW = "Rice Lens", "the TensorFlow way"
_WAYS = {OURS: "rice-lens", TENSORFLOW: "tensorflow"}
ROOT = Path(__file__).resolve().parents[2]


def start(way: str, model: Path, photo: Path) -> tuple[float, float]:
    """One process from nothing to a picture: seconds, and peak memory in bytes."""
    command = [sys.executable, "-m", "tests.bench.cold", _WAYS[way], model, photo]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        taken = time.perf_counter() - begun
    if not said.strip().isdigit():
        raise RuntimeError(f"{way}: no picture came (exit code {process.returncode})")
    return taken, float(said)


def rice_lens(model: Path, photo: Path) -> object:
    """The compiled model, as the command line runs it."""
    from core.explain.open_explainer import open_explainer
    from core.explain.render import render_pictures
    from core.images.decode import PREVIEW, read_file

    explainer = open_explainer(model)
    read = read_file(photo, longest=PREVIEW)
    (explained,) = explainer.explain([read])
    return render_pictures(read.rgb, explained, explained.predicted, 0.5)


def tensorflow(model: Path, photo: Path) -> object:
    """Keras opens the model, and VizGradCAM's algorithm explains the photo."""
    from types import SimpleNamespace

    import cv2
    import numpy as np

    from core.models.card import CARD_FILE, read_card
    from tests.bench.on_keras import vizgradcam

    card = read_card(model / CARD_FILE)
    rgb = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
    pixels = cv2.resize(rgb, card.input.size[::-1], interpolation=cv2.INTER_AREA)
    run = vizgradcam(SimpleNamespace(model=model, values=card.input.values))
    return run(np.asarray(pixels)[None], True)


def peak() -> int:
    """This process's peak resident memory in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage says on Linux begins with what the parent had when it made the process.
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", status.read_text())[0])
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


if __name__ == "__main__":
    way = {"rice-lens": rice_lens, "tensorflow": tensorflow}[sys.argv[1]]
    way(Path(sys.argv[2]), Path(sys.argv[3]))
    print(peak(), flush=True)
