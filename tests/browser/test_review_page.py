"""Two hundred photos dropped, reviewed, narrowed down, marked and taken away, in a real browser."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.synthetic.scenes import render_scene
from tests.browser.acting import OVERFLOWING, drop, settle

PHOTOS = 200
EXPORT = ".st-key-review-export button:visible"
ROW = 35  # pixels that a row of the table is high


@pytest.fixture(scope="module")
def harvest() -> dict[str, bytes]:
    """Two hundred different photos, cut out of twenty rendered ones."""
    files = {}
    for number in range(PHOTOS // 10):
        variety = ("Basmati", "IR64", "Ketan")[number % 3]
        rgb = render_scene(variety, layout="heap", height=180, width=240, seed=number).rgb
        for part in range(10):
            cut = np.ascontiguousarray(rgb[6 * part : 6 * part + 120, 8 * part : 8 * part + 160])
            file = BytesIO()
            Image.fromarray(cut).save(file, "JPEG", quality=90)
            files[f"{variety}-{number:02}-{part}.jpg"] = file.getvalue()
    return files


def show_all(page: Page) -> None:
    page.locator("[class*=st-key-mode-] button").nth(1).click()
    page.wait_for_selector("[data-testid=stDataFrame]")
    finished(page)


def finished(page: Page) -> None:
    expect(page.locator(".st-key-review-progress")).to_have_count(0, timeout=300_000)
    settle(page)
    expect(page.locator(EXPORT).first).to_be_enabled()


def export(page: Page) -> dict[str, bytes]:
    settle(page)
    with page.expect_download() as started:
        page.locator(EXPORT).first.click()
    with zipfile.ZipFile(Path(started.value.path())) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def click_row(page: Page, row: int, across: int = 60) -> None:
    table = page.locator("[data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    settle(page)
    page.wait_for_timeout(500)  # the table draws itself on a canvas, a little later
    box = table.bounding_box()
    assert box is not None
    x, y = box["x"] + across, box["y"] + ROW * (row + 1) + ROW // 2
    page.mouse.move(x, y)
    page.wait_for_timeout(200)
    page.mouse.click(x, y)
    page.wait_for_selector(".st-key-pictures")
    settle(page)


def shown(page: Page) -> Locator:
    """The sentence that tells how many photos are left in the list."""
    return page.get_by_text(re.compile(rf"^\d+ of {PHOTOS} photos, the most doubtful first"))


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(files[name].decode("utf-8-sig"))))


def test_two_hundred_photos_are_reviewed_narrowed_down_marked_and_taken_away(visit, harvest):
    page = visit()
    drop(page, harvest)
    show_all(page)
    expect(shown(page)).to_have_text(re.compile(rf"^{PHOTOS} of"))

    # What the page says of all photos is what the export says.
    files = export(page)
    table, summary = rows(files, "photos.csv"), json.loads(files["summary.json"])
    assert len(table) == PHOTOS
    assert {row["sha256"] for row in table} == {
        hashlib.sha256(data).hexdigest() for data in harvest.values()
    }
    doubtful = sum(bool(row["doubt"]) for row in table)
    assert doubtful
    short = page.locator(".st-key-review-short").inner_text()
    assert re.match(rf"{doubtful} of {PHOTOS} photos", short)
    manifest = json.loads(files["manifest.json"])
    named = {name: each["sha256"] for name, each in manifest["files"].items()}
    assert named == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "manifest.json"
    }
    assert sum(name.startswith("pictures/") for name in named) == PHOTOS

    # Counted by class, as the charts and the summary have it.
    said = {name: sum(row["predicted"] == name for row in table) for name in summary["predicted"]}
    assert said == summary["predicted"]

    # Narrowed down by a name and by a class: as many as there are in the table.
    page.locator(".st-key-review-text input").fill("IR64-")
    page.keyboard.press("Enter")
    of_name = [row for row in table if row["file"].startswith("IR64-")]
    expect(shown(page)).to_have_text(re.compile(rf"^{len(of_name)} of"))
    first = max(said, key=lambda name: said[name])
    page.locator(".st-key-review-class input").click()
    page.get_by_role("option", name=first).click()
    page.keyboard.press("Escape")
    shown(page).click()  # the first click elsewhere only leaves the choice of varieties
    left = [row for row in of_name if row["predicted"] == first]
    expect(shown(page)).to_have_text(re.compile(rf"^{len(left)} of"))
    assert left

    # The most doubtful of these is the first row, or one as doubtful; it is opened and marked.
    lead = {row["file"]: round(float(row["score"]) - float(row["second_score"]), 6) for row in left}
    click_row(page, 0)
    opened = page.locator(".st-key-way").inner_text().splitlines()[0]
    assert lead[opened] == min(lead.values())
    page.locator(".st-key-note button").nth(1).click()
    settle(page)
    page.locator(".st-key-note input").fill("=blurred")
    page.keyboard.press("Enter")
    settle(page)
    page.locator(".st-key-review-back button").click()
    page.wait_for_selector(".st-key-mode-all")
    expect(shown(page)).to_have_text(re.compile(rf"^{len(left)} of"))

    # The note travels, and is no formula in a spreadsheet.
    (note,) = rows(export(page), "notes.csv")
    assert note["file"] == opened
    assert note["mark"] == "disagree"
    assert note["note"].endswith("=blurred")
    assert not note["note"].startswith("=")

    # The same photo can be opened again from where it was.
    click_row(page, 0)
    expect(page.locator(".st-key-note input")).to_have_value("=blurred")


def test_the_pictures_come_page_by_page_and_lead_to_their_photo(visit, harvest):
    page = visit()
    drop(page, dict([*harvest.items()][:30]))
    show_all(page)
    page.locator(".st-key-review-show button").nth(1).click()
    settle(page)
    expect(page.locator(".st-key-gallery img")).to_have_count(24)
    page.locator("[class*='st-key-gallery-strip-page_on'] button").click()
    settle(page)
    expect(page.locator(".st-key-gallery img")).to_have_count(6)
    page.locator(".st-key-gallery [class*=st-key-open-] button").first.click()
    page.wait_for_selector(".st-key-pictures")
    settle(page)
    page.locator(".st-key-review-back button").click()
    expect(page.locator(".st-key-gallery img")).to_have_count(6)


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("ja", 1024), ("ja", 390)])
def test_nothing_of_a_review_is_cut_off(visit, harvest, language, width):
    page = visit(language=language, width=width)
    drop(page, dict([*harvest.items()][:12]))
    show_all(page)
    for number in range(3):
        page.locator(".st-key-review-show button").nth(number).click()
        settle(page)
        assert page.evaluate(OVERFLOWING) == []
        main = page.locator(".stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        assert main <= 0
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    high = page.locator("[data-testid=stVegaLiteChart]").first.bounding_box()
    assert high["height"] > 100


def test_a_review_is_stopped_and_goes_on_with_nothing_lost(visit, harvest):
    page = visit()
    drop(page, dict([*harvest.items()][:40]))
    show_all(page)
    page.locator(".st-key-review-evidence label").first.click()
    page.locator(".st-key-review-stop button").click()
    page.locator(".st-key-review-go-on button").click()
    finished(page)
    files = export(page)
    table = rows(files, "photos.csv")
    assert len({row["sha256"] for row in table}) == 40
    assert all(row["verdict"] for row in table)
