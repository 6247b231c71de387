"""Another question, method, layer or fineness, and a visitor's own model, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.open_explainer import open_explainer
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from core.models.network import candidate_layers
from dashboard.i18n.translate import TABLES
from tests.browser.acting import OVERFLOWING, choose, download, drawn, drop, picture, settle

Opener = Callable[..., Page]
CONTROLS = ("kind", "method", "layers", "finer", "colors")


@pytest.fixture(scope="module")
def explainer(models: Path) -> Explainer:
    return open_explainer(models / "fair")


def answer(explainer: Explainer, data: bytes, wanted: ExplainRequest) -> Explanation:
    (explanation,) = explainer.explain([read_photo(data, longest=PREVIEW)], wanted)
    return explanation


def open_more(page: Page) -> None:
    page.locator(".st-key-more summary").click()
    expect(page.locator(".st-key-colors")).to_be_visible()
    settle(page)


def pick(page: Page, key: str, number: int) -> None:
    """Choose the option of that number."""
    page.locator(f".st-key-{key} [role=radiogroup] button, .st-key-{key} [role=group] button").nth(
        number
    ).click()


def test_the_default_page_shows_none_of_it(visit: Opener, photos):
    page = visit()
    drop(page, photos)
    for key in CONTROLS:
        expect(page.locator(f".st-key-{key}")).to_have_count(0)
    assert page.locator(".st-key-changed button, .st-key-own").count() == 0
    open_more(page)
    for key in CONTROLS:
        expect(page.locator(f".st-key-{key}")).to_be_visible()


def test_another_layer_and_fineness_draw_what_core_draws(visit: Opener, photos, explainer):
    page, data = visit(), photos["wide.jpg"]
    drop(page, photos)
    target = answer(explainer, data, ExplainRequest()).predicted
    first = download(page, "heatmap")[1]
    open_more(page)

    layer = next(each for each in candidate_layers(explainer.layers) if each.grid == (4, 4))
    choose(page, "layers", "4 × 4 cells")
    expect(page.locator(".st-key-changed")).to_contain_text("4 × 4 and 2 × 2 cells")
    choose(page, "layers", "2 × 2 cells, the last")
    expect(page.locator(".st-key-changed")).to_contain_text("Changed: 4 × 4 cells")
    earlier = answer(explainer, data, ExplainRequest(layers=(layer.name,)))
    name, shown = download(page, "heatmap")
    assert np.array_equal(shown, drawn(data, earlier, target, 0.5).heatmap)
    assert name == f"wide_{target}_4x4_heatmap.png"

    choose(page, "finer", "8 × 8")
    expect(page.get_by_text("of 4 shifted photos")).to_be_visible()
    upsampling = answer(explainer, data, ExplainRequest(layers=(layer.name,), upsampling=2))
    assert np.array_equal(
        download(page, "heatmap")[1], drawn(data, upsampling, target, 0.5).heatmap
    )

    page.locator(".st-key-back button").click()
    expect(page.locator(".st-key-changed button")).to_have_count(0)
    assert np.array_equal(download(page, "heatmap")[1], first)
    expect(page.locator(".st-key-layers [aria-pressed=true]")).to_have_text("2 × 2 cells, the last")


def test_a_coarse_map_is_made_finer_beside_it(visit: Opener, photos, explainer):
    page, data = visit(), photos["wide.jpg"]
    drop(page, photos)
    page.locator(".st-key-finer-offer button").click()
    expect(page.get_by_text("of 64 shifted photos")).to_be_visible()
    expected = answer(explainer, data, ExplainRequest(upsampling=8))
    assert expected.grid == (16, 16)
    heatmap = drawn(data, expected, expected.predicted, 0.5).heatmap
    assert np.array_equal(download(page, "heatmap")[1], heatmap)
    assert np.abs(picture(page, "heatmap").astype(int) - heatmap).mean() < 3  # it is a JPEG


def test_why_one_class_rather_than_another_is_said_everywhere(visit: Opener, photos, explainer):
    page, data = visit(), photos["wide.jpg"]
    drop(page, photos)
    open_more(page)
    choose(page, "kind", "Why not another?")
    plain = answer(explainer, data, ExplainRequest())
    order = [plain.classes[index] for index in plain.scores.argsort()[::-1]]
    what = f"{order[0]} rather than {order[1]}"
    expect(page.locator(".st-key-answer")).to_contain_text(what)
    expect(page.locator(".st-key-changed")).to_contain_text(what)
    expect(page.locator(".st-key-pictures")).to_contain_text(f"Strength of the evidence for {what}")
    expect(page.locator(".stColumn:has(.st-key-title-heatmap) img").first).to_have_attribute(
        "alt", re.compile(re.escape(what))
    )
    name, shown = download(page, "heatmap")
    assert name == f"wide_{what}_heatmap.png"
    expected = answer(explainer, data, ExplainRequest(contrast_class=order[1]))
    assert np.array_equal(shown, drawn(data, expected, order[0], 0.5).heatmap)


def test_a_long_question_is_stopped(visit: Opener, photos):
    page = visit()
    drop(page, photos)
    before = picture(page, "heatmap")
    open_more(page)
    page.locator(".st-key-method button", has_text="part by part").click()
    page.locator(".st-key-stop button").click()
    expect(page.locator(".st-key-method [aria-checked=true]")).to_have_text("standard")
    expect(page.locator(".st-key-asking .stProgress")).to_have_count(0)
    settle(page)
    assert np.array_equal(picture(page, "heatmap"), before)


def test_a_japanese_page_asks_in_japanese(visit: Opener, photos):
    page = visit("ja")
    drop(page, photos)
    open_more(page)
    for kind in ("for", "against", "rather"):
        choose(page, "kind", TABLES["ja"][f"kind.{kind}"])
        settle(page)
        for method in ("grad-cam", "grad-cam++", "layer-cam", "eigen-cam"):
            choose(page, "method", TABLES["ja"][f"method.{method}"])
            settle(page)
            text = page.locator(".stMain").inner_text().replace("add icon", "")
            foreign = re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})+", text)
            assert set(foreign) <= {"Rice Lens"}, "English is left on the Japanese page"
        choose(page, "method", TABLES["ja"]["method.grad-cam"])
        settle(page)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_of_it_is_cut_off(visit: Opener, photos, language):
    page = visit(language, 390)
    drop(page, photos)
    open_more(page)
    choose(page, "kind", TABLES[language]["kind.rather"])
    choose(page, "finer", "16 × 16" if language == "en" else "16×16")
    expect(page.locator(".st-key-changed")).to_contain_text("16")
    settle(page)
    for width in (390, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOWING) == []
        sizes = page.locator(".stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert sizes[0] <= sizes[1]


def test_a_visitor_brings_a_model(visit: Opener, photos, models, explainer, open_address):
    page, data = visit(at=open_address), photos["wide.jpg"]
    page.locator(".st-key-own button").click()
    zone = page.locator(".st-key-own-drop [data-testid=stFileUploaderDropzone]")
    assert TABLES["en"]["own.button"] in zone.locator("button p").evaluate(
        "element => getComputedStyle(element, '::after').content"
    )
    file = models / "fair" / "model.keras"
    with page.expect_file_chooser() as chooser:
        zone.locator("button").click()
    chooser.value.set_files(file)
    chosen = page.locator(".st-key-model").get_by_role("combobox")
    expect(chosen).to_have_value("model.keras", timeout=120_000)
    page.keyboard.press("Escape")
    drop(page, {"wide.jpg": data})
    # It came without its card: its classes have no names, its numbers are as the card says.
    expected = replace(
        answer(explainer, data, ExplainRequest()), classes=("class 0", "class 1", "class 2")
    )
    expect(page.locator("h2")).to_contain_text(expected.predicted)
    heatmap = drawn(data, expected, expected.predicted, 0.5).heatmap
    difference = download(page, "heatmap")[1].astype(int) - heatmap
    assert np.abs(difference).max() <= 1
