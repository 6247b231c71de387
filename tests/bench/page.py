"""The page, from the start of its server to the first picture in a browser."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.server import run_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRAWN = "() => document.querySelector('.viewer:not([data-waiting]) .viewer-overlay img')"


@dataclass(frozen=True)
class PageStart:
    """One start of the page.

    Attributes:
        answering: Seconds until the server answered,
        picture: and until the samples' first pictures were in the browser.
        tensorflow: Whether the server has TensorFlow's library in memory by then.
    """

    answering: float
    picture: float
    tensorflow: bool


def measure_start() -> PageStart:
    """Start the page, open it in a browser that runs already, press "Try samples", wait and see.

    Raises:
        RuntimeError: If there is no browser, or its driver is not installed.
    """
    with browser_page() as page:
        page.set_default_timeout(60_000)
        begun = time.perf_counter()
        with run_server() as address:
            answering = time.perf_counter() - begun
            page.goto(address)
            page.get_by_role("button", name="Try samples").click()
            page.wait_for_function(DRAWN)
            picture = time.perf_counter() - begun
            return PageStart(answering, picture, any(map(has_tensorflow, servers())))


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of the system's browser, for as long as it is needed.

    Raises:
        RuntimeError: If there is no browser, or its driver is not installed.
    """
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        yield browser.new_page(locale="en-US")
        browser.close()


def browser_path() -> str:
    """The system's browser.

    Raises:
        RuntimeError: If there is none.
    """
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError(f"there is no browser (looked for {', '.join(_BROWSERS)})")
    return path


def servers() -> list[int]:
    """The processes that serve the page: this one's children that run Streamlit."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if parent == os.getpid() and b"streamlit" in command:
            found.append(int(folder.name))
    if not found:
        raise RuntimeError("the page's server cannot be looked into here (no /proc)")
    return found


def has_tensorflow(process: int) -> bool:
    """Whether a process has TensorFlow's library mapped."""
    return "libtensorflow" in Path(f"/proc/{process}/maps").read_text()
