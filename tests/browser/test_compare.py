"""Two side by side in a real browser: photos, classes, methods and models; on a phone, too."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.images.decode import PREVIEW, read_photo
from dashboard.i18n.translate import Texts
from tests.browser.actions import (
    check_nothing_is_cut_off,
    download_picture,
    drop_files,
    read_layers,
    read_picture,
    runs_held,
    switch_language,
    wait_until_idle,
)
from tests.browser.test_viewer import toggle

_SCALES = "worlds => worlds.map(world => new DOMMatrix(getComputedStyle(world).transform).a)"
WHATS = ("photos", "classes", "methods", "models")
NEAR = 12  # grey levels that a JPEG picture may be off, in the mean


def open_comparison(page: Page, what: str) -> None:
    """Go there from one photo or from many, and choose what differs."""
    offer, modes = page.locator(".st-key-two-offer button"), page.locator("[class*=st-key-mode-]")
    if offer.count():
        offer.click()
    else:
        modes.locator("button").last.click()
    page.wait_for_selector(".st-key-two-what")
    wait_until_idle(page)
    labels = [Texts(language).plain(f"compare.what.{what}") for language in ("en", "ja")]
    choice = re.compile("^(" + "|".join(map(re.escape, labels)) + ")$")
    page.locator(".st-key-two-what button", has_text=choice).click()
    page.wait_for_selector(f".st-key-two-left-{what}")
    wait_until_idle(page)
    expect(images(page)).to_have_count(2)


def images(page: Page) -> Locator:
    """The two pictures."""
    return page.locator(".viewer-pair .viewer-frame:visible .viewer-picture")


def read_side(page: Page, which: int) -> np.ndarray:
    """A picture as the browser has it."""
    page.wait_for_selector(".viewer-pair:not([data-waiting])")
    return read_layers(images(page).nth(which))


def choose_option(page: Page, key: str, option: str) -> None:
    box = page.locator(f".st-key-{key} input")
    box.scroll_into_view_if_needed()
    wait_until_idle(page)  # a list that opens closes where the page still moves
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    wait_until_idle(page)


def test_two_photos_show_what_each_shows_alone_but_on_one_scale(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    open_comparison(page, "photos")
    left, right = page.locator(".st-key-two-left-photos"), page.locator(".st-key-two-right-photos")
    expect(left.locator("input")).to_have_value("1 · wide.jpg")
    expect(right.locator("input")).to_have_value("2 · tall.jpg")
    expect(page.locator(".viewer-scale")).to_contain_text("Both pictures share one scale")
    expect(page.locator(".st-key-differs")).to_contain_text("The model says")
    sizes = [(image.shape[0], image.shape[1]) for image in (read_side(page, 0), read_side(page, 1))]
    assert sizes == [(300, 420), (400, 300)]
    name, both = download_picture(page, "both")
    assert re.fullmatch(r"wide_tall_.+_side-by-side\.png", name)
    assert both.shape[:2] == (300, 420 + 16 + 225)
    assert np.abs(both[:, :420].astype(int) - read_side(page, 0)).mean() < NEAR
    boxes = [images(page).nth(which).bounding_box() for which in range(2)]
    assert boxes[0]["height"] == pytest.approx(boxes[1]["height"], abs=1)
    assert boxes[0]["y"] == pytest.approx(boxes[1]["y"], abs=1)

    # Both move as one, at once, whatever the server says meanwhile.
    where = page.locator(".viewer-where:visible")
    before = where.all_inner_texts()
    with runs_held(page):
        images(page).first.dblclick(position={"x": 9, "y": 9})
        scales = page.locator(".viewer-frame:visible .viewer-world").evaluate_all(_SCALES)
        assert set(scales) == {3}
        toggle(page, "cells").click()
        page.locator(".viewer-targets label", has_text="Ketan").click()
        for text in where.all_inner_texts():
            assert "Ketan" in text or "nothing" in text.lower(), text
        assert where.all_inner_texts() != before
        cells = [read_side(page, which) for which in range(2)]
    wait_until_idle(page)
    assert all(np.array_equal(read_side(page, which), cells[which]) for which in range(2))
    expect(page.locator(".viewer-targets :checked")).to_have_value("Ketan")
    toggle(page, "cells").click()

    # Another photo on the left: the two change places, and the page looks at it from now on.
    choose_option(page, "two-left-photos", "2 · tall.jpg")
    expect(right.locator("input")).to_have_value("1 · wide.jpg")
    assert read_side(page, 0).shape[:2] == (400, 300)
    page.locator("[class*=st-key-mode-] button").first.click()
    page.wait_for_selector(".st-key-pictures .viewer")
    wait_until_idle(page)
    assert read_picture(page, "original").shape[:2] == (400, 300)


@pytest.mark.slow
def test_one_photo_is_enough_for_two_classes_and_two_methods(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    expect(page.locator("[class*=st-key-mode-]")).to_have_count(0)
    alone = read_picture(page, "overlay")
    open_comparison(page, "methods")
    # On the left is what was there before.
    assert np.abs(read_side(page, 0).astype(int) - alone).mean() < NEAR
    options = page.locator(".st-key-two-right-methods input")
    expect(options).to_have_value(re.compile(r"\(Grad-CAM\+\+\)$"))
    expect(page.locator(".st-key-differs")).to_contain_text("The answer is the same")
    expect(page.locator(".st-key-differs")).to_contain_text("Their heat lies")
    page.locator(".st-key-two-what button").first.click()
    page.wait_for_selector(".st-key-two-left-classes")
    wait_until_idle(page)
    expect(page.locator(".st-key-differs")).to_contain_text("It gives")
    before = read_side(page, 0)
    page.locator(".viewer [name=blend]").press("Home")
    wait_until_idle(page)
    rgb = read_photo(photos["wide.jpg"], longest=PREVIEW).rgb
    for which in range(2):  # without heat, both are the photo
        assert np.abs(read_side(page, which).astype(int) - rgb).mean() < NEAR
    assert not np.array_equal(before, read_side(page, 0))
    # What differs has its technical name where one asks for it.
    page.locator(".st-key-differs [data-testid=stTooltipIcon]").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("histogram intersection")


@pytest.mark.slow
def test_nothing_side_by_side_is_cut_off(open_page, photos):
    page = open_page(width=1440)
    drop_files(page, photos)
    for language, widths in (("en", [1440]), ("ja", [1024, 390])):
        switch_language(page, language)
        for what in WHATS:
            open_comparison(page, what)
            for width in widths:
                check_nothing_is_cut_off(page, [width])
                check_sides(page, language, stacked=width == 390)


def check_sides(page: Page, language: str, stacked: bool) -> None:
    """Assert where the two pictures stand, and that each has its caption and its words."""
    texts = images(page).evaluate_all("images => images.map(image => image.ariaLabel)")
    assert all(len(text) > 2 + len(Texts(language).plain("picture.overlay")) for text in texts)
    for said in (".viewer-answer", ".viewer-where"):
        expect(page.locator(f".viewer-pair {said}:visible")).to_have_count(2)
    boxes = [images(page).nth(which).bounding_box() for which in range(2)]
    if stacked:  # below each other, and both on one screen
        assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]
        assert boxes[1]["y"] + boxes[1]["height"] - boxes[0]["y"] < 844
    else:
        assert boxes[0]["height"] == pytest.approx(boxes[1]["height"], abs=1)
        assert boxes[0]["y"] == pytest.approx(boxes[1]["y"], abs=1)


@pytest.mark.slow
def test_two_models_of_a_kind_say_the_same_whatever_their_classes_are_called(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    open_comparison(page, "models")
    # The same weights: the same picture. One has class names that must stand for themselves.
    assert np.array_equal(read_side(page, 0), read_side(page, 1))
    words = page.locator(".st-key-differs")
    expect(words).to_contain_text("The models disagree")
    expect(words).to_contain_text("mostly in the same place (100% of it)")
    assert page.locator(".st-key-differs img").count() == 0


@pytest.mark.slow
def test_a_long_question_is_stopped(open_page, photos):
    page = open_page()
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    open_comparison(page, "methods")
    before = read_side(page, 1)
    page.locator(".st-key-two-right-methods input").click()
    page.get_by_role("option", name=re.compile("Score-CAM")).click()
    page.locator("[class*='st-key-stop-'] button").click()
    right = page.locator(".st-key-two-right-methods input")
    expect(right).to_have_value(re.compile(r"\(Grad-CAM\+\+\)$"))
    expect(page.locator(".st-key-asking .stProgress")).to_have_count(0)
    wait_until_idle(page)
    assert np.array_equal(read_side(page, 1), before)
