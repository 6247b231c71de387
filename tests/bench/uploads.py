"""The server's memory over uploads: `python -m tests.bench.uploads [--rounds 3] [--photos 300]`.

A browser drops photos, waits until all are explained, and removes them; the server's resident
memory is printed after one round more at the beginning (which loads the model and what draws), and
after each further one. Exit code 1 if it has grown by more than 150 MB from there to the end.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.bench.page import browser_page, servers
from tests.browser.actions import WATCH_RUNS, wait_until_idle
from tests.browser.server import run_server

MEGABYTES = 150
_PATIENCE = 600_000  # milliseconds until all photos of a round are explained


def measure_uploads(rounds: int, photos: int) -> list[float]:
    """The server's megabytes after a first round, and after each of so many further ones."""
    expect.set_options(timeout=_PATIENCE)
    with tempfile.TemporaryDirectory() as folder, run_server() as address, browser_page() as page:
        page.set_default_timeout(_PATIENCE)
        page.add_init_script(WATCH_RUNS)
        page.goto(address)
        memory = []
        for number in range(rounds + 1):
            files = [_photo(Path(folder), number * photos + each) for each in range(photos)]
            _upload_and_remove(page, files)
            memory.append(sum(map(resident, servers())))
            print(f"after round {number}: {memory[-1]:.0f} MB", flush=True)
        return memory


def _photo(folder: Path, number: int) -> Path:
    """A photo that is like no other: noise over a gradient, about 300 kB."""
    pixels = np.random.default_rng(number).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    file, content = folder / f"{number}.jpg", BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=85)
    file.write_bytes(content.getvalue())
    return file


def _upload_and_remove(page: Page, files: list[Path]) -> None:
    page.wait_for_selector(".st-key-empty")
    wait_until_idle(page)
    page.locator(".st-key-inbox input[type=file]").set_input_files(files)
    expect(page.locator(".st-key-way")).to_contain_text(f"of {len(files)}")
    wait_until_idle(page)
    page.get_by_role("button", name="Remove all photos").click()
    page.locator(".st-key-start-over-do button").click()
    page.wait_for_selector(".st-key-empty")
    wait_until_idle(page)


def resident(process: int) -> float:
    """A process's resident memory, in megabytes."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> int:
    """Measure, and say whether it is too much."""
    parser = argparse.ArgumentParser(description=__doc__.split(":", 1)[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=300)
    options = parser.parse_args()
    memory = measure_uploads(options.rounds, options.photos)
    grown = memory[-1] - memory[0]
    print(f"{options.rounds} x {options.photos} uploads and removals: {grown:+.0f} MB")
    return int(grown > MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
