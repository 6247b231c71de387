"""Grain by grain in a real browser: opened, read, taken away; on a phone, too."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.synthetic.scenes import render_scene
from dashboard.i18n.translate import Texts
from tests.browser.acting import OVERFLOWING, drop, settle
from tests.browser.serving import served


@pytest.fixture(scope="module")
def shipped() -> Iterator[str]:
    """Where the page is served with the project's own models."""
    with served(["-m", "streamlit", "run", "dashboard/app.py"]) as url:
        yield url


@pytest.fixture(scope="module")
def grains() -> bytes:
    scene = render_scene(
        "Basmati", layout="scattered", background="slate", height=768, width=1024, seed=5
    )
    file = BytesIO()
    Image.fromarray(scene.rgb).save(file, "JPEG", quality=92)
    return file.getvalue()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 390)])
def test_grains_are_numbered_counted_and_taken_away(visit, shipped, grains, language, width):
    page = visit(language, width, at=shipped)
    drop(page, {"grains.jpg": grains})
    expect(page.locator("table.grains")).to_have_count(0)
    page.locator(".st-key-grains summary").click()
    expect(page.locator("table.grains")).to_be_visible(timeout=60_000)
    settle(page)
    assert page.evaluate(OVERFLOWING) == []
    with page.expect_download() as started:
        page.locator(".st-key-download-grains-table button").click()
    assert started.value.suggested_filename == "grains_grains.csv"
    rows = pd.read_csv(StringIO(Path(started.value.path()).read_text("utf-8")))
    told = int(rows["class"].notna().sum())
    cells = page.locator("table.grains tbody td:nth-child(2)").all_inner_texts()
    assert sum(map(int, cells)) == told > 5
    sentence = Texts(language).plain("grains.told", grains=int(rows.grains.sum()), told=told)
    inside = page.locator(".st-key-grains")
    expect(inside).to_contain_text(sentence.replace("**", ""))
