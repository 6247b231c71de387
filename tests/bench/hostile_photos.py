"""What small hostile files cost: `python -m tests.bench.hostile_photos [FOLDER]`.

Each file is read in a fresh process, as the page and the commands read it, and the CPU-seconds and
the process's peak memory are printed; in a folder, its files are read instead of the made ones.
Exit code 1 if a file takes more than 2 CPU-seconds or 600 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.cold import ROOT, peak

SECONDS, MEGABYTES = 2.0, 600
_SIDE, _COUNT, _GIVE_UP = 9990, 4_000_000, 60


def cost(file: Path) -> tuple[float, float, str]:
    """CPU-seconds and peak megabytes of reading a file in a fresh process, and what came out."""
    command = [sys.executable, "-m", "tests.bench.hostile_photos", "--read", str(file)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_GIVE_UP
        )
    except subprocess.TimeoutExpired:
        return float("inf"), float("nan"), f"not done after {_GIVE_UP} s"
    if done.returncode:
        return float("nan"), float("nan"), f"exit code {done.returncode}"
    seconds, memory, outcome = done.stdout.strip().split(maxsplit=2)
    return float(seconds), float(memory), outcome


def read(file: Path) -> None:
    """Read a file here and print its cost."""
    from core.errors import PhotoError
    from core.images.decode import PREVIEW, read_file

    before = time.process_time()
    try:
        outcome = "x".join(map(str, read_file(file, longest=PREVIEW).full_size))
    except PhotoError as error:
        outcome = error.code
    print(f"{time.process_time() - before:.2f} {peak() / 1e6:.0f} {outcome}")


def write_hostile(folder: Path) -> None:
    """Make the files."""
    from tests.support.hostile_photos import LARGE, LONG

    for made, size in ((LARGE, _SIDE), (LONG, _COUNT)):
        for name, make in made.items():
            (folder / name).write_bytes(make(size))


def main(folder: Path) -> int:
    """Print a row a file; gives the exit code."""
    over = False
    print(f"{'file':24}{'bytes':>12}{'CPU s':>8}{'MB':>7}  outcome")
    for file in sorted(folder.iterdir()):
        seconds, memory, outcome = cost(file)
        row = f"{file.name:24}{file.stat().st_size:12}{seconds:8.2f}{memory:7.0f}  {outcome}"
        print(row, flush=True)
        over |= not (seconds <= SECONDS and memory <= MEGABYTES)
    return int(over)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
    elif sys.argv[1:]:
        sys.exit(main(Path(sys.argv[1])))
    else:
        with tempfile.TemporaryDirectory() as made:
            write_hostile(Path(made))
            sys.exit(main(Path(made)))
