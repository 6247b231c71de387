"""The viewer: what it draws is what `core` draws, at once, whatever the server does meanwhile."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.explain.explanation import Explanation
from core.explain.open_explainer import open_explainer
from core.explain.render import (
    COLORS,
    Heat,
    Pixels,
    cell_levels,
    color_table,
    colorize,
    heat_on_photo,
    overlay,
    stretch_table,
)
from core.images.decode import PREVIEW, read_photo
from core.images.preprocess import GEOMETRIES, input_on_photo, place
from core.synthetic.scenes import render_scene
from dashboard.i18n.translate import TABLES
from tests.browser.actions import (
    check_all_is_japanese,
    check_nothing_is_cut_off,
    choose_class,
    decode_image,
    drop_files,
    read_picture,
    set_blend,
    wait_until_idle,
    wait_until_still,
)
from tests.browser.server import stopped

NEAR = 2  # grey levels
PANES = ("original", "heatmap", "overlay")
VIEWER = Path(__file__).parents[2] / "dashboard" / "viewer"


@pytest.fixture(scope="module")
def explanation(models: Path, photos: dict[str, bytes]) -> Explanation:
    (found,) = open_explainer(models / "fair").explain([read_photo(photos["wide.jpg"])])
    return found


def show(page: Page, name: str | None = None, colors: str | None = None, blend: int = -1) -> None:
    """Choose in the viewer, as a visitor does."""
    if name:
        page.locator(".viewer-bars label", has_text=name).click()
    if colors:
        page.locator(".viewer [name=colors]").select_option(colors)
    if blend >= 0:
        page.locator(".viewer [name=blend]").fill(str(blend))


def zoom(page: Page) -> tuple[float, float, float]:
    """How much the pictures are enlarged, and moved in per cent of their sides."""
    style = page.locator(".viewer-panes").evaluate(
        "panes => ['--scale', '--x', '--y'].map(name => panes.style.getPropertyValue(name))"
    )
    scale, x, y = (float(value.rstrip("%")) for value in style)
    return scale, x, y


def sent(page: Page) -> int:
    """How many messages the browser has sent."""
    return page.evaluate("() => window.streamlitRuns.sent")


def toggle(page: Page, name: str) -> Locator:
    return page.locator(f".viewer button[name={name}]")


def frame(page: Page, which: str) -> Locator:
    return page.locator(f".viewer-{which} .viewer-frame")


def far(one: np.ndarray, other: np.ndarray) -> int:
    """The most that two pictures differ by."""
    return int(np.abs(one.astype(int) - other).max())


def test_every_class_blend_and_colour_is_what_core_draws(open_page, photos, explanation):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    photo = read_picture(page, "original")  # as the browser has decoded it
    stretched = stretch_table(read_photo(photos["wide.jpg"], longest=PREVIEW).rgb)[photo]
    speaking = [name for name in explanation.classes if explanation.map(name).max() > 0]
    assert len(speaking) > 1
    for name, colors in product(speaking, COLORS):
        show(page, name, colors)
        drawn = heat_on_photo(explanation.map(name), explanation.placement, photo.shape[:2])
        heatmap = colorize(drawn, colors)
        assert np.array_equal(read_picture(page, "heatmap"), heatmap)
        for blend in (20, 50, 85):
            show(page, blend=blend)
            under = stretched if colors == "jet" else photo
            expected = overlay(under, heatmap, blend / 100)
            assert far(read_picture(page, "overlay"), expected) <= NEAR, (name, colors, blend)


_PIXEL_BY_PIXEL = "position: fixed; left: 20px; top: 20px; width: 420px; z-index: 999999"


@pytest.mark.slow
def test_the_screen_shows_the_layers_as_they_are(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    set_blend(page, "ArrowRight", 51)
    frame(page, "overlay").evaluate("(frame, style) => { frame.style = style; }", _PIXEL_BY_PIXEL)
    wait_until_still(page)
    page.mouse.move(1, 1)
    box = frame(page, "overlay").bounding_box()
    assert (box["width"], box["height"]) == (420, 300)
    assert (box["x"] % 1, box["y"] % 1) == (0, 0)
    screen = decode_image(frame(page, "overlay").screenshot())
    inside = slice(12, -12)  # its corners are round
    assert far(screen[inside, inside], read_picture(page, "overlay")[inside, inside]) <= NEAR


_PAINT = """([levels, cells, grid, size, input, covered, table, how]) => {
    const canvas = newCanvas(1, 1), bytes = list => Uint8Array.from(list);
    const map = {levels: bytes(levels), cells: bytes(cells), grid};
    paintHeat(canvas, map, {size, input, covered}, bytes(table), how);
    return [...canvas.getContext("2d").getImageData(0, 0, ...size).data];
}"""


def painted(page: Page, drawn: Heat, grid: np.ndarray, placement, **how: bool) -> Pixels:
    """What `paint.js` makes of a map: uint8 [H, W, 4]."""
    height, width = drawn.levels.shape
    rows, columns = (np.flatnonzero(drawn.covered.any(axis)) for axis in (1, 0))
    covered = [int(columns[0]), int(rows[0]), len(columns), len(rows)]
    lists = [drawn.levels, cell_levels(grid, drawn)]
    given = [each.ravel().tolist() for each in lists]
    given += [grid.shape, [width, height], input_on_photo(placement, (height, width)), covered]
    data = page.evaluate(_PAINT, [*given, color_table("inferno").ravel().tolist(), how])
    return np.uint8(data).reshape(height, width, 4)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_the_model_was_not_shown_and_cells_lie_where_core_has_them(chromium, geometry):
    page = chromium.new_page()
    page.add_script_tag(path=VIEWER / "paint.js")
    placement, size = place((40, 64), (64, 64), geometry), (40, 64)
    grid = np.float32([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]])
    drawn = heat_on_photo(grid, placement, size)
    plain = painted(page, drawn, grid, placement)
    assert np.array_equal(plain[..., :3], colorize(drawn, "inferno"))
    by_heat = painted(page, drawn, grid, placement, byHeat=True)
    assert np.array_equal(by_heat[..., 3], np.where(drawn.covered, drawn.levels, 0))
    cells = painted(page, drawn, grid, placement, asCells=True)[..., :3]
    levels = cell_levels(grid, drawn)
    left, top, width, height = input_on_photo(placement, size)
    for y, x in np.argwhere(drawn.covered):
        row, column = int((y + 0.5 - top) / height * 4), int((x + 0.5 - left) / width * 4)
        assert (cells[y, x] == color_table("inferno")[levels[row, column]]).all()
    assert (cells[~drawn.covered] == 128).all()
    page.close()


def test_the_browser_needs_no_server_for_what_it_shows(open_page, app_url, photos, explanation):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    expect(page.locator(".st-key-said strong")).to_have_count(1)
    wait_until_idle(page)
    shown = {read_picture(page, "overlay").tobytes()}
    names = [name for name in explanation.classes if explanation.map(name).max() > 0]
    names.remove(explanation.predicted)
    with stopped(app_url):
        for name, blend in zip(names, (20, 80), strict=False):
            show(page, name, blend=blend)
            expect(page.locator(".viewer-where")).to_contain_text(name)
            expect(page.locator(".viewer-overlay figcaption")).to_contain_text(f"{blend}%")
            shown.add(read_picture(page, "overlay").tobytes())
        toggle(page, "cells").click()
        shown.add(read_picture(page, "overlay").tobytes())
        assert len(shown) == len(names) + 2
    wait_until_idle(page)
    # Then it hears of all that was chosen, and changes nothing of it.
    assert read_picture(page, "overlay").tobytes() in shown
    expect(toggle(page, "cells")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".viewer [name=blend]")).to_have_value(str(blend))
    page.reload()
    wait_until_idle(page)
    expect(page.locator(".viewer-chosen")).to_contain_text(names[-1])
    expect(page.locator(".viewer [name=blend]")).to_have_value(str(blend))
    expect(toggle(page, "cells")).to_have_attribute("aria-pressed", "true")


def test_nothing_is_sent_while_something_is_dragged(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    toggle(page, "curtain").click()
    wait_until_still(page)
    before = sent(page)
    slider = page.locator(".viewer [name=blend]").bounding_box()
    middle = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + slider["width"] / 2, middle)
    page.mouse.down()
    opacities = set()
    for step in range(1, 11):
        page.mouse.move(slider["x"] + slider["width"] * (0.5 + step / 25), middle)
        opacities.add(page.locator(".viewer-cover").evaluate("cover => cover.style.opacity"))
    assert len(opacities) == 10
    assert sent(page) == before
    page.mouse.up()
    wait_until_idle(page)
    assert sent(page) == before + 1
    picture = frame(page, "overlay").bounding_box()
    across, down = picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(across - 60, down, steps=5)
    page.mouse.up()
    at = page.locator(".viewer-panes").evaluate("p => p.style.getPropertyValue('--curtain')")
    assert float(at.rstrip("%")) == pytest.approx(50 - 6000 / picture["width"], abs=1)
    assert sent(page) == before + 1


@pytest.mark.slow
def test_the_curtain_parts_photo_and_overlay(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    toggle(page, "curtain").click()
    set_blend(page, "End", 100)
    page.mouse.move(1, 1)
    wait_until_still(page)
    seen = [decode_image(frame(page, which).screenshot()) for which in PANES]
    width = seen[0].shape[1]
    left, right = slice(12, width // 2 - 30), slice(width // 2 + 30, -12)
    original, heatmap, both = (each[12:-12].astype(int) for each in seen)
    assert np.abs(both[:, left] - original[:, left]).mean() < NEAR
    assert np.abs(both[:, right] - heatmap[:, right]).mean() < NEAR


def test_pictures_are_zoomed_and_moved_together_by_the_mouse(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    heat = frame(page, "heatmap")
    box = heat.bounding_box()
    place = {"x": box["width"] / 4, "y": box["height"] / 4}
    heat.dblclick(position=place)
    assert zoom(page) == (3, pytest.approx(-50, abs=1), pytest.approx(-50, abs=1))
    moves = page.locator(".viewer-world").evaluate_all(
        "worlds => worlds.map(world => getComputedStyle(world).transform)"
    )
    assert len({move for move in moves if move != "none"}) == 1
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 10, y, steps=3)
    page.mouse.up()
    assert zoom(page) == (3, pytest.approx(-40, abs=1), pytest.approx(-50, abs=1))
    page.mouse.wheel(0, -200)
    page.wait_for_function(
        "() => document.querySelector('.viewer-panes').style.getPropertyValue('--scale') > 3.5"
    )
    heat.dblclick(position=place)
    assert zoom(page) == (1, 0, 0)
    # What is not asked for scrolls the page.
    page.locator(".st-key-answer").click()
    page.mouse.move(x, y)
    page.mouse.wheel(0, 100)
    page.wait_for_function("() => document.querySelector('.stMain').scrollTop > 0")
    assert zoom(page) == (1, 0, 0)


@pytest.mark.slow
def test_pictures_are_zoomed_by_two_fingers(open_page, photos):
    page = open_page(width=390, height=844)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    expect(page.locator(".viewer-frame:visible")).to_have_count(1)
    frame(page, "overlay").scroll_into_view_if_needed()
    wait_until_still(page)
    box = frame(page, "overlay").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    for kind, apart in (("touchStart", 20), ("touchMove", 30), ("touchMove", 60), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        given = points if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})
    assert zoom(page) == (
        pytest.approx(3, abs=0.1), pytest.approx(-100, abs=5), pytest.approx(-100, abs=5)
    )  # fmt: skip
    page.locator(".viewer-segments label:visible", has_text="Original").click()
    expect(frame(page, "original")).to_be_visible()
    expect(page.locator(".viewer-frame:visible")).to_have_count(1)
    assert zoom(page)[0] == pytest.approx(3, abs=0.1)


@pytest.mark.slow
def test_a_photo_that_is_looked_at_closely_has_its_own_pixels(open_page, photos):
    page, file = open_page(), BytesIO()
    scene = render_scene("Ketan", layout="scattered", height=900, width=1600, seed=3)
    Image.fromarray(scene.rgb).save(file, "JPEG", quality=90)
    drop_files(page, {"large.jpg": file.getvalue(), "wide.jpg": photos["wide.jpg"]})
    width = "image => image.naturalWidth"
    image = page.locator(".viewer-overlay img")
    assert image.evaluate(width) == PREVIEW
    frame(page, "overlay").dblclick()
    expect(page.locator(".viewer-zoomed")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('.viewer-overlay img').naturalWidth == 1600"
    )
    assert zoom(page)[0] == 3
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".viewer-original [role=img]")).to_have_attribute(
        "aria-label", "Original: wide.jpg"
    )
    wait_until_idle(page)
    assert zoom(page)[0] == 1
    assert image.evaluate(width) == 420
    page.get_by_role("button", name="Previous").click()
    wait_until_idle(page)
    assert image.evaluate(width) in (PREVIEW, 1600)


@pytest.mark.parametrize("language", ["en", pytest.param("ja", marks=pytest.mark.slow)])
def test_everything_can_be_done_by_keys(open_page, photos, language):
    page, texts = open_page(language), TABLES[language]
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    first = page.locator(".viewer-chosen").inner_text()
    page.locator(".viewer-bars input:checked").focus()
    page.keyboard.press("ArrowDown")
    wait_until_idle(page)
    assert page.locator(".viewer-chosen").inner_text() != first
    expect(page.locator(".viewer-bars input:checked")).to_be_focused()
    panes = page.locator(".viewer-panes")
    panes.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    scale, x, y = zoom(page)
    assert scale == pytest.approx(1.96)
    assert x < y
    page.keyboard.press("-")
    assert zoom(page)[0] == pytest.approx(1.4)
    page.keyboard.press("0")
    assert zoom(page) == (1, 0, 0)
    reading = page.locator(".viewer-reading")
    expect(reading).to_have_text(texts["viewer.hint"])
    page.keyboard.press("Shift+ArrowLeft")
    before, cell = reading.inner_text(), re.compile(r"\d")
    assert cell.search(before)
    page.keyboard.press("Shift+ArrowRight")
    assert reading.inner_text() != before
    for key, name in (("c", "curtain"), ("h", "heat_only"), ("g", "cells"), ("o", "outline")):
        page.keyboard.press(key)
        expect(toggle(page, name)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.locator(".viewer-keys")).to_contain_text(texts["viewer.cells.help"])
    wait_until_idle(page)
    expect(panes).to_be_focused()
    if language == "ja":
        check_all_is_japanese(page)
        check_nothing_is_cut_off(page)


def test_a_place_is_read_out(open_page, photos, explanation):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    name = explanation.predicted
    box, grid = frame(page, "original").bounding_box(), explanation.map(name)
    most = heat_on_photo(grid, explanation.placement, (300, 420)).high
    reading = page.locator(".viewer-reading")
    for row, column in np.ndindex(grid.shape):
        x, y = (np.array([column, row]) + 0.4) / grid.shape[::-1] * [box["width"], box["height"]]
        page.mouse.move(box["x"] + x, box["y"] + y)
        expect(reading).to_contain_text(f"Row {row + 1}, column {column + 1}: ")
        share = max(0, round(100 * float(grid[row, column]) / most))
        expect(reading).to_contain_text(f"{min(100, share)}% of the strongest")
    toggle(page, "outline").click()
    wait_until_idle(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(reading).to_contain_text(re.compile("on rice"))


def test_one_two_or_three_pictures_and_the_whole_screen(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    shown = page.locator(".viewer-frame:visible")
    counts = page.locator(".viewer-segments:visible").first.locator("label")
    for count in (1, 2, 3):
        counts.nth(count - 1).click()
        expect(shown).to_have_count(count)
    wait_until_idle(page)
    expect(shown).to_have_count(3)
    toggle(page, "full").click()
    expect(page.locator(".viewer-full")).to_be_visible()
    choose_class(page, page.locator(".viewer-class").nth(1).inner_text())
    expect(page.locator(".viewer-full")).to_be_visible()
    # It stays while one goes from photo to photo, by button and by key.
    for go, name in (
        (toggle(page, "next").click, "tall.jpg"),
        (lambda: page.keyboard.press("p"), "wide.jpg"),
    ):
        go()
        expect(page.locator(".viewer-full .viewer-original [role=img]")).to_have_attribute(
            "aria-label", f"Original: {name}"
        )
        expect(page.locator(".viewer-full:not([data-waiting])")).to_be_visible()
        wait_until_idle(page)
    expect(toggle(page, "previous")).to_be_disabled()
    page.locator(".viewer-panes").press("f")
    expect(page.locator(".viewer-full")).to_have_count(0)


@pytest.mark.slow
def test_strangers_names_are_words(open_page, photos):
    page = open_page()
    name = "<img src=x onerror=alert(1)>.jpg"
    drop_files(page, {name: photos["wide.jpg"]})
    expect(page.locator(".viewer-original [role=img]")).to_have_attribute(
        "aria-label", f"Original: {name}"
    )
    assert page.locator(".viewer img[src=x]").count() == 0
