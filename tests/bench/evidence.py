"""What evidence costs in a review, beside the bare passes that it needs: time, CPU time, memory.

`python -m tests.bench.evidence WAY MODEL FOLDER` does it one way and prints the numbers as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core.evidence.collect import FULL, VERDICT, EvidenceLevel
from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest, open_explainer
from core.review.pipeline import review
from core.review.worker import ReviewSettings
from core.segmentation.rice_mask import find_rice
from tests.bench.answer import split
from tests.bench.cold import ROOT, peak
from tests.bench.measure import Series, interleave
from tests.bench.review import decoded

BARE, MASKS = "bare passes: the map's, and the verdict's eight", "only find the rice"
PLAIN, QUICK, WHOLE = "review", "review --evidence", "review --evidence full"
_WAYS = {BARE: "bare", MASKS: "masks", PLAIN: "plain", QUICK: VERDICT, WHOLE: FULL}
_LEVELS: dict[str, EvidenceLevel] = {"plain": "", VERDICT: VERDICT, FULL: FULL}
_PASSES = 1 + 8
_SECONDS, _CPU, _PEAK = "seconds", "cpu_seconds", "peak_bytes"


def measure_evidence(folder: Path, model: Path, rounds: int) -> tuple[Series, Series, Series]:
    """Seconds and CPU-seconds a photo, and peak memory in bytes, each way in a process of its own.

    Opening the model does not count as time; what a review writes does.
    """
    cpu: Series = {way: [] for way in _WAYS}
    memory: Series = {way: [] for way in _WAYS}

    def turn(way: str) -> Callable[[], float]:
        def run() -> float:
            found = _start(way, folder, model)
            cpu[way].append(found[_CPU])
            memory[way].append(found[_PEAK])
            return found[_SECONDS]

        return run

    seconds = interleave({way: turn(way) for way in _WAYS}, rounds)
    return seconds, cpu, memory


def _start(way: str, folder: Path, model: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.evidence", _WAYS[way], str(model), str(folder)]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def _work(way: str, model: Path, folder: Path, files: list[Path]) -> Callable[[], object]:
    explainer = open_explainer(model)
    if way == "bare":
        return lambda: _run_bare(explainer, len(files))
    if way == "masks":
        photos = decoded(files)
        return lambda: _on_all_cores(lambda photo: find_rice(photo.rgb).mask(), photos)
    settings, identity = ReviewSettings(evidence=_LEVELS[way]), model_digest(model)

    def whole() -> None:
        with tempfile.TemporaryDirectory() as out:
            review(folder, explainer, identity, settings, Path(out) / "export")

    return whole


def _run_bare(explainer: Explainer, photos: int) -> None:
    network = explainer.single_threaded().network
    inputs = explainer.prepare(np.zeros((_PASSES, *explainer.card.input.size, 3), np.uint8))
    _on_all_cores(network.logits, split(inputs) * photos)


def _on_all_cores(work: Callable, items: list) -> None:  # type: ignore[type-arg]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, items))


def main(way: str, model: Path, folder: Path) -> None:
    """Do it one way, and print what it took."""
    files = sorted(folder.rglob("*.jpg"))
    work = _work(way, model, folder, files)
    begun, used = time.perf_counter(), time.process_time()
    work()
    taken = {_SECONDS: time.perf_counter() - begun, _CPU: time.process_time() - used}
    a_photo = {name: value / len(files) for name, value in taken.items()}
    print(json.dumps({**a_photo, _PEAK: peak()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
