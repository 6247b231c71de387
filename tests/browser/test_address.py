"""A link shows the same to another visitor, to the pixel; looking costs no message for it."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.actions import choose_class, drop_files, wait_until_idle, wait_until_still

DRAG = """() => {
    const blend = document.querySelector(".viewer [name=blend]");
    for (let value = 0; value < 50; value++) {
        blend.value = value;
        blend.dispatchEvent(new Event("input", {bubbles: true}));
    }
}"""
MESSAGES = "() => window.streamlitRuns.sent"


def seen(page: Page) -> np.ndarray:
    """The pictures as they stand on the screen."""
    page.mouse.move(1, 1)
    wait_until_still(page)
    with Image.open(BytesIO(page.locator(".viewer-panes").screenshot())) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.slow
def test_a_link_shows_the_same_to_the_pixel(open_page, app_url):
    page = open_page()
    page.locator(".st-key-samples button:visible").first.click()
    page.wait_for_selector(".st-key-strip-on button:visible")
    wait_until_idle(page)
    page.locator(".st-key-strip-on button:visible").click()
    wait_until_idle(page)
    choose_class(page, "IR64")
    page.locator(".viewer [name=colors]").select_option("inferno")
    page.locator(".viewer [name=blend]").press("PageUp")
    page.locator(".viewer button[name=cells]").click()
    wait_until_idle(page)
    expect(page).to_have_url(re.compile("photos=samples&photo=[0-9a-f]{16}&.*colors=inferno"))

    # A zoom is told to the address alone, and a drag to nobody.
    sent = page.evaluate(MESSAGES)
    page.locator(".viewer-overlay .viewer-frame").dblclick(position={"x": 90, "y": 60})
    page.wait_for_url("**zoom=3_*")
    assert page.evaluate(MESSAGES) == sent
    link, pictures = page.url, seen(page)

    other = open_page(at=link, ready=".viewer img")
    wait_until_idle(other)
    assert other.url == link
    differs = np.abs(seen(other).astype(int) - pictures)
    # Chromium may draw a frame's rounded corner otherwise, by one grey level.
    assert differs.max() <= 1
    assert differs.any(axis=2).sum() <= 8
    expect(other.locator(".viewer-bars input:checked")).to_have_value("IR64")
    sent = other.evaluate(MESSAGES)
    other.evaluate(DRAG)
    assert other.evaluate(MESSAGES) == sent

    # The next photo starts at its answer and whole.
    other.locator(".st-key-strip-on button:visible").click()
    expect(other).not_to_have_url(re.compile("target=|zoom="))
    expect(other).to_have_url(re.compile("colors=inferno"))
    expect(other.locator(".viewer-bars input:checked")).to_have_value("")


@pytest.mark.slow
def test_a_reload_keeps_what_an_upload_shows_though_no_address_names_it(open_page, app_url, photos):
    page = open_page()
    drop_files(page, photos)
    choose_class(page, "IR64")
    page.locator(".viewer-overlay .viewer-frame").dblclick()
    wait_until_still(page)
    assert page.url.rstrip("/") == app_url.rstrip("/")
    page.reload()
    page.wait_for_selector(".viewer img")
    wait_until_idle(page)
    expect(page.locator(".viewer-bars input:checked")).to_have_value("IR64")
