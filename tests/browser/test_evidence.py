"""The evidence of a photo in a real browser: shown, opened, corrected, stopped and resumed."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.evidence.baselines import Baselines, compute_baselines
from core.evidence.collect import collect_evidence
from core.evidence.results import Evidence
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.images.decode import PREVIEW, read_photo
from core.segmentation.rice_mask import find_rice
from core.validation.shortcut_models.demo_photos import DemoPhoto, render_demo_photo
from dashboard.i18n.translate import TABLES, Texts
from dashboard.views.evidence.checks import CHECKS
from tests.browser.actions import (
    check_all_is_japanese,
    check_nothing_is_cut_off,
    download_picture,
    drop_files,
    read_picture,
    switch_language,
    wait_until_idle,
)

VERDICTS = re.compile(
    "It looks at the rice|It looks at the background|It looks at both|Inconclusive"
)


@pytest.fixture(scope="module")
def judge(models: Path) -> tuple[Explainer, Baselines]:
    explainer = open_explainer(models / "fair")
    return explainer, compute_baselines(explainer)


def gather_evidence(
    judge: tuple[Explainer, Baselines], data: bytes, level: float = 0.5, swap: bool = False
) -> Evidence:
    """What core makes of a photo with its rice so marked."""
    explainer, baselines = judge
    photo = read_photo(data, longest=PREVIEW)
    (explanation,) = explainer.explain([photo])
    rice = find_rice(photo.rgb)
    problem = rice.problem if (level, swap) == (0.5, False) else ""
    mask, target = rice.mask(level, swap), explanation.predicted
    *_, last = collect_evidence(explainer, photo, explanation, mask, target, baselines, problem)
    return last.evidence


def open_evidence(page: Page) -> None:
    """Open the checks, and wait until all are done."""
    page.locator(".st-key-why summary").click()
    wait_for_evidence(page)


def wait_for_evidence(page: Page) -> None:
    """Wait until all checks are done. While the page redraws a container it may have two."""
    tiles = page.locator(".st-key-tiles-stable")
    expect(tiles).to_have_count(1)
    expect(page.locator(".st-key-asked")).to_have_count(0)
    wait_until_idle(page)
    expect(tiles).to_be_visible()


def share(value: float) -> str:
    return Texts("en").plain("percent", value=round(100 * value))


def attended(evidence: Evidence) -> str:
    found = evidence.localization
    assert found is not None
    assert found.share is not None
    return Texts("en").plain("attended", share=share(found.share), chance=share(found.chance))


def test_the_verdict_stands_beside_the_answer_and_why_opens_all_checks(open_page, photos, judge):
    page = open_page()
    drop_files(page, photos)
    beside = page.locator(".st-key-said")
    expect(beside).to_contain_text(VERDICTS)  # unasked
    for proof in CHECKS:
        expect(page.locator(f".st-key-proof-{proof.name}")).to_have_count(0)
    evidence = gather_evidence(judge, photos["wide.jpg"])
    assert evidence.verdict is not None
    target = page.locator("h2").inner_text().split()[3].strip(",")
    sentence = Texts("en").plain(f"reason.{evidence.verdict.reason}", target=target, count=3)
    expect(beside).to_contain_text(sentence)
    expect(page.locator(".st-key-evidence")).to_contain_text(attended(evidence))
    open_evidence(page)
    for proof in CHECKS:
        section = page.locator(f".st-key-proof-{proof.name}")
        expect(section).to_contain_text(TABLES["en"][f"check.{proof.name}.title"])
        assert len(section.inner_text().splitlines()) > 1
    assert evidence.badge is not None
    badge = TABLES["en"][f"badge.{evidence.badge.level}"].split("{")[0]
    expect(page.locator(".st-key-evidence")).to_contain_text(badge)
    for name, count in (("rice", 2), ("covered", 2), ("stable", 6)):
        images = page.locator(f".st-key-tiles-{name} img")
        assert images.count() == count
        assert all(
            images.evaluate_all("all => all.map(each => each.naturalWidth > 50 && !!each.alt)")
        )
    assert page.locator(".st-key-proof-walked canvas, .st-key-proof-walked svg.marks").count() == 2


@pytest.mark.slow
def test_slider_and_swap_move_the_numbers(open_page, photos, judge):
    page, data = open_page(), photos["wide.jpg"]
    drop_files(page, {"wide.jpg": data})
    open_evidence(page)
    first = page.locator(".st-key-proof-rice").inner_text()
    slider = page.locator("[class*=st-key-level-]").get_by_role("slider")
    slider.press("End")
    expect(page.locator(".st-key-evidence")).to_contain_text(
        attended(gather_evidence(judge, data, 0.95))
    )
    assert page.locator(".st-key-proof-rice").inner_text() != first
    page.locator("[class*=st-key-swap-] label").click()
    swapped = attended(gather_evidence(judge, data, 0.95, True))
    expect(page.locator(".st-key-evidence")).to_contain_text(swapped)
    wait_for_evidence(page)


@pytest.mark.slow
def test_the_outline_is_shown_and_the_mask_taken_away(open_page, photos):
    page, data = open_page(), photos["wide.jpg"]
    drop_files(page, {"wide.jpg": data})
    before = read_picture(page, "original")
    page.locator(".viewer [name=outline]").click()
    wait_until_idle(page)
    after = read_picture(page, "original")
    pink = (np.abs(after.astype(int) - (255, 40, 150)) < 60).all(axis=2)
    assert pink.mean() > 0.005
    assert np.abs(after.astype(int) - before)[~pink].mean() < 6
    open_evidence(page)
    name, mask = download_picture(page, "mask")
    assert name == "wide_mask.png"
    mask = mask[..., 0] > 0
    assert np.array_equal(mask, find_rice(read_photo(data).rgb).mask())


@pytest.mark.slow
def test_a_long_run_is_stopped_and_goes_on(open_page, photos, shipped_url):
    page = open_page(at=shipped_url)
    drop_files(page, {"wide.jpg": photos["wide.jpg"]})
    expect(page.locator(".st-key-said")).to_contain_text(VERDICTS)
    page.locator(".st-key-why summary").click()
    page.locator(".st-key-evidence-stop button").click()
    expect(page.locator(".st-key-asked")).to_contain_text("Stopped")
    wait_until_idle(page)
    assert page.locator(".st-key-tiles-stable").count() == 0
    page.locator(".st-key-evidence-go-on button").click()
    wait_for_evidence(page)


@pytest.mark.slow
def test_nothing_of_it_is_cut_off_or_left_in_english(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    open_evidence(page)
    check_nothing_is_cut_off(page)
    switch_language(page, "ja")
    wait_for_evidence(page)
    check_all_is_japanese(page)
    check_nothing_is_cut_off(page)


@pytest.fixture(scope="module")
def own_photos() -> dict[str, bytes]:
    """What a visitor might drop on the demonstration: not among its photos."""
    shots = [
        DemoPhoto("own 1.jpg", "Ipsala", "Basmati", "scattered", "white cloth", "window", 135),
        DemoPhoto("own 2.jpg", "Ipsala", "Karacadag", "scattered", "slate", "window", 136),
        DemoPhoto("own 3.jpg", "Karacadag", "Basmati", "scattered", "paper", "window", 137),
    ]
    files = {}
    for shot in shots:
        file = BytesIO()
        Image.fromarray(render_demo_photo(shot).rgb).save(file, "JPEG", quality=90)
        files[shot.file] = file.getvalue()
    return files


def begin_of_verdict(which: str, language: str) -> str:
    """The words in bold before the reason."""
    return TABLES[language][f"verdict.{which}"].split("**")[1]


@pytest.mark.slow
def test_the_demonstration_reaches_the_right_verdicts(open_page, shipped_url, own_photos):
    page = open_page(at=shipped_url)
    page.locator(".st-key-demonstration-begin button").click()
    page.locator(".st-key-trust-0 button").click()
    page.wait_for_selector(".st-key-pictures")
    cards = [page.locator(f".st-key-model-{number}") for number in (0, 1)]
    drop_files(page, own_photos)
    for number, name in enumerate(own_photos):
        expect(page.locator(".st-key-way")).to_contain_text(name)
        for language, width in (("en", 1280), ("ja", 390)):
            switch_language(page, language)
            expect(cards[0]).to_contain_text(begin_of_verdict("background", language))
            expect(cards[1]).to_contain_text(begin_of_verdict("rice", language))
            check_nothing_is_cut_off(page, [width])
        if number < len(own_photos) - 1:
            page.get_by_role("button", name=TABLES["ja"]["strip.on"], exact=True).click()
    page.locator(".st-key-look-1 button").click()
    expect(page.locator(".st-key-look-1 button")).to_be_disabled()
    expect(page.locator(".st-key-said")).to_contain_text(begin_of_verdict("rice", "ja"))
