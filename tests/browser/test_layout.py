"""Where things are: nothing lies upon another, at 200 % zoom, and while pictures are pointed at."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.models.card import Card, Input, class_names
from dashboard.i18n.translate import Texts
from tests.browser.actions import choose_option, drop_files, wait_until_idle, wait_until_still
from tests.browser.server import run_server
from tests.browser.test_compare import open_comparison
from tests.support.page import jpeg

pytestmark = pytest.mark.slow

PHONE, LAPTOP, DESK = SCREENS = (390, 844), (1366, 768), (1920, 1080)
VARIETIES = {
    **{"Arborio": "アルボリオ", "Basmati": "バスマティ", "Ipsala": "イプサラ"},
    **{"Jasmine": "ジャスミン", "Karacadag": "カラジャダー", "Koshihikari": "コシヒカリ"},
}
_BOXES = """elements => elements.map(element => {
    const {left, top, right, bottom} = element.getBoundingClientRect();
    return {left, top, right, bottom, text: element.innerText || element.ariaLabel};
})"""

_LINES = """elements => elements.map(element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getClientRects().length;
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


def check_first_screen(page: Page, screen: tuple[int, int], classes: int = 3) -> None:
    """Assert that answer, verdict and pictures are seen without scrolling, bars too but on a phone.

    On a phone the overlay is below the verdict, and begins in the upper part.
    """
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    wait_until_still(page)
    said = boxes(page.locator(".st-key-answer h2, .st-key-said strong, .st-key-said p"))
    bars, frames = boxes(page.locator(".viewer-bars label")), boxes(page.locator(".viewer-frame"))
    assert len(said) in (3, 4)  # with a sentence more where the photo is unfamiliar
    assert len(bars) == classes
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


@pytest.fixture(scope="module")
def many_classes_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is with models of four, five and six classes."""
    import keras

    from core.models.registry import save_model
    from tests.support.tiny_networks import SIZE, classifier

    folder = tmp_path_factory.mktemp("models")
    for count in (4, 5, 6):
        names = [*VARIETIES][:count]
        translated = class_names(names, {name: {"ja": VARIETIES[name]} for name in names})
        card = Card(translated, Input(*SIZE), {"en": f"of {count}", "ja": f"of {count}"})
        save_model(classifier(keras, units=count), card, folder / str(count))
    with run_server("--models", str(folder)) as url:
        yield url


@pytest.mark.tensorflow
@pytest.mark.parametrize("language", ["en", "ja"])
def test_with_six_classes_as_with_three_all_is_on_the_first_screen(
    open_page, photos, many_classes_url: str, language
):
    page = open_page(language, *LAPTOP, at=many_classes_url)
    drop_files(page, photos)
    for count in (4, 5, 6):
        page.locator(".st-key-model input").click()
        page.get_by_role("option", name=f"of {count}").click()
        expect(page.locator(".viewer-bars label")).to_have_count(count)
        expect(page.locator(".st-key-said strong")).to_have_count(1)
        for screen in SCREENS:
            check_first_screen(page, screen, count)
        assert page.locator(".viewer-class").evaluate_all(_LINES) == [1] * count
        page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})


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


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("screen", [PHONE, LAPTOP])
def test_answer_photo_and_tools_are_in_view_while_rice_is_painted(
    open_page, photos, language, screen
):
    page = open_page(language, *screen)
    drop_files(page, photos)
    for name in photos:
        expect(page.locator(".st-key-way .stText").first).to_have_text(name)
        expect(page.locator(".st-key-said strong")).to_have_count(1)
        page.locator(".viewer button[name=brush]").click()
        for nothing in (False, True):
            if nothing:
                page.locator(".viewer button[name=nothing]").click()
                no_rice = Texts(language).plain("reason.no_rice", count=3)
                expect(page.locator(".st-key-said")).to_contain_text(no_rice)
            wait_until_still(page)
            said = boxes(page.locator(".st-key-answer h2, .st-key-said strong, .st-key-said p"))
            hand = boxes(page.locator(".viewer-frame, .viewer-tool, .viewer [name=done]"))
            assert len(said) in (3, 4)  # with a sentence more where the photo is unfamiliar
            assert len(hand) == 3
            for each in said + hand:
                assert each["top"] >= 0, each
                assert each["bottom"] <= screen[1], each
        page.locator(".viewer button[name=done]").click()
        wait_until_idle(page)
        if name != [*photos][-1]:
            page.locator(".st-key-strip-on button:visible").click()
            wait_until_idle(page)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_read_out_of_two_sides_covers_no_words(open_page, photos, language):
    page = open_page(language, *LAPTOP)
    drop_files(page, photos)
    open_comparison(page, "photos")
    page.locator(".viewer-frame:visible").first.hover()
    wait_until_still(page)
    read = boxes(page.locator(".viewer-reading"))
    others = boxes(page.locator(".viewer-answer, .viewer-where, .viewer-side > p:last-child"))
    assert (len(read), len(others)) == (2, 6)
    assert [(one, other) for one in read for other in others if overlap(one, other)] == []
    assert max(each["bottom"] for each in read) <= LAPTOP[1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_read_out_of_one_photo_covers_no_words(open_page, photos, language):
    page = open_page(language, *LAPTOP)
    drop_files(page, photos)
    wait_until_still(page)
    places = page.locator(
        ".viewer-frame, .viewer canvas.viewer-legend, .viewer-where, .st-key-downloads"
    )
    before = [each["top"] for each in boxes(places)]
    page.locator(".viewer-frame:visible").first.hover()
    wait_until_still(page)
    (read,) = boxes(page.locator(".viewer-reading"))
    words = boxes(
        page.locator(":is(.viewer figcaption :is(p, .viewer-ends), .viewer-where):visible")
    )
    assert [each for each in words if overlap(read, each)] == []
    assert read["bottom"] <= LAPTOP[1]
    assert [each["top"] for each in boxes(places)] == pytest.approx(before, abs=0.5)


def test_the_strip_scrolls_to_the_photo_in_view(open_page):
    page = open_page("en", *LAPTOP)
    drop_files(page, {f"{seed}.jpg": jpeg(seed) for seed in range(12)})
    tiles, strip = page.locator("[class*=st-key-tile-]"), page.locator(".st-key-strip")
    expect(tiles).to_have_count(12)
    for at in (11, 0):
        tiles.nth(at).locator(".stButton button").evaluate("button => button.click()")
        expect(page.get_by_text(f"Photo {at + 1} of 12")).to_be_visible()
        wait_until_still(page)
        (around,), (tile,) = boxes(strip), boxes(page.locator("[class*=st-key-tile-on-]"))
        assert around["left"] <= tile["left"] < tile["right"] <= around["right"]
    assert page.locator(".stMain").evaluate("main => main.scrollTop") == 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_for_a_projector_too_a_phones_buttons_stay_in_their_rows(open_page, photos, language):
    page = open_page(language, *PHONE)
    drop_files(page, photos)
    page.locator(".look select").select_option("projector")
    page.wait_for_selector("[data-look=projector] .viewer:not([data-waiting])")
    wait_until_still(page)
    for row, count in ((".st-key-inbox button", 3), ("[class*=st-key-mode-] button", 3)):
        first, *others = boxes(page.locator(row))
        assert len(others) == count - 1
        for each in others:
            assert each["top"] < first["bottom"], each
            assert each["right"] <= PHONE[0], each


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
