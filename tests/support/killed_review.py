"""A review that is killed at a given moment: run by the tests in a process of its own.

`python -m tests.support.killed_review FOLDER OUT MODULE.FUNCTION CALL WHEN` kills the process
without warning (SIGKILL) before or after that call of a function of `core.review`, or half way
through a line of the journal.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path

from core.explain.open_explainer import model_digest, open_explainer
from core.models.registry import find_model
from core.review.pipeline import review
from core.review.worker import ReviewSettings


def main(folder: str, out: str, place: str, call: str, when: str) -> None:
    """Review, and die."""
    module_name, _, name = place.rpartition(".")
    module = importlib.import_module(f"core.review.{module_name}")
    function, calls = getattr(module, name), 0

    def dies(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == int(call):
            if when == "after":
                function(*given, **named)
            elif when == "half":
                journal_file, row = given[0], given[1]
                journal_file.write(json.dumps(vars(row)).encode()[:30])  # type: ignore[attr-defined]
                journal_file.flush()  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)

    setattr(module, name, dies)
    model = find_model("rice-64")
    review(
        Path(folder), open_explainer(model), model_digest(model), ReviewSettings(), Path(out),
        resume=True,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
