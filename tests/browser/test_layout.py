"""Where things are: nothing lies upon another, at 200 % zoom, and while pictures are pointed at."""

from __future__ import annotations

from itertools import combinations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.actions import choose_option, drop_files, wait_until_idle, wait_until_still

pytestmark = pytest.mark.slow

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
