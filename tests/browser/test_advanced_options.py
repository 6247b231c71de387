"""Other questions, methods, layers and finer maps, and a visitor's own model, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from core.models.registry import find_model
from dashboard.i18n.translate import TABLES, Texts
from tests.browser.actions import (
    check_all_is_japanese,
    check_nothing_is_cut_off,
    choose_option,
    download_picture,
    draw_expected,
    drop_files,
    read_picture,
    switch_language,
    wait_until_idle,
    wait_until_still,
)
from tests.browser.server import run_server
from tests.support.onnx_files import classifier, resnet, saved
from tests.support.onnx_transformers import swin

CONTROLS = ("kind", "method", "layers", "finer")


@pytest.fixture(scope="module")
def upload_url(models: Path) -> Iterator[str]:
    """Where visitors may bring models of their own."""
    with run_server("--models", str(models), "--model-uploads") as url:
        yield url


@pytest.fixture(scope="module")
def explainer(models: Path) -> Explainer:
    return open_explainer(models / "fair")


def explain_photo(explainer: Explainer, data: bytes, wanted: ExplainRequest) -> Explanation:
    (explanation,) = explainer.explain([read_photo(data, longest=PREVIEW)], wanted)
    return explanation


def open_advanced_options(page: Page) -> None:
    page.locator(".st-key-more summary").click()
    expect(page.locator(".st-key-kind")).to_be_visible()
    wait_until_idle(page)


def bring_model(page: Page, file: Path) -> None:
    """Choose a file in the drop zone of models, once it is empty: each file gets an empty one."""
    wait_until_idle(page)
    button = page.locator(".st-key-own-drop [data-testid=stFileUploaderDropzone] button")
    expect(button).to_have_count(1)  # beside a file there are two more, to add and to remove
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(file)


@pytest.mark.slow
def test_the_default_page_shows_none_of_it(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    for key in CONTROLS:
        expect(page.locator(f".st-key-{key}")).to_have_count(0)
    assert page.locator(".st-key-changed button, .st-key-own").count() == 0
    open_advanced_options(page)
    for key in CONTROLS:
        expect(page.locator(f".st-key-{key}")).to_be_visible()


@pytest.mark.slow
def test_another_layer_and_fineness_draw_what_core_draws(open_page, photos, explainer):
    page, data = open_page(), photos["wide.jpg"]
    drop_files(page, photos)
    target = explain_photo(explainer, data, ExplainRequest()).predicted
    first = download_picture(page, "heatmap")[1]
    open_advanced_options(page)

    layer = next(each for each in candidate_layers(explainer.layers) if each.grid == (4, 4))
    choose_option(page, "layers", "4 × 4 cells")
    expect(page.locator(".st-key-changed")).to_contain_text("4 × 4 and 2 × 2 cells")
    choose_option(page, "layers", "2 × 2 cells, the last")
    expect(page.locator(".st-key-changed")).to_contain_text("Changed: 4 × 4 cells")
    earlier = explain_photo(explainer, data, ExplainRequest(layers=(layer.name,)))
    name, shown = download_picture(page, "heatmap")
    assert np.array_equal(shown, draw_expected(data, earlier, target, 0.5).heatmap)
    assert name == f"wide_{target}_4x4_heatmap.png"

    choose_option(page, "finer", "8 × 8")
    expect(page.get_by_text("of 4 shifted photos")).to_be_visible()
    upsampling = explain_photo(explainer, data, ExplainRequest(layers=(layer.name,), upsampling=2))
    assert np.array_equal(
        download_picture(page, "heatmap")[1], draw_expected(data, upsampling, target, 0.5).heatmap
    )

    page.locator(".st-key-back button").click()
    expect(page.locator(".st-key-changed button")).to_have_count(0)
    assert np.array_equal(download_picture(page, "heatmap")[1], first)
    expect(page.locator(".st-key-layers [aria-pressed=true]")).to_have_text("2 × 2 cells, the last")


@pytest.mark.slow
def test_a_coarse_map_is_made_finer_beside_it(open_page, photos, explainer):
    page, data = open_page(), photos["wide.jpg"]
    drop_files(page, photos)
    page.locator(".st-key-finer-offer button").click()
    expect(page.get_by_text("of 64 shifted photos")).to_be_visible()
    expected = explain_photo(explainer, data, ExplainRequest(upsampling=8))
    assert expected.grid == (16, 16)
    heatmap = draw_expected(data, expected, expected.predicted, 0.5).heatmap
    assert np.array_equal(download_picture(page, "heatmap")[1], heatmap)
    assert np.abs(read_picture(page, "heatmap").astype(int) - heatmap).max() == 0


def test_why_one_class_rather_than_another_is_said_everywhere(open_page, photos, explainer):
    page, data = open_page(), photos["wide.jpg"]
    drop_files(page, photos)
    open_advanced_options(page)
    choose_option(page, "kind", "Why not another?")
    plain = explain_photo(explainer, data, ExplainRequest())
    order = [plain.classes[index] for index in plain.scores.argsort()[::-1]]
    what = f"{order[0]} rather than {order[1]}"
    expect(page.locator(".viewer-where")).to_contain_text(what)
    expect(page.locator(".st-key-changed")).to_contain_text(what)
    expect(page.locator(".st-key-pictures")).to_contain_text(f"Strength of the evidence for {what}")
    expect(page.locator(".viewer-heatmap [role=img]")).to_have_attribute(
        "aria-label", re.compile(re.escape(what))
    )
    name, shown = download_picture(page, "heatmap")
    assert name == f"wide_{what}_heatmap.png"
    expected = explain_photo(explainer, data, ExplainRequest(contrast_class=order[1]))
    assert np.array_equal(shown, draw_expected(data, expected, order[0], 0.5).heatmap)


@pytest.mark.slow
def test_a_long_question_is_stopped(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    before = read_picture(page, "heatmap")
    open_advanced_options(page)
    page.locator(".st-key-method button", has_text="part by part").click()
    page.locator("[class*='st-key-stop-'] button").click()
    expect(page.locator(".st-key-method [aria-checked=true]")).to_have_text("standard")
    expect(page.locator(".st-key-asking .stProgress")).to_have_count(0)
    wait_until_idle(page)
    assert np.array_equal(read_picture(page, "heatmap"), before)


@pytest.mark.slow
def test_a_japanese_page_asks_in_japanese(open_page, photos):
    page = open_page("ja")
    drop_files(page, photos)
    open_advanced_options(page)
    for kind in ("for", "against", "rather"):
        choose_option(page, "kind", TABLES["ja"][f"kind.{kind}"])
        wait_until_idle(page)
        for method in ("grad-cam", "grad-cam++", "layer-cam", "eigen-cam"):
            choose_option(page, "method", TABLES["ja"][f"method.{method}"])
            wait_until_idle(page)
            check_all_is_japanese(page)
        choose_option(page, "method", TABLES["ja"]["method.grad-cam"])
        wait_until_idle(page)


@pytest.mark.slow
def test_nothing_of_it_is_cut_off(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    open_advanced_options(page)
    choose_option(page, "kind", TABLES["en"]["kind.rather"])
    choose_option(page, "finer", "16 × 16")
    expect(page.locator(".st-key-changed")).to_contain_text("16 × 16")
    check_nothing_is_cut_off(page)
    switch_language(page, "ja")
    expect(page.locator(".st-key-changed")).to_contain_text("16×16")
    check_nothing_is_cut_off(page)


@pytest.mark.slow
def test_a_visitor_brings_a_model(open_page, photos, upload_url):
    page, data = open_page(at=upload_url), photos["wide.jpg"]
    page.locator(".st-key-own button").click()
    zone = page.locator(".st-key-own-drop [data-testid=stFileUploaderDropzone]")
    assert TABLES["en"]["model_upload.button"] in zone.locator("button p").evaluate(
        "element => getComputedStyle(element, '::after').content"
    )
    model = find_model("demo-b")  # the one that is compiled most quickly
    bring_model(page, model / "model.keras")
    chosen = page.locator(".st-key-model").get_by_role("combobox")
    expect(chosen).to_have_value("model.keras")
    page.keyboard.press("Escape")
    drop_files(page, {"wide.jpg": data})
    # It came without its card: its classes have no names, its numbers are as the card says.
    explained = explain_photo(open_explainer(model), data, ExplainRequest())
    expected = replace(explained, classes=("class 0", "class 1", "class 2"))
    expect(page.locator("h2")).to_contain_text(expected.predicted)
    heatmap = draw_expected(data, expected, expected.predicted, 0.5).heatmap
    difference = download_picture(page, "heatmap")[1].astype(int) - heatmap
    assert np.abs(difference).max() <= 2  # neighbouring colours: it was compiled once more
    page.set_viewport_size({"width": 390, "height": 844})
    wait_until_still(page)
    name, upload = (
        page.locator(each).bounding_box() for each in (".st-key-brand h1", ".st-key-own")
    )
    assert name["height"] < 40  # one line, not a letter each
    assert upload["y"] > name["y"] + name["height"]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "family"), [("en", resnet), ("ja", swin)])
def test_a_visitor_brings_a_model_of_pytorch(
    language, family, open_page, photos, upload_url, tmp_path
):
    page, data, say = open_page(language, at=upload_url), photos["wide.jpg"], Texts(language)
    page.locator(".st-key-own button").click()
    elsewhere = classifier()
    elsewhere.graph.initializer[0].external_data.add(key="location", value="<b>../x</b>")
    model = saved(tmp_path, family=family)
    for file in (saved(tmp_path, elsewhere, "elsewhere.onnx"), model):
        bring_model(page, file)
        if file != model:
            said = say.plain("errors.model_weights_elsewhere", name=file.name, part="<b>../x</b>")
            refusal = page.locator("[data-testid=stAlert]")
            expect(refusal).to_contain_text(re.split("[.。]", said)[0])  # markup is text there
            expect(refusal).to_contain_text("<b>../x</b>")
    expect(page.locator(".st-key-model").get_by_role("combobox")).to_have_value("model.onnx")
    page.keyboard.press("Escape")
    drop_files(page, {"wide.jpg": data})
    explainer = open_explainer(model, cache=tmp_path)
    expected = explain_photo(explainer, data, ExplainRequest())
    expect(page.locator("h2")).to_contain_text(expected.predicted)
    heatmap = draw_expected(data, expected, expected.predicted, 0.5).heatmap
    assert np.array_equal(download_picture(page, "heatmap")[1], heatmap)
    if family == swin:  # its own method, and what is said of another
        open_advanced_options(page)
        own, other = (say.plain(f"method.{name}") for name in ("libra-grad", "layer-cam"))
        warning = page.get_by_text(say.plain("beside_attention", own=own))
        expect(page.locator(".st-key-method [aria-checked=true]")).to_have_text(own)
        expect(warning).to_have_count(0)
        choose_option(page, "method", other)
        expect(warning).to_be_visible()
