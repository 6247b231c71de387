"""A review of thousands of photos, against only decoding and only explaining them; its memory.

`python -m tests.bench.review MODEL FOLDER` reviews once and prints the peak memory in bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest, open_explainer
from core.images.decode import PREVIEW, Photo, read_file
from core.review.pipeline import review
from core.review.worker import CHUNK_SIZE, ReviewSettings
from tests.bench.cold import ROOT, peak
from tests.bench.measure import Series, interleave

REVIEW, DECODE, EXPLAIN = "review the folder", "only decode it", "only explain it, decoded before"
BOTH = "decode and explain it, and write nothing"
SLOWER = "the slower of the two"
FEW, MANY = "a tenth of the photos", "all of them"


def measure_review(folder: Path, model: Path, rounds: int) -> Series:
    """Seconds for a whole folder; all that a review writes is written."""
    files = sorted(folder.rglob("*.jpg"))
    explainer, identity = open_explainer(model), model_digest(model)

    def whole() -> None:
        with tempfile.TemporaryDirectory() as out:
            review(folder, explainer, identity, ReviewSettings(), Path(out) / "export")

    turns = {
        REVIEW: _timed(whole),
        DECODE: _timed(lambda: sum(1 for _ in decoded(files))),
        EXPLAIN: lambda: explaining(files, explainer),
        BOTH: _timed(lambda: through(files, explainer)),
    }
    taken = interleave(turns, rounds)
    pairs = zip(taken[DECODE], taken[EXPLAIN], strict=True)
    return {**taken, SLOWER: [max(both) for both in pairs]}


def decoded(files: list[Path]) -> list[Photo]:
    """The photos as a review sees them, one a core at once."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda file: read_file(file, longest=PREVIEW), files))


def through(files: list[Path], explainer: Explainer) -> None:
    """What no review can do without: each photo decoded and explained, in the review's chunks."""
    single = explainer.single_threaded()

    def work(chunk: list[Path]) -> None:
        single.explain([read_file(file, longest=PREVIEW) for file in chunk])

    chunks = [files[first : first + CHUNK_SIZE] for first in range(0, len(files), CHUNK_SIZE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, chunks))


def explaining(files: list[Path], explainer: Explainer, at_once: int = 1024) -> float:
    """Seconds for all maps of photos that are in memory already, in the review's own chunks."""
    single, taken = explainer.single_threaded(), 0.0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), at_once):  # so that memory holds them
            photos = decoded(files[start : start + at_once])
            chunks = [
                photos[first : first + CHUNK_SIZE] for first in range(0, len(photos), CHUNK_SIZE)
            ]
            begun = time.perf_counter()
            list(pool.map(single.explain, chunks))
            taken += time.perf_counter() - begun
    return taken


def peaks(folder: Path, model: Path, rounds: int) -> Series:
    """Peak memory in bytes of a process that reviews all photos, or a tenth of them."""
    files = sorted(folder.rglob("*.jpg"))
    with tempfile.TemporaryDirectory() as scratch:
        for number, file in enumerate(files[::10]):
            (Path(scratch) / f"{number}.jpg").write_bytes(file.read_bytes())
        turns = {
            MANY: lambda: _peak(folder, model),
            FEW: lambda: _peak(Path(scratch), model),
        }
        return interleave(turns, rounds)


def _peak(folder: Path, model: Path) -> float:
    command = [sys.executable, "-m", "tests.bench.review", str(model), str(folder)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def turn() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return turn


if __name__ == "__main__":
    path, photos = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as out:
        explainer = open_explainer(path)
        review(photos, explainer, model_digest(path), ReviewSettings(), Path(out) / "export")
    print(peak())
