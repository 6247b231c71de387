"""The grains of a photo in a real browser: counted, listed, downloaded; on a phone, too."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.synthetic.scenes import render_scene
from dashboard.i18n.translate import Texts
from tests.browser.actions import (
    check_all_is_japanese,
    check_nothing_is_cut_off,
    download_file,
    drop_files,
    switch_language,
    wait_until_idle,
    wait_until_still,
)
from tests.browser.test_viewer import VIEWER, frame, sent, toggle


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


_DRAW_LINE = """([gestures, zoomed, ends]) => {
    const line = new MeasuringLine(), zoom = new Zoom(), [begin, ...moves] = gestures;
    Object.assign(line.svg.style, {position: "fixed", inset: 0, width: "400px", height: "200px"});
    document.body.replaceChildren(line.svg);
    line.ends = ends;
    zoom.set(...zoomed);
    line.begin(...begin, zoom);
    for (const to of moves) line.drawTo(...to, zoom);
    return [line.finish(zoom), line.ends, line.length([1000, 500])];
}"""
_WHOLE, _CLOSE = (1, 0, 0), (2, -0.5, -0.5)  # scale, and how far moved


LINES = [
    ([(0.1, 0.2), (0.5, 0.9), (0.4, 0.6)], _WHOLE, None, (0.1, 0.2, 0.4, 0.6)),
    ([(0.1, 0.2), (0.5, 0.9)], _CLOSE, None, (0.3, 0.35, 0.5, 0.7)),
    ([(0.12, 0.23), (0.2, 0.2)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.2, 0.2, 0.4, 0.6)),
    ([(0.38, 0.62), (0.4, 0.7)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.1, 0.2, 0.4, 0.7)),
    ([(0.25, 0.4), (0.5, 0.4)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.25, 0.4, 0.5, 0.4)),
    ([(0.8, 0.8), (1.4, 0.8)], _WHOLE, None, (0.8, 0.8, 1, 0.8)),
    # A click leaves the line as it is, at one of its ends, too; so does a way there and back.
    ([(0.8, 0.8)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.1, 0.2, 0.4, 0.6)),
    ([(0.8, 0.8), (0.81, 0.81)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.1, 0.2, 0.4, 0.6)),
    ([(0.12, 0.23), (0.13, 0.23)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.1, 0.2, 0.4, 0.6)),
    ([(0.8, 0.8), (0.6, 0.8), (0.801, 0.8)], _WHOLE, (0.1, 0.2, 0.4, 0.6), (0.1, 0.2, 0.4, 0.6)),
]
"""What is drawn, in shares of the frame; what is in view; the line of before, and after."""


def test_a_line_goes_from_edge_to_edge_and_its_ends_can_be_moved(chromium):
    page = chromium.new_page()
    for script in ("zoom.js", "measure.js"):
        page.add_script_tag(path=VIEWER / script)
    for gestures, zoomed, before, expected in LINES:
        drawn, ends, length = page.evaluate(_DRAW_LINE, [gestures, zoomed, before])
        assert drawn == (ends != list(before or ()))
        assert ends == pytest.approx(expected)
        x0, y0, x1, y1 = expected
        assert length == pytest.approx(np.hypot(1000 * (x1 - x0), 500 * (y1 - y0)))
    page.close()


def take_line(page: Page, say: Texts) -> None:
    """Choose a coin, and take the line that is drawn across it."""
    box = page.locator("[class*=st-key-grains-reference-] input")
    box.scroll_into_view_if_needed()
    wait_until_idle(page)  # a list that opens closes where the page still moves
    wait_until_still(page)
    box.click()
    name = say.plain("grains.reference.yen500", size=26.5)
    page.get_by_role("option", name=name, exact=True).click()
    wait_until_idle(page)
    page.locator(".st-key-grains-measure button").click()
    expect(page.locator(".viewer-tool:visible")).to_contain_text(name)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("en", 1366), ("ja", 390)])
def test_a_line_across_a_coin_gives_millimetres(open_page, shipped_url, grains, language, width):
    page, say = open_page(language, width=width, height=800, at=shipped_url), Texts(language)
    drop_files(page, {"grains.jpg": grains})
    open_grains(page)
    take_line(page, say)
    wait_until_still(page)
    picture, before = frame(page, "original").bounding_box(), sent(page)
    middle = picture["y"] + picture["height"] / 2
    left, right = (round(picture["x"] + share * picture["width"]) for share in (0.2, 0.7))
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(right, middle, steps=5)
    assert sent(page) == before
    scale = f"{(right - left) / picture['width'] * 1024 / 26.5:.1f}"
    expect(page.locator(".viewer-tool:visible")).to_contain_text(scale)
    page.mouse.up()
    expect(page.locator(".st-key-grains")).to_contain_text(
        say.plain("grains.measured", scale=scale)
    )
    expect(page.locator("table.grains")).to_contain_text(re.compile(r"\d mm"))
    wait_until_idle(page)
    if language == "ja":
        check_all_is_japanese(page)
    check_nothing_is_cut_off(page, [width])
    toggle(page, "done").click()
    expect(page.locator(".st-key-grains-measure button")).to_be_focused()
