"""Many photos dropped, reviewed, filtered, marked and downloaded, in a real browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.synthetic.scenes import render_scene
from tests.browser.actions import (
    check_nothing_is_cut_off,
    download_export,
    drop_files,
    open_review,
    read_rows,
    switch_language,
    wait_for_review,
    wait_until_idle,
    wait_until_still,
)

HEAD, ROW = 38, 44  # pixels that the table's head and a row of it are high
CLICKABLE = 120  # pixels from the table's left edge, within the photo's name

TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@cache
def render_photos(count: int) -> dict[str, bytes]:
    """So many different photos, ten cut out of each rendered one."""
    files = {}
    for number in range(-(-count // 10)):
        variety = ("Basmati", "IR64", "Ketan")[number % 3]
        rgb = render_scene(variety, layout="heap", height=180, width=240, seed=number).rgb
        for part in range(10):
            cut = np.ascontiguousarray(rgb[6 * part : 6 * part + 120, 8 * part : 8 * part + 160])
            file = BytesIO()
            Image.fromarray(cut).save(file, "JPEG", quality=90)
            files[f"{variety}-{number:02}-{part}.jpg"] = file.getvalue()
    return dict([*files.items()][:count])


def click_row(page: Page, row: int) -> None:
    """Open the photo of a row; the table is drawn on a canvas, and describes what is on it."""
    table = page.locator("[data-testid=stDataFrame]")
    table.locator("canvas tbody tr").nth(row).wait_for(state="attached")
    table.scroll_into_view_if_needed()
    wait_until_still(page)
    box = table.bounding_box()
    page.mouse.move(box["x"] + CLICKABLE, box["y"] + HEAD + ROW * row + ROW // 2)
    page.evaluate(TWO_FRAMES)  # the canvas takes in one event a frame
    page.mouse.down()
    page.evaluate(TWO_FRAMES)
    page.mouse.up()
    page.wait_for_selector(".st-key-pictures")
    wait_until_idle(page)


@pytest.mark.parametrize("count", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_photos_are_reviewed_filtered_marked_and_downloaded(open_page, count):
    page, photos = open_page(), render_photos(count)
    caption = page.get_by_text(re.compile(rf"^\d+ of {count} photos, the most doubtful first"))
    drop_files(page, photos)
    open_review(page)
    expect(caption).to_have_text(re.compile(rf"^{count} of"))

    # What the page says of all photos is what the export says.
    files = download_export(page)
    table, summary = read_rows(files, "photos.csv"), json.loads(files["summary.json"])
    assert len(table) == count
    hashes = {hashlib.sha256(data).hexdigest() for data in photos.values()}
    assert {row["sha256"] for row in table} == hashes
    doubtful = sum(bool(row["doubt"]) for row in table)
    assert doubtful
    short = page.locator(".st-key-review-short").inner_text()
    assert re.search(rf"\b{doubtful} of {count} photos", short)
    manifest = json.loads(files["manifest.json"])
    named = {name: each["sha256"] for name, each in manifest["files"].items()}
    assert named == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "manifest.json"
    }
    assert sum(name.startswith("pictures/") for name in named) == count

    # Counted by class, as the charts and the summary have it.
    predicted = Counter(row["predicted"] for row in table)
    assert {name: predicted[name] for name in summary["predicted"]} == summary["predicted"]

    # Filtered by a name and by a class: as many as there are in the table.
    page.locator(".st-key-review-text input").fill("IR64-")
    page.keyboard.press("Enter")
    of_name = [row for row in table if row["file"].startswith("IR64-")]
    expect(caption).to_have_text(re.compile(rf"^{len(of_name)} of"))
    rarest = min(Counter(row["predicted"] for row in of_name).items(), key=lambda item: item[1])[0]
    page.locator(".st-key-review-class input").click()
    page.get_by_role("option", name=rarest).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    left = [row for row in of_name if row["predicted"] == rarest]
    expect(caption).to_have_text(re.compile(rf"^{len(left)} of"))
    assert left

    # The most doubtful of these is the first row, or one as doubtful; it is opened and marked.
    lead = {row["file"]: round(float(row["score"]) - float(row["second_score"]), 6) for row in left}
    click_row(page, 0)
    opened = page.locator(".st-key-way").inner_text().splitlines()[0]
    assert lead[opened] == min(lead.values())
    page.locator(".st-key-note input").fill("=blurred 2")  # its digits mark nothing
    page.keyboard.press("Enter")
    wait_until_idle(page)
    expect(page.locator(".st-key-note")).not_to_contain_text("✓")
    page.locator(".st-key-answer h2").click()
    page.keyboard.press("2")
    expect(page.locator(".st-key-way .stText").first).not_to_have_text(opened)
    wait_until_idle(page)
    expect(page.locator(".viewer-panes")).to_be_focused()  # and so the viewer's keys work
    page.locator(".st-key-mark-back button").click()
    expect(page.locator(".st-key-way .stText").first).to_have_text(opened)
    expect(page.locator(".st-key-note")).to_contain_text("✓ Wrong")
    page.locator(".st-key-review-back button").click()
    page.wait_for_selector(".st-key-mode-all")
    expect(caption).to_have_text(re.compile(rf"^{len(left)} of"))

    # The note travels, and is no formula in a spreadsheet.
    (note,) = read_rows(download_export(page), "notes.csv")
    assert note["file"] == opened
    assert note["mark"] == "disagree"
    assert note["note"].endswith("=blurred 2")
    assert not note["note"].startswith("=")

    # The same photo can be opened again from where it was.
    click_row(page, 0)
    expect(page.locator(".st-key-note input")).to_have_value("=blurred 2")


@pytest.mark.slow
def test_the_pictures_come_page_by_page_and_lead_to_their_photo(open_page):
    page = open_page()
    drop_files(page, render_photos(30))
    open_review(page)
    page.locator(".st-key-review-show button").nth(1).click()
    wait_until_idle(page)
    expect(page.locator(".st-key-gallery img")).to_have_count(24)
    page.locator("[class*='st-key-gallery-strip-page_on'] button").click()
    wait_until_idle(page)
    expect(page.locator(".st-key-gallery img")).to_have_count(6)
    page.locator(".st-key-gallery [class*=st-key-open-] button").first.click()
    page.wait_for_selector(".st-key-pictures")
    wait_until_idle(page)
    page.locator(".st-key-review-back button").click()
    expect(page.locator(".st-key-gallery img")).to_have_count(6)
    # By keys, also to the photo that was looked at last, one goes on with its pictures.
    page.locator(".st-key-gallery [class*=st-key-open-] button").first.press("Enter")
    expect(page.locator(".viewer-panes")).to_be_focused()


@pytest.mark.slow
def test_nothing_of_a_review_is_cut_off(open_page):
    page = open_page(width=1440)
    drop_files(page, render_photos(12))
    open_review(page)
    for language, widths in (("en", [1440]), ("ja", [1024, 390])):
        switch_language(page, language)
        for number in range(3):
            page.locator(".st-key-review-show button").nth(number).click()
            check_nothing_is_cut_off(page, widths)
        chart = page.locator("[data-testid=stVegaLiteChart]").first
        expect(chart).to_be_visible()
        assert chart.bounding_box()["height"] > 100


@pytest.mark.slow
def test_a_review_is_stopped_and_goes_on_with_nothing_lost(open_page):
    page = open_page()
    drop_files(page, render_photos(8))
    open_review(page)
    page.locator(".st-key-review-evidence label").first.click()
    page.locator(".st-key-review-stop button").click()
    page.locator(".st-key-review-go-on button").click()
    wait_for_review(page)
    files = download_export(page)
    table = read_rows(files, "photos.csv")
    assert len({row["sha256"] for row in table}) == 8
    assert all(row["verdict"] for row in table)
