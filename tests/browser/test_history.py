"""Back and Forward of the browser lead from photo to photo, and from view to view."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.actions import drop_files, wait_until_idle

CHOSEN = re.compile("target=")
ON = ".st-key-strip-on button:visible"


def shows(page: Page, words: str) -> None:
    """Wait until the line of the photo in view says this."""
    expect(page.locator(".st-key-way")).to_contain_text(words)
    wait_until_idle(page)


def shows_all(page: Page) -> None:
    page.wait_for_selector(".st-key-mode-all")
    wait_until_idle(page)


def test_back_leads_to_the_photo_before_and_to_the_view_before(open_page, app_url, photos):
    """Also of photos of the visitor's own, of which the address names none."""
    page = open_page()
    drop_files(page, photos)
    shows(page, "wide.jpg")
    page.locator(ON).click()
    shows(page, "tall.jpg")
    page.locator("[class*=st-key-mode-] button").nth(1).click()
    shows_all(page)

    page.go_back()
    shows(page, "tall.jpg")
    page.go_back()
    shows(page, "wide.jpg")
    page.go_forward()
    shows(page, "tall.jpg")
    page.go_forward()
    shows_all(page)
    assert page.url.rstrip("/") == app_url.rstrip("/")

    # From a step that was gone back to, the way on is a new one.
    page.go_back()
    shows(page, "tall.jpg")
    page.locator("[class*=st-key-tile-off-] [data-testid=stBaseButton-tertiary]").click()
    shows(page, "wide.jpg")
    page.go_back()
    shows(page, "tall.jpg")


def test_two_quick_steps_back_and_one_after_a_reload(open_page, shipped_url):
    page = open_page(at=shipped_url)
    page.locator(".st-key-samples button:visible").first.click()
    page.wait_for_selector(ON)
    addresses = []
    for number in (1, 2, 3):
        if number > 1:
            page.locator(ON).click()
        shows(page, f"Photo {number} of")
        if number == 2:
            page.locator(".viewer-bars label").last.click()
            expect(page).to_have_url(CHOSEN)
            wait_until_idle(page)
        addresses.append(page.url)
    assert [bool(CHOSEN.search(each)) for each in addresses] == [False, True, False]
    assert len(set(addresses)) == 3

    steps = page.evaluate("history.length")
    for chosen in (re.compile("cells=1"), addresses[2]):  # a choice, which is no step
        page.locator(".viewer button[name=cells]").click()
        expect(page).to_have_url(chosen)
        wait_until_idle(page)
    assert page.evaluate("history.length") == steps

    page.evaluate("() => { history.back(); history.back(); }")
    shows(page, "Photo 1 of")
    expect(page).to_have_url(addresses[0])
    page.go_forward()
    shows(page, "Photo 2 of")
    expect(page).to_have_url(addresses[1])  # with the class that was chosen there
    expect(page.locator(".viewer-bars input:checked")).not_to_have_value("")
    page.reload()
    page.wait_for_selector(ON)
    shows(page, "Photo 2 of")
    page.go_back()
    shows(page, "Photo 1 of")
    expect(page).to_have_url(addresses[0])
