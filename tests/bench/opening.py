"""What opening the page costs its server: `python -m tests.bench.opening [--rounds 15]`.

CPU-time of the server from the moment a browser opens the page until it has been drawn, beside that
of a page with one uploader, in turns. Each server has been opened twice before. Exit code 1 if the
median is more than 1.3 times as much. On Linux only.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.page import browser_page, servers
from tests.browser.actions import WATCH_RUNS, wait_until_idle
from tests.browser.server import run_server

MOST = 1.3
_WARM_UP = 2  # openings
_UPLOADER = 'import streamlit as st\n\nst.file_uploader("Photos")\n'


def measure_opening(rounds: int) -> tuple[list[float], list[float]]:
    """CPU-seconds of each opening of the page, and of a page with one uploader."""
    with tempfile.TemporaryDirectory() as folder, browser_page() as page:
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH_RUNS)
        script = Path(folder) / "uploader.py"
        script.write_text(_UPLOADER, "utf-8")
        with run_server() as ours:
            (our_server,) = servers()
            with run_server(script=script) as plain:
                (plain_server,) = set(servers()) - {our_server}
                found: tuple[list[float], list[float]] = ([], [])
                for _ in range(rounds + _WARM_UP):
                    found[0].append(_open(page, ours, our_server))
                    found[1].append(_open(page, plain, plain_server))
        return found[0][_WARM_UP:], found[1][_WARM_UP:]


def _open(page: Page, address: str, server: int) -> float:
    before = cpu_seconds(server)
    page.goto(address)
    page.wait_for_selector("[data-testid=stFileUploaderDropzone]")
    wait_until_idle(page)
    return cpu_seconds(server) - before


def cpu_seconds(process: int) -> float:
    """The CPU-seconds that a process has taken by now, with its threads, those that ended, too."""
    clock = ~process << 3 | 2  # Linux's id of a process's CPU clock, which counts nanoseconds
    return time.clock_gettime(clock)


def main() -> int:
    """Measure, and say how the two compare."""
    parser = argparse.ArgumentParser(description="What opening the page costs its server.")
    parser.add_argument("--rounds", type=int, default=15)
    found = measure_opening(parser.parse_args().rounds)
    ours, plain = map(statistics.median, found)
    said = [
        f"{name} {1000 * statistics.median(took):.0f} ms "
        f"({1000 * min(took):.0f} to {1000 * max(took):.0f})"
        for name, took in zip(("page", "one uploader"), found, strict=True)
    ]
    print(f"CPU-time: {', '.join(said)}: {ours / plain:.2f} times")
    return int(ours > MOST * plain)


if __name__ == "__main__":
    sys.exit(main())
