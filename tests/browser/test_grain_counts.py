"""The grains of a photo in a real browser: counted, listed, downloaded; on a phone, too."""

from __future__ import annotations

from io import BytesIO

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.synthetic.scenes import render_scene
from dashboard.i18n.translate import Texts
from tests.browser.actions import (
    check_nothing_is_cut_off,
    download_file,
    drop_files,
    switch_language,
)


@pytest.fixture(scope="module")
def grains() -> bytes:
    scene = render_scene(
        "Basmati", layout="scattered", background="slate", height=768, width=1024, seed=5
    )
    file = BytesIO()
    Image.fromarray(scene.rgb).save(file, "JPEG", quality=92)
    return file.getvalue()


def open_grains(page: Page) -> None:
    """Open the section, unless it is open."""
    if not page.locator("table.grains").is_visible():
        page.locator(".st-key-grains summary").click()
    expect(page.locator("table.grains")).to_be_visible()


def test_grains_are_numbered_counted_and_downloaded(open_page, shipped_url, grains):
    page = open_page(at=shipped_url)
    drop_files(page, {"grains.jpg": grains})
    expect(page.locator("table.grains")).to_have_count(0)
    open_grains(page)
    name, table = download_file(page, page.locator(".st-key-download-grains-table button"))
    assert name == "grains_grains.csv"
    rows = pd.read_csv(BytesIO(table))
    told = int(rows["class"].notna().sum())
    cells = page.locator("table.grains tbody td:nth-child(2)")
    for language, width in (("en", 1280), ("ja", 390)):
        switch_language(page, language)
        open_grains(page)
        check_nothing_is_cut_off(page, [width])
        assert sum(map(int, cells.all_inner_texts())) == told > 5
        sentence = Texts(language).plain("grains.told", grains=int(rows.grains.sum()), told=told)
        expect(page.locator(".st-key-grains")).to_contain_text(sentence.replace("**", ""))
