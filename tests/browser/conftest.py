"""A real server, a real Chromium, and a small model of random weights for both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.models.card import Card, Input, class_names, write_card
from core.synthetic.scenes import render_scene
from tests.browser.serving import ROOT, served

HOSTILE = ["<img src=x onerror=alert(1)>", "**bold** :red[x]", "$x$ www.example.org :smile:"]
Opener = Callable[..., Page]
expect.set_options(timeout=30_000)


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
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of the same random weights; one of them has class names of a hostile kind."""
    import keras

    from core.explain.open_explainer import open_explainer
    from core.models.registry import save_model
    from core.models.tensorflow.efficientnet import build_classifier

    folder = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(3)
    model = build_classifier()
    # Random weights hardly react to a photo: what they say is made stronger.
    weights, bias = model.get_layer("last_output").get_weights()
    model.get_layer("last_output").set_weights([50 * weights, bias])
    names = class_names(["Basmati", "IR64", "Ketan"], {"Basmati": {"ja": "バスマティ"}})
    save_model(model, Card(names, Input(64, 64), {"en": "Fair", "ja": "公正"}), folder / "fair")
    shutil.copytree(folder / "fair", folder / "hostile")
    write_card(Card(class_names(HOSTILE), Input(64, 64)), folder / "hostile")
    for name in ("fair", "hostile"):
        open_explainer(folder / name)  # compiles it, so that no visitor waits for that
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


@contextmanager
def serving(models: Path, *options: str) -> Iterator[str]:
    """Where the page is served with these models."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    script, samples = str(Path(__file__).with_name("serve.py")), str(models / "samples")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with served([script, str(models), samples, *options], environment) as url:
        yield url


@pytest.fixture(scope="session")
def address(models: Path) -> Iterator[str]:
    """Where the page is as it comes."""
    with serving(models) as url:
        yield url


@pytest.fixture(scope="session")
def open_address(models: Path) -> Iterator[str]:
    """Where visitors may bring models of their own."""
    with serving(models, "--model-uploads") as url:
        yield url


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Opener]:
    """Opens a page in a new session: `visit(language="en", width=1280, height=900, at=address)`."""
    contexts = []

    def open_page(
        language: str = "en", width: int = 1280, height: int = 900, at: str = address
    ) -> Page:
        locale = {"en": "en-US", "ja": "ja-JP"}[language]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=locale, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(at)
        page.wait_for_selector(".st-key-empty")
        return page

    yield open_page
    for context in contexts:
        context.close()
