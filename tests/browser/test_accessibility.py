"""No view violates WCAG 2.1 at A and AA, says axe-core: both languages, light and dark."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.i18n.translate import TABLES, Texts
from tests.browser.actions import (
    drop_files,
    open_review,
    read_picture,
    switch_language,
    wait_until_idle,
)
from tests.browser.test_compare import open_comparison
from tests.browser.test_evidence import wait_for_evidence
from tests.browser.test_grain_counts import take_line

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
OPTIONS = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
LOOKS = [*product(("en", "ja"), ("light", "dark"))]

_STANDS = "() => document.getAnimations().every(each => each.playState != 'running')"
# Whether the page has been loaded in that theme.
_LOADED = """theme => {
    const [red] = getComputedStyle(document.querySelector(".stApp") ?? document.body)
        .backgroundColor.match(/\\d+/g);
    return document.querySelector(".viewer img") && (red < 128) == (theme == "dark");
}"""
_PLANTED = """() => {
    const picture = Object.assign(new Image(), {src: "data:,", id: "planted"});
    document.querySelector(".stMain").append(picture);
}"""


def in_looks(quick: tuple[str, str] | None = None) -> pytest.MarkDecorator:
    """In each language and theme; all but `quick` are slow."""
    looks = [pytest.param(*look, marks=[] if look == quick else pytest.mark.slow) for look in LOOKS]
    return pytest.mark.parametrize(("language", "theme"), looks)


def violations(page: Page) -> str:
    """What axe-core finds, with the elements; nothing is left out."""
    wait_until_idle(page)
    page.wait_for_function(_STANDS)  # what fades in has no contrast yet
    found = Axe().run(page, options=OPTIONS)
    return found.generate_report() if found.violations_count else ""


def open_section(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} summary").first.click()
    wait_until_idle(page)


@in_looks(quick=("en", "light"))
def test_one_photo_and_its_tools(open_page, photos, language, theme):
    page = open_page(language, theme=theme)
    assert violations(page) == ""
    drop_files(page, {"no photo.jpg": b"%PDF-1.7", "wide.jpg": photos["wide.jpg"]})
    for name in ("keys", "curtain", "outline"):
        page.locator(f".viewer button[name={name}]").click()
    assert violations(page) == ""
    page.locator(".viewer button[name=brush]").click()
    assert violations(page) == ""


@in_looks()
def test_all_that_is_said_of_a_photo(open_page, photos, language, theme):
    page = open_page(language, theme=theme)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    for key in ("why", "more", "about"):
        open_section(page, key)
    wait_for_evidence(page)
    assert violations(page) == ""


@in_looks()
def test_many_photos_and_two_of_them(open_page, photos, language, theme):
    page = open_page(language, theme=theme)
    drop_files(page, photos)
    open_review(page)
    assert violations(page) == ""
    for show in (1, 2):
        page.locator(".st-key-review-show button").nth(show).click()
        assert violations(page) == ""
    page.locator("[class*=st-key-mode-] button").nth(0).click()
    page.wait_for_selector(".st-key-note")
    assert violations(page) == ""
    open_comparison(page, "photos")
    assert violations(page) == ""


@in_looks()
def test_grains_and_the_demonstration(open_page, shipped_url, photos, language, theme):
    page = open_page(language, theme=theme, at=shipped_url)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    open_section(page, "grains")
    expect(page.locator("table.grains")).to_be_visible()
    assert violations(page) == ""
    take_line(page, Texts(language))
    assert violations(page) == ""

    page.get_by_role("button", name=Texts(language).plain("start_over")).click()
    page.locator(".st-key-start-over-do button").click()
    page.locator(".st-key-demonstration-begin button").click()
    page.wait_for_selector(".st-key-demonstration .viewer:not([data-waiting])")
    assert violations(page) == ""
    page.locator(".st-key-trust-0 button").click()
    expect(page.locator(".st-key-brief-1 strong")).to_be_visible()
    assert violations(page) == ""


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_looks_that_are_chosen_by_hand_stay_and_leave_the_pictures(open_page, photos, language):
    page = open_page(language, 1920, 1080)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    before, size = read_picture(page, "overlay"), _type_size(page)
    for look, dark, larger in (("dark", True, False), ("projector", False, True)):
        page.locator(".look select").select_option(look)
        page.wait_for_function(_LOADED, arg="dark" if dark else "light")
        for _ in range(2):  # as chosen, and after a reload
            page.wait_for_selector(".viewer img")
            assert violations(page) == ""
            assert (_type_size(page) > size) == larger
            assert np.array_equal(read_picture(page, "overlay"), before)
            page.reload()
    page.wait_for_selector(".viewer img")
    wait_until_idle(page)
    expect(page.locator(".look select")).to_have_value("projector")


def _type_size(page: Page) -> float:
    return float(page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)"))


def test_streamlits_controls_are_named_in_the_readers_language(open_page):
    page = open_page("ja")
    zone = page.locator(".st-key-inbox [data-testid=stFileUploaderDropzoneInput]")
    box, skip = page.locator(".st-key-model"), page.locator("[data-testid=stSkipToContent]")
    for language in ("ja", "en", "ja"):
        switch_language(page, language)
        words = {name: TABLES[language][f"streamlit.{name}"] for name in ("upload", "open", "skip")}
        expect(zone).to_have_attribute("aria-label", words["upload"])
        expect(box.get_by_role("button", name=words["open"], exact=True)).to_be_visible()
        expect(skip).to_have_text(words["skip"])


@pytest.mark.slow
def test_what_is_planted_is_found(open_page):
    page = open_page()
    page.evaluate(_PLANTED)
    assert "#planted" in violations(page)
