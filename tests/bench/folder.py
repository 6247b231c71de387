"""A folder of 12-megapixel photos: explaining them, against only decoding them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.engine import Engine
from core.photo import PREVIEW, Photo, read_file
from tests.bench.measure import Series, interleave

EXPLAIN, DECODE = "explain the folder", "only decode it"


def measure_folder(files: list[Path], engine: Engine, workers: int, rounds: int) -> Series:
    """Seconds for all files, explained or only decoded at the same reduced scale.

    Args:
        files: The photos.
        engine: With the model.
        workers: How many photos are decoded at once, in both.
        rounds: How many times.
    """
    turns = {
        EXPLAIN: _timed(lambda: explain(files, engine, workers)),
        DECODE: _timed(lambda: decode(files, workers)),
    }
    for turn in turns.values():
        turn()
    return interleave(turns, rounds)


def explain(files: list[Path], engine: Engine, workers: int) -> int:
    """As the product does it; gives how many."""
    chunk, done = 16, 0
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(files), chunk):
            done += len(engine.explain(list(pool.map(read, files[start : start + chunk]))))
    return done


def decode(files: list[Path], workers: int) -> int:
    """All that has to be done to see them at all; gives how many."""
    with ThreadPoolExecutor(workers) as pool:
        return sum(1 for _ in pool.map(read, files))


def read(file: Path) -> Photo:
    """A photo as the product reads it for a model."""
    return read_file(file, longest=PREVIEW)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def turn() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return turn
