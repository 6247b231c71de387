"""The review's report in a real browser: on a phone and on paper, in both languages, alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.diagnosis.certificate_page import PAGE, write_certificate
from core.evidence.collect import VERDICT
from core.explain.open_explainer import model_digest, open_explainer
from core.models.registry import find_model
from core.review.pipeline import review
from core.review.worker import ReviewSettings
from core.synthetic.scenes import render_scene
from tests.conftest import ROOT
from tests.support.certificates import certificate

WORDS = {"en": "What this cannot show", "ja": "この結果では分からないこと"}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of forty drawn photos in class folders, some of them wrong."""
    import cv2

    top = tmp_path_factory.mktemp("report")
    for number in range(40):
        variety = ("Basmati", "IR64", "Ketan")[number % 3]
        scene = render_scene(variety, layout="heap", height=120, width=160, seed=number)
        file = top / "photos" / variety / f"a_rather_long_name_of_a_photo_{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), scene.rgb[..., ::-1])
    model = find_model("rice-64")
    review(
        top / "photos", open_explainer(model), model_digest(model), ReviewSettings(), top / "export"
    )  # fmt: skip
    return top / "export" / "report.html"


@pytest.fixture
def open_report(chromium: Browser, report: Path):
    """Opens the report as a file: `read(language="en", width=390)`; nothing else may be loaded."""
    contexts = []

    def open_report(language: str, width: int):
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            locale={"en": "en-US", "ja": "ja-JP"}[language],
        )
        contexts.append(context)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.goto(report.as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
        return page

    yield open_report
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_on_a_phone_it_is_in_the_readers_language_and_as_wide_as_the_screen(open_report, language):
    page = open_report(language, 390)
    other = {"en": "ja", "ja": "en"}[language]
    expect(page.get_by_text(WORDS[language])).to_be_visible()
    expect(page.get_by_text(WORDS[other])).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text({"en": "English", "ja": "日本語"}[other], exact=True).click()
    expect(page.get_by_text(WORDS[other])).to_be_visible()
    expect(page.get_by_text(WORDS[language])).to_be_hidden()


@pytest.fixture(scope="module")
def report_with_evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of three samples in class folders, with what the model looks at and why."""
    top = tmp_path_factory.mktemp("evidence")
    for name in ("basmati-heap-wood", "ir64-heap-slate", "ketan-heap-patterned"):
        folder = top / "photos" / {"b": "Basmati", "i": "IR64", "k": "Ketan"}[name[0]]
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "assets" / "samples" / f"{name}.jpg", folder)
    model, settings = find_model("rice-64"), ReviewSettings(evidence=VERDICT)
    review(top / "photos", open_explainer(model), model_digest(model), settings, top / "export")
    return top / "export" / "report.html"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_on_a_phone_no_column_of_its_tables_is_cut(
    chromium: Browser, report_with_evidence, language
):
    with chromium.new_context(
        viewport={"width": 390, "height": 844}, locale={"en": "en-US", "ja": "ja-JP"}[language]
    ) as context:
        page = context.new_page()
        page.goto(report_with_evidence.as_uri())
        tables = page.eval_on_selector_all(
            ".wide", "all => all.map(each => [each.scrollWidth, each.clientWidth])"
        )
        assert len(tables) == 2  # right or wrong, and photo by photo
        assert all(needed <= room for needed, room in tables)
        expect(page.locator("td.looks .why:visible")).to_have_count(3)
        expect(page.locator("th.looks")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 844})
        assert page.locator("td.looks").first.evaluate("e => getComputedStyle(e).display") == (
            "table-cell"
        )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_certificates_table_fits_a_phone(chromium: Browser, tmp_path, language):
    right = [1] * 30
    both = [certificate(name, right, right, right) for name in ("rice-224", "another-model")]
    write_certificate(tmp_path, *both)
    with chromium.new_context(
        viewport={"width": 390, "height": 844}, locale={"en": "en-US", "ja": "ja-JP"}[language]
    ) as context:
        page = context.new_page()
        page.goto((tmp_path / PAGE).as_uri())
        table = page.locator(".wide:has(.stacked)")
        assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        interval = {"en": "95% interval", "ja": "95%信頼区間"}[language]
        expect(table.get_by_text(interval).and_(page.locator("td *:visible"))).to_have_count(6)
        page.set_viewport_size({"width": 1280, "height": 844})
        expect(table.locator("td .label:visible")).to_have_count(0)
        expect(table.locator("thead")).to_be_visible()


def test_the_language_can_be_changed_without_a_mouse_or_a_script(chromium: Browser, report: Path):
    with chromium.new_context(java_script_enabled=False, locale="ja-JP") as context:
        page = context.new_page()
        page.goto(report.as_uri())
        expect(page.get_by_text(WORDS["en"])).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(WORDS["ja"])).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_on_paper_no_picture_and_no_row_is_cut(open_report, language, tmp_path):
    page = open_report(language, 718)  # A4 less its margins, in CSS pixels
    data = page.pdf(prefer_css_page_size=True)
    boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", data)}
    assert {tuple(round(side) for side in box[2:]) for box in boxes} == {(595, 842)}
    page.emulate_media(media="print")
    for kept in ("figure", "tr", ".bar", ".facts > div"):
        avoided = page.eval_on_selector_all(
            kept, "all => all.map(each => getComputedStyle(each).breakInside)"
        )
        assert set(avoided) == {"avoid"}, kept
    tallest = page.eval_on_selector_all(
        "figure", "all => Math.max(...all.map(each => each.getBoundingClientRect().height))"
    )
    assert tallest < 500  # a page has 1,000
    expect(page.locator("nav")).to_be_hidden()
    overflow = page.evaluate(
        "[...document.querySelectorAll('table, .bars, .cards')]"
        ".filter(each => each.getBoundingClientRect().right > innerWidth).length"
    )
    assert overflow == 0
