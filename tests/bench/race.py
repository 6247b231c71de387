"""All contenders on one model: single photos, or a batch."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import install_peers
from tests.bench.contenders import CONTENDERS, Contender
from tests.bench.job import Job
from tests.bench.machine import installed
from tests.bench.measure import Series, interleave
from tests.bench.worker import Worker

LEAST_CORRELATION = 0.98
MOST_LOGITS_ERROR = 1e-4


@dataclass
class Race:
    """What came of it.

    Attributes:
        series: Seconds a round of each that ran.
        checks: What `worker.Side.check` said of each.
        out: Those that could not take part, and why.
    """

    series: Series = field(default_factory=dict)
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)


def race(what: str, job: Job, rounds: int, folder: Path = install_peers.FOLDER) -> Race:
    """Measure `one` or `batch` (as `worker.Side`) of all that can take part."""
    found, workers = Race(), {}
    try:
        for contender in CONTENDERS:
            if what == "batch" and not contender.batches:
                continue
            reason = _missing(contender, folder)
            if reason:
                found.out[contender.name] = reason
                continue
            worker = workers[contender.name] = Worker(
                contender, interpreter(contender, folder), job
            )
            try:
                found.checks[contender.name] = worker.ask("check")
                worker.ask(what)  # once before it counts
            except RuntimeError as error:
                found.out[contender.name] = str(error)
                workers.pop(contender.name).close()
        turns = {name: _asking(worker, what) for name, worker in workers.items()}
        found.series = interleave(turns, rounds)
    finally:
        for worker in workers.values():
            worker.close()
    return found


def interpreter(contender: Contender, folder: Path) -> Path:
    """The Python that a contender runs in."""
    if contender.environment == "own":
        return Path(sys.executable)
    return install_peers.python(contender.environment, folder)


def agrees(check: dict[str, Any]) -> bool:
    """Whether a contender explained the same network and drew the same maps."""
    return (
        check.get("logits_error", 0) <= MOST_LOGITS_ERROR
        and check.get("correlation", 1) >= LEAST_CORRELATION
    )


def _asking(worker: Worker, what: str):
    return lambda: worker.ask(what)


def _missing(contender: Contender, folder: Path) -> str:
    """Why a contender's package is not there; "" where it is."""
    if installed(contender.package, interpreter(contender, folder)):
        return ""
    noted = folder / install_peers.FAILED_FILE
    failed = json.loads(noted.read_text("utf-8")) if noted.is_file() else {}
    reasons = failed.get(contender.environment, {})
    mine = [why for line, why in reasons.items() if line.startswith(contender.package)]
    return f"not installed: {mine[0]}" if mine else "not installed (install_peers.py does it)"
