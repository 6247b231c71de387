"""A page that is loaded anew has what it had; nobody else has."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.acting import drop, settle
from tests.browser.test_review_page import finished, show_all


def test_photos_answers_and_marks_outlive_a_reload(visit, photos):
    page = visit()
    drop(page, photos)
    show_all(page)
    page.locator("[class*=st-key-mode-] button").nth(0).click()
    page.wait_for_selector(".st-key-note")
    settle(page)
    page.locator(".st-key-note input").fill("=dark")
    page.keyboard.press("Enter")
    settle(page)
    page.locator("[class*=st-key-mode-] button").nth(1).click()
    page.wait_for_selector(".st-key-mode-all")
    settle(page)

    page.reload()
    page.wait_for_selector(".st-key-mode-all")
    finished(page)
    page.locator("[class*=st-key-mode-] button").nth(0).click()
    expect(page.locator(".st-key-note input")).to_have_value("=dark")
    expect(page.locator(".st-key-strip img")).to_have_count(2)

    # A second tab is a visit of its own, and so is another browser.
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".st-key-empty")
    visit()

    # Each tab comes back to its own, the second one, which was empty, too.
    for tab, empty in ((second, True), (page, False), (second, True)):
        tab.reload()
        tab.wait_for_selector(".st-key-empty" if empty else ".st-key-pictures")
        settle(tab)
        expect(tab.locator(".st-key-strip img")).to_have_count(0 if empty else 2)

    # What was removed does not come back.
    page.get_by_role("button", name="Remove all photos").click()
    page.wait_for_selector(".st-key-empty")
    page.reload()
    page.wait_for_selector(".st-key-empty")
    settle(page)
    expect(page.locator(".st-key-strip")).to_have_count(0)
