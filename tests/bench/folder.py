"""A folder of 12-megapixel photos: explaining them, against only decoding them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_file
from core.review.explain_files import explain_stream
from tests.bench.measure import Series, interleave

EXPLAIN, DECODE = "explain the folder", "only decode it"


def measure_folder(files: list[Path], explainer: Explainer, rounds: int) -> Series:
    """Seconds for all files, explained or only decoded at the same reduced scale.

    As many photos are decoded at once in both.
    """
    turns = {
        EXPLAIN: _timed(lambda: list(explain_stream(files, explainer, ExplainRequest()))),
        DECODE: _timed(lambda: decode(files)),
    }
    for turn in turns.values():
        turn()
    return interleave(turns, rounds)


def decode(files: list[Path]) -> int:
    """All that has to be done to see them at all; gives how many."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(1 for _ in pool.map(lambda file: read_file(file, longest=PREVIEW), files))


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def turn() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return turn
