"""A real server, a real Chromium, and a small model for both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.models.card import CARD_FILE, Card, Input, class_names, read_card, write_card
from core.models.registry import find_model
from core.synthetic.scenes import render_scene
from tests.browser.actions import WATCH_RUNS
from tests.browser.server import run_server

HOSTILE = ["<img src=x onerror=alert(1)>", "**bold** :red[x]", "$x$ www.example.org :smile:"]
TIMEOUT = 90_000
"""Milliseconds after which a state that does not come is given up, on a busy machine."""

OpenPage = Callable[..., Page]
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without one the tests are skipped, but not in CI."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        reason = f"there is no Chromium on this machine (looked for {', '.join(names)})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments, timeout=TIMEOUT)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shipped model under two cards: its classes are varieties, or have hostile names.

    It comes with its compiled form, so that neither the server nor the tests need TensorFlow.
    """
    folder = tmp_path_factory.mktemp("models")
    cards = {
        "fair": Card(
            class_names(["Basmati", "IR64", "Ketan"], {"Basmati": {"ja": "バスマティ"}}),
            Input(64, 64),
            {"en": "Fair", "ja": "公正"},
        ),
        "hostile": Card(class_names(HOSTILE), Input(64, 64)),
    }
    shipped = find_model("rice-64")
    for name, card in cards.items():
        shutil.copytree(shipped, folder / name)
        compiled = read_card(shipped / CARD_FILE).compiled_sha256
        write_card(replace(card, compiled_sha256=compiled), folder / name)
    return folder


@pytest.fixture(scope="session")
def photos() -> dict[str, bytes]:
    """Two rendered photos, wide and tall, as JPEG files."""
    files = {}
    for name, height, width in (("wide.jpg", 300, 420), ("tall.jpg", 400, 300)):
        scene = render_scene("Basmati", layout="scattered", height=height, width=width, seed=height)
        file = BytesIO()
        Image.fromarray(scene.rgb).save(file, "JPEG", quality=90)
        files[name] = file.getvalue()
    return files


@pytest.fixture(scope="session")
def app_url(models: Path) -> Iterator[str]:
    """Where the page is, with the small models and no further option."""
    with run_server("--models", str(models)) as url:
        yield url


@pytest.fixture(scope="session")
def shipped_url() -> Iterator[str]:
    """Where the page is as it comes, with the project's own models."""
    with run_server() as url:
        yield url


@pytest.fixture
def open_page(chromium: Browser, app_url: str) -> Iterator[OpenPage]:
    """Opens a page as a new visitor: `open_page("en", width=1280, height=900, at=app_url)`."""
    contexts = []

    def open_in_new_context(
        language: str = "en",
        width: int = 1280,
        height: int = 900,
        at: str = app_url,
        theme: str = "light",
        ready: str = ".st-key-empty",
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale={"en": "en-US", "ja": "ja-JP"}[language],
            color_scheme=theme,
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        context.add_init_script(WATCH_RUNS)
        page = context.new_page()
        page.goto(at)
        page.wait_for_selector(ready)
        return page

    yield open_in_new_context
    for context in contexts:
        context.close()
