"""The page in a real browser: real files dropped, looked at, and taken away."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from core.explain.explanation import Explanation
from core.explain.open_explainer import open_explainer
from core.explain.render import side_by_side
from core.images.decode import PREVIEW, read_photo
from core.models.card import read_card
from dashboard.i18n.translate import TABLES
from tests.browser.actions import (
    WIDTHS,
    check_all_is_japanese,
    check_nothing_is_cut_off,
    choose_class,
    choose_option,
    download_picture,
    draw_expected,
    drop_files,
    let_one_run,
    read_picture,
    runs_held,
    set_blend,
    start_dropping,
    switch_language,
    wait_for_held_run,
    wait_until_idle,
)

HOSTILE_NAME = "<img src=x onerror=alert(1)> **bold** :red[x] $x$ www.example.org.jpg"

_CARRIED = """() => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(1)], "a.jpg", {type: "image/jpeg"}));
    return carried;
}"""

# Size and height on the page of each picture.
_BOXES = """frames => frames.map(frame => {
    const box = frame.getBoundingClientRect();
    return [box.width, box.height, box.top];
})"""


@pytest.fixture(scope="module")
def explained(models: Path, photos: dict[str, bytes]) -> dict[str, Explanation]:
    """What `core` says of the two photos, in one batch as on the page."""
    read = [read_photo(data, longest=PREVIEW) for data in photos.values()]
    return dict(zip(photos, open_explainer(models / "fair").explain(read), strict=True))


@pytest.fixture(scope="module")
def other(explained: dict[str, Explanation]) -> str:
    """A class that is not the answer, but that something speaks for in each photo."""
    answer = explained["wide.jpg"]
    speaking = [
        name
        for name in answer.classes
        if all(explanation.map(name).max() > 0 for explanation in explained.values())
    ]
    return next(name for name in speaking if name != answer.predicted)


def test_dropped_photos_become_three_equal_pictures(open_page, photos, explained):
    page = open_page()
    drop_files(page, {"no photo.jpg": b"%PDF-1.7", **photos})
    expect(page.locator("[class*=st-key-tile-]")).to_have_count(2)
    trouble = page.locator("[class*=st-key-trouble-]")
    expect(trouble).to_contain_text("no photo.jpg")
    expect(trouble).to_contain_text("a PDF document")
    predicted = explained["wide.jpg"].predicted
    expect(page.locator("h2")).to_contain_text(predicted)

    expected = draw_expected(photos["wide.jpg"], explained["wide.jpg"], predicted, 0.5)
    for which in ("original", "heatmap", "overlay"):
        shown, wanted = read_picture(page, which), getattr(expected, which)
        assert shown.shape == wanted.shape
        assert np.abs(shown.astype(int) - wanted).mean() < 3  # the photo is a JPEG
    boxes = page.locator(".viewer-frame").evaluate_all(_BOXES)
    assert np.ptp(boxes, axis=0).max() < 1
    width, height, _ = boxes[0]
    assert width / height == pytest.approx(420 / 300, abs=0.02)


def test_what_is_taken_away_is_what_core_draws(open_page, photos, explained, other):
    page = open_page()
    drop_files(page, photos)
    data, explanation = photos["wide.jpg"], explained["wide.jpg"]
    target = explanation.predicted

    name, overlay = download_picture(page, "overlay")
    assert name == f"wide_{target}_overlay.png"
    assert np.array_equal(overlay, draw_expected(data, explanation, target, 0.5).overlay)

    choose_class(page, other)
    expect(page.get_by_text(f"evidence for {other} is").first).to_be_visible()
    expected = draw_expected(data, explanation, other, 0.5)
    assert np.array_equal(download_picture(page, "heatmap")[1], expected.heatmap)
    whole = side_by_side([expected.original, expected.heatmap, expected.overlay])
    assert np.array_equal(download_picture(page, "panel")[1], whole)


@pytest.mark.slow
def test_the_ends_of_the_slider_are_the_photo_and_the_heatmap(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    set_blend(page, "Home", 0)
    assert np.array_equal(download_picture(page, "overlay")[1], read_photo(photos["wide.jpg"]).rgb)
    assert np.array_equal(read_picture(page, "overlay"), read_picture(page, "original"))
    set_blend(page, "End", 100)
    assert np.array_equal(
        download_picture(page, "overlay")[1], download_picture(page, "heatmap")[1]
    )
    assert np.array_equal(read_picture(page, "overlay"), read_picture(page, "heatmap"))


def test_a_click_on_a_picture_of_the_strip_brings_the_photo_into_view(open_page, photos, other):
    page = open_page()
    drop_files(page, photos)
    choose_class(page, other)
    set_blend(page, "End", 100)
    box = page.locator("[class*=st-key-tile-] img").nth(1).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    expect(page.get_by_text("Photo 2 of 2")).to_be_visible()
    expect(page.locator(".st-key-way")).to_contain_text("tall.jpg")
    expect(page.get_by_text("Photo with 100% heatmap")).to_be_visible()
    expect(page.locator(".viewer-bars input:checked")).to_have_value("")  # its own answer
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("Photo 1 of 2")).to_be_visible()


@pytest.mark.slow
def test_what_is_chosen_while_an_answer_is_on_its_way_stays(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    slider = page.locator(".viewer [name=blend]")
    with runs_held(page):
        page.get_by_role("button", name="Next").click()
        wait_for_held_run(page)
        slider.press("End")
        let_one_run(page)
        expect(page.get_by_text("Photo 2 of 2")).to_be_visible()
        expect(slider).to_have_value("100")
    expect(page.get_by_text("Photo with 100% heatmap")).to_be_visible()
    wait_until_idle(page)
    expect(slider).to_have_value("100")


def test_a_japanese_browser_gets_a_japanese_page(open_page, photos):
    page = open_page("ja")
    expect(page.locator(".st-key-empty")).to_contain_text(TABLES["ja"]["landing"])
    content = "element => getComputedStyle(element, '::after').content"
    zone = page.locator("[data-testid=stFileUploaderDropzone]")
    zone.dispatch_event("dragenter", {"dataTransfer": page.evaluate_handle(_CARRIED)})
    for words, key in (("button p", "button"), ("> div > span:only-child", "drop")):
        element = zone.locator(words)
        assert element.evaluate(content) == f'"{TABLES["ja"][f"upload.{key}"]}"'
        assert element.evaluate("element => getComputedStyle(element).fontSize") == "0px"
    drop_files(page, photos)
    check_all_is_japanese(page)


def test_the_language_is_switched_on_the_page_and_kept_in_its_address(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    choose_option(page, "language", "日本語")
    expect(page.get_by_text("2枚中1枚目")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?lang=ja$"))  # and nothing of an upload
    page.reload()
    expect(page.get_by_text("2枚中1枚目")).to_be_visible()
    page.get_by_role("button", name=TABLES["ja"]["start_over"]).click()
    page.locator(".st-key-start-over-do button").click()
    expect(page.locator(".st-key-empty")).to_contain_text(TABLES["ja"]["landing"])


@pytest.mark.slow
def test_nothing_is_cut_off_at_any_width(open_page, photos):
    page = open_page()
    for language in ("ja", "en"):
        switch_language(page, language)
        check_nothing_is_cut_off(page)
    drop_files(page, {**photos, "a file with a very long name " * 4 + ".jpg": b"no photo"})
    for key in ("more", "about"):
        page.locator(f".st-key-{key} summary").click()
    expect(page.locator(".st-key-kind")).to_be_visible()
    for language in ("en", "ja"):
        switch_language(page, language)
        for width in WIDTHS:
            check_nothing_is_cut_off(page, [width])
            shown = page.locator(".viewer-frame:visible")
            expect(shown).to_have_count(3 if width > 640 else 1)


def test_strangers_words_are_shown_as_they_are(open_page, photos, models):
    page = open_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    drop_files(page, {HOSTILE_NAME: photos["wide.jpg"], f"bad {HOSTILE_NAME}": b"?"})
    expect(page.get_by_text(HOSTILE_NAME, exact=True)).to_be_visible()
    expect(page.get_by_text(f"bad {HOSTILE_NAME}", exact=True)).to_be_visible()

    page.locator(".st-key-model [data-baseweb=select], .st-key-model [role=combobox]").first.click()
    page.get_by_role("option", name="hostile").click()
    bars = page.locator(".viewer-bars")
    expect(bars).to_contain_text("$x$")
    wait_until_idle(page)
    for name in read_card(models / "hostile" / "card.json").names:
        assert name in bars.inner_text()
    inside = page.locator(".st-key-answer, .st-key-pictures")
    for markup in ("a", "strong:has-text('bold')", ".katex", "img[src=x]", "[style*=color]"):
        assert inside.locator(markup).count() == 0
    assert dialogs == []


def test_two_visitors_at_once_each_get_their_own_photos(open_page, photos):
    pages = [open_page(), open_page()]
    for page, name in zip(pages, photos, strict=True):
        start_dropping(page, {name: photos[name]})
    for page, name in zip(pages, photos, strict=True):
        expect(page.locator(".st-key-way .stText")).to_have_text(name)
        assert read_picture(page, "original").shape == read_photo(photos[name]).rgb.shape


def test_the_page_starts_from_the_root_as_it_stands(open_page, shipped_url):
    page = open_page(at=shipped_url)
    expect(page.locator(".st-key-empty")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Rice Lens")
