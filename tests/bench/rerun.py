"""What a warm run of the page's script costs, view by view, beside a script with one uploader."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import streamlit
from streamlit.testing.v1 import AppTest

from dashboard.state import controls
from dashboard.work import next_run
from dashboard.work.review_job import Reviews
from tests.bench.measure import Series, interleave

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "assets" / "samples").glob("*.jpg"))[:2]
EMPTY_SCRIPT = "a script with one uploader"
_LONG = 600  # seconds
_VIEWS: dict[str, tuple[int, dict[str, object]]] = {
    "the empty page": (0, {}),
    "one photo": (1, {}),
    "one photo, its evidence open": (1, {"why": True}),
    "one photo, its grains open": (1, {"grains": True}),
    "one photo, advanced options open": (1, {"more": True}),
    "two photos side by side": (2, {"mode": controls.TWO}),
    "all of two photos, as a table": (2, {"mode": controls.ALL}),
}
"""By name: how many photos, and what the controls are set to."""


def measure_reruns(rounds: int) -> Series:
    """CPU-seconds of a run in which nothing changes, of each view."""
    with (
        patch.object(sys, "argv", ["app.py"]),
        # There is no browser that asks for the run that works.
        patch.object(next_run, "is_time_to_work", lambda session: True),
        patch.object(next_run, "request_run", lambda session: streamlit.rerun()),
    ):
        runs = {name: _cpu(_view(count, choices)) for name, (count, choices) in _VIEWS.items()}
        script = AppTest.from_function(_one_uploader, default_timeout=_LONG).run()
        return interleave({EMPTY_SCRIPT: _cpu(script), **runs}, rounds)


def _one_uploader() -> None:
    import streamlit as st

    st.file_uploader("Photos")


def _view(count: int, choices: dict[str, object]) -> AppTest:
    """The page in a state, with all that it computes done."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=_LONG).run()
    if count:
        photos = next(each for each in at.file_uploader if str(each.key).startswith("upload-"))
        photos.set_value([(file.name, file.read_bytes(), "image/jpeg") for file in SAMPLES[:count]])
        at.run()
        for key, choice in choices.items():
            at.session_state[key] = choice
        at.run()
        reviews = at.session_state["session"].part(Reviews).values()
        latest = time.monotonic() + _LONG
        while any(each.job.running for each in reviews):
            if time.monotonic() > latest:
                raise TimeoutError(f"a review has not ended in {_LONG} s")
            time.sleep(0.05)
    at.run()
    if at.exception or at.error:
        raise RuntimeError(f"the page shows an error: {[*at.exception, *at.error]}")
    return at


def _cpu(at: AppTest) -> Callable[[], float]:
    def run() -> float:
        begun = time.process_time()
        at.run()
        return time.process_time() - begun

    return run
