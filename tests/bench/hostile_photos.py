"""What small hostile files cost: `python -m tests.bench.hostile_photos [FOLDER] [--way WAY]`.

Each file goes its way in a fresh process: `read` only decodes it as the page and the commands do,
`full` at full size, `explain`, `review` and `grains` are the commands, `page` drops it on the page
and downloads its pictures. Printed are the CPU-seconds and the peak memory beyond those of a
harmless photo on the same way; with a folder, its files are taken instead of the made ones. With
`--at-once N`, so many copies go together, in threads where they are only read. Exit code 1 if a
file takes more than 2 CPU-seconds for each copy, or more than 600 MB.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench.cold import ROOT, peak

SECONDS, MEGABYTES = 2.0, 600
_SIDE, _COUNT, _GIVE_UP = 9990, 4_000_000, 120


def cost(file: Path, way: str, at_once: int = 1) -> tuple[float, float, str]:
    """CPU-seconds and peak megabytes of a file in a fresh process, and what came out."""
    command = [sys.executable, "-m", __spec__.name, "--here", way, str(file), str(at_once)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_GIVE_UP
        )
    except subprocess.TimeoutExpired:
        return float("inf"), float("nan"), f"not done after {_GIVE_UP} s"
    if done.returncode:
        return float("nan"), float("nan"), f"exit code {done.returncode}: {done.stderr[-300:]}"
    seconds, memory, outcome = done.stdout.strip().split("\n")[-1].split(maxsplit=2)
    return float(seconds), float(memory), outcome


def run_here(way: str, file: Path, at_once: int) -> None:
    """Take copies of a file its way here, and print the cost."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        copies = [photos / f"{number}-{file.name}" for number in range(at_once)]
        for copy in copies:
            shutil.copy(file, copy)
        with contextlib.redirect_stdout(sys.stderr):
            outcomes = sorted({*_WAYS[way](copies, Path(folder) / "out")})
        print(f"{time.process_time():.2f} {peak() / 1e6:.0f} {', '.join(outcomes)}")


def _read(files: Sequence[Path], out: Path, longest: int | None) -> Iterator[str]:
    from core.errors import PhotoError
    from core.images.decode import read_file

    def read(file: Path) -> str:
        try:
            return "x".join(map(str, read_file(file, longest=longest).full_size))
        except PhotoError as error:
            return error.code

    with ThreadPoolExecutor(len(files)) as threads:
        return threads.map(read, files)


def _command(files: Sequence[Path], out: Path, *command: str) -> Iterator[str]:
    from core.__main__ import main

    given = [files[0].parent] if command[0] == "review" else files
    yield f"exit code {main([*command, *map(str, given), '--out', str(out)])}"


def _page(files: Sequence[Path], out: Path) -> Iterator[str]:
    from unittest.mock import patch

    import streamlit
    from streamlit.testing.v1 import AppTest

    from dashboard.components import downloads
    from dashboard.work import next_run
    from tests.support.page import drop, said

    with (
        patch.object(sys, "argv", ["app.py"]),
        # There is no browser that asks for the run that works.
        patch.object(next_run, "is_time_to_work", lambda session: True),
        patch.object(next_run, "request_run", lambda session: streamlit.rerun()),
    ):
        page = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=_GIVE_UP).run()
        drawn: list[Any] = []
        with patch.object(downloads, "button", lambda say, *shown: drawn.append(shown)):
            drop(page, *((file.name, file.read_bytes()) for file in files))
        if page.exception:
            yield "an exception"
        for view, which in drawn:
            downloads.render(view, which)
        yield f"{len(drawn)} downloads" if drawn else said(page).split("\n")[-1][:60]


_WAYS: dict[str, Callable[[Sequence[Path], Path], Iterator[str]]] = {
    "read": lambda files, out: _read(files, out, 1024),
    "full": lambda files, out: _read(files, out, None),
    "explain": lambda files, out: _command(files, out, "explain", "--model", "rice-64"),
    "review": lambda files, out: _command(files, out, "review", "--model", "rice-64"),
    "grains": lambda files, out: _command(files, out, "grains"),
    "page": _page,
}


def write_hostile(folder: Path) -> None:
    """Make the files."""
    from tests.support.hostile_photos import LARGE, LONG

    for made, size in ((LARGE, _SIDE), (LONG, _COUNT)):
        for name, make in made.items():
            (folder / name).write_bytes(make(size))


def measure(folder: Path, way: str, at_once: int) -> int:
    """Print a row a file; gives the exit code."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as harmless:
        Image.new("RGB", (64, 48), "wheat").save(Path(harmless) / "harmless.png")
        own = cost(Path(harmless) / "harmless.png", way)
    print(f"{way}, {at_once} at once; a harmless photo takes {own[0]:.2f} s, {own[1]:.0f} MB")
    print(f"{'file':24}{'bytes':>12}{'CPU s':>8}{'MB':>7}  outcome")
    over = False
    for file in sorted(folder.iterdir()):
        seconds, memory, outcome = cost(file, way, at_once)
        seconds, memory = seconds - own[0], memory - own[1]
        row = f"{file.name:24}{file.stat().st_size:12}{seconds:8.2f}{memory:7.0f}  {outcome}"
        print(row, flush=True)
        over |= not (seconds <= SECONDS * at_once and memory <= MEGABYTES)
    return int(over)


def main() -> int:
    """Measure what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hostile_photos")
    parser.add_argument("folder", type=Path, nargs="?", help="its files, instead of the made ones")
    parser.add_argument("--way", choices=[*_WAYS], default="read")
    parser.add_argument("--at-once", type=int, default=1, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if options.folder is None:
            write_hostile(Path(made))
        return measure(options.folder or Path(made), options.way, options.at_once)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        run_here(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(main())
