"""The brush: what is painted is seen at once, and on release it is what the model is asked with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.images.decode import read_photo
from core.segmentation.rice_mask import find_rice
from dashboard.i18n.translate import TABLES, Texts
from tests.browser.actions import (
    check_all_is_japanese,
    check_nothing_is_cut_off,
    download_picture,
    drop_files,
    let_one_run,
    runs_held,
    wait_until_idle,
    wait_until_still,
)
from tests.browser.test_evidence import open_evidence
from tests.browser.test_viewer import frame, sent, toggle, zoom

VIEWER = Path(__file__).parents[2] / "dashboard" / "viewer"
SIZE = WIDTH, HEIGHT = 420, 300  # of wide.jpg
BRUSH = 0.04  # its diameter, of the frame's width

Place = tuple[float, float]
"""In shares of the frame's width and height."""


def on_stroke(start: Place, end: Place, radius: float, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Which pixels' centres lie within `radius` of a line, all in pixels: bool [H, W]."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    along = np.subtract(end, start)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / max(1e-9, along @ along)
    share = np.clip(share, 0, 1)
    return np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1]) <= radius


STROKES = [
    *(((10.5, 20.5), (50.5, 20.5), 3), ((30.2, 5.1), (12.7, 36), 6.5)),
    *(((20, 20), (20, 20), 4), ((-5, 10), (70, 45), 3), ((25.3, 25.3), (25.3, 25.3), 0)),
]


def test_a_stroke_fills_the_pixels_that_it_covers(chromium):
    page = chromium.new_page()
    page.add_script_tag(path=VIEWER / "brush.js")
    for start, end, radius in STROKES:
        places = page.evaluate("way => pixelsOnStroke([64, 40], ...way)", [start, end, radius])
        filled = np.zeros(64 * 40, bool)
        filled[places] = True
        expected = on_stroke(start, end, max(radius, 0.5**0.5), (64, 40))
        assert np.array_equal(filled.reshape(40, 64), expected)
        assert filled.any()
        if start == (10.5, 20.5):
            assert filled.reshape(40, 64)[20].sum() == 40 + 2 * radius + 1
    page.close()


_EARLY = """() => {
    const brush = new Brush(), size = [8, 4], found = new Uint8Array(32).fill(255, 0, 3);
    const rice = () => [...brush.shown.keys()].filter(at => brush.shown[at]);
    brush.take("photo", size, null, []);
    brush.paintTo([5.5, 2.5], 0.5);
    brush.finish();
    const before = [brush.rice, rice(), brush.past.length];
    brush.take("photo", size, found, brush.runs);
    const after = [rice(), brush.past.length];
    brush.undo();
    return [...before, ...after, rice()];
}"""


def test_a_stroke_counts_that_is_painted_before_the_rice_is_found(chromium):
    page = chromium.new_page()
    page.add_script_tag(path=VIEWER / "brush.js")
    unknown, early, steps, later, kept, undone = page.evaluate(_EARLY)
    assert unknown is None
    assert early == [2 * 8 + 5]
    assert later == [0, 1, 2, *early]
    assert steps == kept == 1
    assert undone == [0, 1, 2]
    page.close()


_ALPHAS = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, at) => at % 4 == 3);
}"""


def rice(page: Page) -> np.ndarray:
    """What the brush shows as rice, bool [H, W]."""
    alphas = page.locator(".viewer-original .viewer-outline").evaluate(_ALPHAS)
    return np.array(alphas).reshape(HEIGHT, WIDTH) > 0


def take_brush(page: Page) -> None:
    toggle(page, "brush").click()
    expect(page.locator(".viewer-frame:visible")).to_have_count(1)
    wait_until_idle(page)
    wait_until_still(page)


def paint(page: Page, start: Place, end: Place) -> np.ndarray:
    """Paint by the mouse; what that covers."""
    box, before = frame(page, "original").bounding_box(), sent(page)
    (x0, y0), (x1, y1) = [
        (round(box["x"] + u * box["width"]), round(box["y"] + v * box["height"]))
        for u, v in (start, end)
    ]
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=7)
    assert sent(page) == before  # nothing is said before it is let go
    page.mouse.up()
    wait_until_idle(page)
    assert sent(page) > before
    scale, left, top = zoom(page)
    ends = [
        (
            ((x - box["x"]) / box["width"] - left / 100) / scale * WIDTH,
            ((y - box["y"]) / box["height"] - top / 100) / scale * HEIGHT,
        )
        for x, y in ((x0, y0), (x1, y1))
    ]
    return on_stroke(*ends, BRUSH / 2 * WIDTH / scale)


def differ(one: np.ndarray, other: np.ndarray) -> float:
    """How many pixels of two masks differ, in shares of those in either."""
    return (one ^ other).sum() / max(1, (one | other).sum())


def test_what_is_painted_counts_and_can_be_undone(open_page, photos):
    page, verdict = open_page(), Texts("en").plain("reason.no_rice", count=3)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    said = page.locator(".st-key-said")
    expect(said.locator("strong")).to_have_count(1)
    wait_until_idle(page)
    take_brush(page)
    found = rice(page)
    assert np.array_equal(found, find_rice(read_photo(photos["wide.jpg"]).rgb).mask())
    before = said.inner_text()
    toggle(page, "nothing").click()
    expect(said).to_contain_text(verdict)
    assert not rice(page).any()
    stroke = paint(page, (0.2, 0.3), (0.7, 0.5))
    assert differ(rice(page), stroke) < 0.01
    expect(said).not_to_contain_text(verdict)
    expect(said.locator("strong")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(said).to_contain_text(verdict)
    assert not rice(page).any()
    toggle(page, "found").click()
    wait_until_idle(page)
    assert np.array_equal(rice(page), found)
    expect(said).to_have_text(before, use_inner_text=True)
    page.keyboard.press("Escape")
    expect(page.locator(".viewer-frame:visible")).to_have_count(3)
    expect(toggle(page, "brush")).to_be_focused()


@pytest.mark.slow
def test_a_painted_mask_is_the_one_that_counts_and_survives(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    take_brush(page)
    toggle(page, "nothing").click()
    wait_until_idle(page)
    stroke = paint(page, (0.2, 0.3), (0.7, 0.5))
    page.locator(".viewer-segments label", has_text=TABLES["en"]["brush.background"]).click()
    gone = paint(page, (0.4, 0.1), (0.4, 0.8))
    painted = rice(page)
    assert differ(painted, stroke & ~gone) < 0.01
    page.keyboard.press("Control+z")
    assert differ(rice(page), stroke) < 0.01
    page.keyboard.press("Control+y")
    assert np.array_equal(rice(page), painted)
    toggle(page, "done").click()
    open_evidence(page)
    assert np.array_equal(download_picture(page, "mask")[1][..., 0] > 0, painted)
    page.get_by_role("button", name="Next").click()
    wait_until_idle(page)
    page.get_by_role("button", name="Previous").click()
    wait_until_idle(page)
    page.reload()
    wait_until_idle(page)
    take_brush(page)
    assert np.array_equal(rice(page), painted)
    page.locator(".st-key-mask-found button").click()
    wait_until_idle(page)
    assert np.array_equal(rice(page), find_rice(read_photo(photos["wide.jpg"]).rgb).mask())


@pytest.mark.slow
def test_a_late_answer_undoes_no_stroke(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    take_brush(page)
    toggle(page, "nothing").click()
    wait_until_idle(page)
    box = frame(page, "original").bounding_box()
    left, right = box["x"] + 30, box["x"] + box["width"] - 30
    with runs_held(page):
        for at, down in enumerate((0.2, 0.4, 0.6)):
            page.mouse.move(left, box["y"] + down * box["height"])
            page.mouse.down()
            page.mouse.move(right, box["y"] + down * box["height"], steps=3)
            if at == 2:
                let_one_run(page)  # of the first stroke, while the third is painted
            page.mouse.up()
        painted = rice(page)
    wait_until_idle(page)
    assert len(np.flatnonzero(np.diff(painted[:, WIDTH // 2].astype(int)) == 1)) == 3
    assert np.array_equal(rice(page), painted)
    for _ in range(4):
        page.keyboard.press("Control+z")
    wait_until_idle(page)
    assert np.array_equal(rice(page), find_rice(read_photo(photos["wide.jpg"]).rgb).mask())


@pytest.mark.slow
def test_it_paints_finer_where_one_is_closer_and_by_keys(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    frame(page, "original").dblclick()
    page.locator(".viewer-panes").focus()
    page.keyboard.press("b")
    wait_until_idle(page)
    toggle(page, "nothing").click()
    wait_until_idle(page)
    stroke = paint(page, (0.2, 0.3), (0.7, 0.5))
    assert zoom(page)[0] == 3
    assert differ(rice(page), stroke) < 0.03
    area = stroke.sum()
    page.locator(".viewer-panes").focus()
    for key in ("Control+z", ".", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    wait_until_idle(page)
    assert 0 < rice(page).sum() < area
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    wait_until_idle(page)
    assert not rice(page).any()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_fingers_paint_and_two_of_them_zoom(open_page, photos, language):
    page = open_page(language, width=390, height=844)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    take_brush(page)
    toggle(page, "nothing").click()
    no_rice = Texts(language).plain("reason.no_rice", count=3)
    expect(page.locator(".st-key-said")).to_contain_text(no_rice)  # which moves what is below
    wait_until_still(page)
    box = frame(page, "original").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def move(kind: str, *across: float) -> None:
        points = [{"x": x + each, "y": y, "id": at} for at, each in enumerate(across)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for kind, across in (("touchStart", -60), ("touchMove", 0), ("touchMove", 60)):
        move(kind, across)
    move("touchEnd")
    wait_until_idle(page)
    per_pixel = WIDTH / box["width"]
    ends = [(WIDTH / 2 + side * 60 * per_pixel, HEIGHT / 2) for side in (-1, 1)]
    painted = rice(page)
    assert differ(painted, on_stroke(*ends, BRUSH / 2 * WIDTH)) < 0.05
    move("touchStart", -20)
    move("touchStart", -20, 20)
    move("touchMove", -60, 60)
    move("touchEnd")
    assert zoom(page)[0] == pytest.approx(3, abs=0.1)
    assert np.array_equal(rice(page), painted)
    if language == "ja":
        check_all_is_japanese(page)
    check_nothing_is_cut_off(page)
