"""A contender in a process of its own, asked over a pipe in lines of JSON.

Each contender's interpreter may be of another environment; only one of them works at a time.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.images.preprocess import normalize
from tests.bench.answer import Array, ForwardPass
from tests.bench.contenders import Contender
from tests.bench.job import Job

ROOT = Path(__file__).resolve().parents[2]
SINGLES = 25  # photos timed a turn, one by one,
SECONDS = 1.5  # but no longer than this,
FEWEST = 3  # and no fewer than these


class Worker:
    """The caller's side.

    Raises:
        RuntimeError: From each call, with the last line the worker said, if it failed.
    """

    def __init__(self, contender: Contender, interpreter: Path, job: Job) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [interpreter, "-m", "tests.bench.worker", json.dumps(vars(contender)), job.folder]
        self._log = open(job.folder / f"{contender.prepare}.log", "w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip

    def ask(self, what: str) -> Any:
        """One of `_Side`'s methods, run there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            self._process.wait()
            self._log.seek(0)
            said = [line.strip() for line in self._log if line.strip()]
            raise RuntimeError(said[-1][:300] if said else "it ended without a word") from None

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


class Side:
    """The worker's side: what can be asked.

    Args:
        contender: Who it is.
        job: What it is given.
    """

    def __init__(self, contender: Contender, job: Job) -> None:
        module, function = contender.prepare.split(":")
        prepare: Callable[[Job], ForwardPass] = getattr(
            importlib.import_module(f"tests.bench.{module}"), function
        )
        self._contender, self._job = contender, job
        self._run = prepare(job)
        bare = contender.kind == "limit"
        self._given = normalize(job.photos, job.values) if bare else job.photos
        self._next = 0

    def check(self) -> dict[str, Any]:
        """How far its answers are from the closed forms."""
        single = self._run(self._given[:1], True)
        count = 8 if self._contender.batches else 1
        batch = self._run(self._given[:count], False)
        found: dict[str, Any] = {}
        if batch.logits is not None and self._contender.batches:
            wrong = np.abs(batch.logits - self._job.expected["logits"][:count]).max()
            found["logits_error"] = float(wrong)
        if self._contender.kind != "limit":
            assert single.picture is not None
            assert single.picture.shape == self._job.photos.shape[1:]
            expected = self._job.expected[self._contender.oracle][:count]
            pairs = zip([*single.maps, *batch.maps], [expected[0], *expected], strict=True)
            found["correlation"] = min(
                correlation(got, want if self._contender.signed else np.maximum(want, 0))
                for maps, wanted in pairs
                for got, want in zip(maps, wanted, strict=True)
            )
            found["cells"] = list(np.shape(single.maps[0])[1:])
        return found

    def one(self) -> float:
        """Median seconds for one photo: all maps and a picture."""
        self._run(self._given[:1], True)  # its caches, after the others had the processor
        taken: list[float] = []
        while len(taken) < SINGLES and (len(taken) < FEWEST or sum(taken) < SECONDS):
            photo = self._given[self._next : self._next + 1]
            self._next = (self._next + 1) % len(self._given)
            begun = time.perf_counter()
            self._run(photo, True)
            taken.append(time.perf_counter() - begun)
        return float(np.median(taken))

    def batch(self) -> float:
        """Seconds for all photos at once: all maps, no picture."""
        self._run(self._given[:2], False)
        begun = time.perf_counter()
        self._run(self._given, False)
        return time.perf_counter() - begun


def correlation(got: Array, wanted: Array) -> float:
    """Pearson's correlation of two maps, the wanted one brought to the other's size.

    1 where nothing speaks for the class in either.
    """
    got = np.asarray(got, np.float64)
    wanted = np.asarray(wanted, np.float64)
    if got.shape != wanted.shape:
        wanted = cv2.resize(wanted, got.shape[::-1])
    if np.ptp(wanted) <= 1e-6 * max(np.abs(wanted).max(), 1e-6):
        return 1.0 if np.ptp(got) <= 1e-3 * max(np.abs(got).max(), 1e-3) else 0.0
    return float(np.corrcoef(got.ravel(), wanted.ravel())[0, 1]) if np.ptp(got) else 0.0


def _serve() -> None:
    # What libraries print must not get between the replies.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    side = Side(Contender(**json.loads(sys.argv[1])), Job(Path(sys.argv[2])))
    for line in sys.stdin:
        replies.write(json.dumps(getattr(side, json.loads(line))()) + "\n")
        replies.flush()


if __name__ == "__main__":
    _serve()
