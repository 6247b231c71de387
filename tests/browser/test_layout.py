"""Where things are: nothing lies upon another, at 200 % zoom, and while pictures are pointed at."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import choose_option, drop_files, wait_until_idle, wait_until_still

pytestmark = pytest.mark.slow

PHONE, LAPTOP, DESK = SCREENS = (390, 844), (1366, 768), (1920, 1080)
_BOXES = """elements => elements.map(element => {
    const {left, top, right, bottom} = element.getBoundingClientRect();
    return {left, top, right, bottom, text: element.innerText || element.ariaLabel};
})"""


def boxes(places: Locator) -> list[dict]:
    """Where elements lie that can be seen, in pixels of the window."""
    found = places.evaluate_all(_BOXES)
    return [each for each in found if each["right"] > each["left"] and each["bottom"] > each["top"]]


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes share more than a line."""
    wide = min(one["right"], other["right"]) - max(one["left"], other["left"])
    high = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return wide > 1 and high > 1


def check_first_screen(page: Page, screen: tuple[int, int]) -> None:
    """Assert that answer, verdict and pictures are seen without scrolling, bars too but on a phone.

    On a phone the overlay is below the verdict, and begins in the upper part.
    """
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    wait_until_still(page)
    said = boxes(page.locator(".st-key-answer h2, .st-key-said strong, .st-key-said p"))
    bars, frames = boxes(page.locator(".viewer-bars label")), boxes(page.locator(".viewer-frame"))
    assert len(said) in (3, 4)  # with a sentence more where the photo is unfamiliar
    assert len(bars) == 3
    if screen == PHONE:
        (overlay,) = frames
        assert max(each["bottom"] for each in said) <= overlay["top"] <= 500
        assert overlay["bottom"] - overlay["top"] <= screen[1]
        return
    assert len(frames) == 3
    for each in said + bars + frames:
        assert each["top"] >= 0, each
        assert each["bottom"] <= screen[1], each
        assert each["right"] <= screen[0], each


@pytest.mark.parametrize("language", ["en", "ja"])
def test_answer_verdict_and_pictures_are_on_the_first_screen(open_page, photos, language):
    page = open_page(language, *LAPTOP)
    drop_files(page, {**photos, "thin.jpg": thin_photo()})
    for name in (*photos, "thin.jpg"):
        expect(page.locator(".st-key-way .stText").first).to_have_text(name)
        expect(page.locator(".st-key-said strong")).to_have_count(1)
        for screen in SCREENS:
            check_first_screen(page, screen)
            if screen == DESK and name == "wide.jpg":
                assert boxes(page.locator(".viewer-frame"))[-1]["right"] > 0.95 * screen[0]
        if name != "thin.jpg":
            page.locator(".st-key-strip-on button:visible").click()
            wait_until_idle(page)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_demonstrations_pictures_are_on_the_first_screen(open_page, shipped_url, language):
    page = open_page(language, *LAPTOP, at=shipped_url)
    page.locator(".st-key-demonstration-begin button").click()
    page.wait_for_selector(".viewer-pair:not([data-waiting])")
    for pressed in (False, True):
        if pressed:
            page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
            page.locator(".st-key-trust-none button").click()
            expect(page.locator(".st-key-brief-1 strong")).to_be_visible()
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            wait_until_still(page)
            first, second = boxes(page.locator(".viewer-pair .viewer-frame"))
            assert first["bottom"] <= height
            if (width, height) == PHONE:
                assert first["top"] <= 500
            else:
                assert second["bottom"] <= height
                assert second["top"] == first["top"]


def thin_photo() -> bytes:
    """A photo of 3 × 4000 pixels."""
    file = BytesIO()
    Image.fromarray(np.full((4000, 3, 3), 128, np.uint8)).save(file, "JPEG")
    return file.getvalue()


def test_japanese_lines_break_between_words(open_page, photos):
    page = open_page("ja", *PHONE)
    drop_files(page, photos)
    for words in (".st-key-answer h2", ".st-key-said p", ".viewer-where"):
        broken = page.locator(words).first.evaluate(
            "element => getComputedStyle(element).wordBreak"
        )
        assert broken == "auto-phrase", words


def test_a_phone_is_offered_its_camera_first_and_no_folder(open_page, photos):
    page = open_page("en", *PHONE)
    camera = page.locator(".st-key-way-camera button:visible")
    zone = page.locator(".st-key-inbox [data-testid=stFileUploaderDropzone]")
    hint = page.locator("[data-testid=stFileUploaderDropzoneInstructions]")
    for files in ({}, photos):
        if files:
            drop_files(page, files)
        wait_until_still(page)
        (first,), (second,) = boxes(camera), boxes(zone)
        assert first["right"] <= second["left"] or first["bottom"] <= second["top"]
        expect(page.locator(".st-key-way-folder")).to_be_hidden()
        expect(hint).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_header_and_drop_zone_lie_apart_on_a_laptop_at_200_percent(open_page, photos, language):
    page = open_page(language, width=683, height=384)
    for files in ({}, photos):
        if files:
            drop_files(page, files)
        wait_until_still(page)
        parts = boxes(
            page.locator(
                ".st-key-header h1, .st-key-header .stSelectbox, .st-key-language button,"
                " [data-testid=stFileUploaderDropzone]"
            )
        )
        assert len(parts) >= 5
        touching = [pair for pair in combinations(parts, 2) if overlap(*pair)]
        assert touching == []


def test_what_is_open_stays_open_in_another_language(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    panels = [page.locator(f".st-key-{key} details") for key in ("why", "more", "about")]
    for panel in panels:
        panel.locator("summary").first.click()
        wait_until_idle(page)
    for own_name in ("日本語", "English"):
        choose_option(page, "language", own_name)
        wait_until_idle(page)
        for panel in panels:
            expect(panel.first).to_have_attribute("open", "")
