"""Photos in folders, photos on the server, and notes that outlive the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.synthetic.scenes import render_scene
from tests.browser.actions import (
    check_nothing_is_cut_off,
    download_export,
    drop_files,
    open_review,
    read_rows,
    switch_language,
    wait_until_idle,
)
from tests.browser.server import run_server

NAMES = ("Basmati/1.jpg", "Basmati/2.jpg", "Ketan/late/3.jpg", "other/4.jpg")


@pytest.fixture(scope="module")
def harvest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos in folders, two of which are named as classes, and a file that is none."""
    top = tmp_path_factory.mktemp("photos") / "harvest"
    for number, name in enumerate(NAMES):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        scene = render_scene("Ketan", layout="heap", height=120, width=160, seed=number)
        Image.fromarray(scene.rgb).save(top / name)
    (top / "Basmati" / "notes.txt").write_text("no photo")
    return top


def check_folders_tell_the_class(page: Page) -> None:
    page.wait_for_selector(".st-key-pictures")
    expect(page.locator(".stProgress")).to_have_count(0)
    open_review(page)
    rows = {row["file"]: row["true"] for row in read_rows(download_export(page), "photos.csv")}
    said = {name: name.split("/")[0] for name in NAMES} | {"other/4.jpg": ""}
    assert rows == {f"harvest/{name}": true for name, true in said.items()}


def test_a_folder_brings_the_classes_that_its_folders_are_named_as(open_page, harvest):
    page = open_page()
    page.locator(".st-key-way-folder button:visible").first.click()
    page.locator(".st-key-folder input[type=file]").set_input_files(harvest)
    check_folders_tell_the_class(page)
    expect(page.locator(".st-key-folder")).to_have_count(0)


@pytest.mark.slow
def test_photos_on_the_server_are_opened_without_an_upload(open_page, models, harvest):
    with run_server("--models", str(models), "--photos", str(harvest)) as url:
        page = open_page(at=url)
        page.locator(".st-key-way-shelf button:visible").first.click()
        page.wait_for_selector(".st-key-shelf")
        for language, width in (("en", 1280), ("ja", 390)):
            switch_language(page, language)
            check_nothing_is_cut_off(page, [width])
        page.locator(".st-key-shelf-take button:visible").first.click()
        check_folders_tell_the_class(page)


@pytest.mark.slow
def test_notes_outlive_the_server(open_page, models, harvest, tmp_path):
    book = tmp_path / "notes.sqlite"
    photos = {Path(name).name: (harvest / name).read_bytes() for name in NAMES}
    with run_server("--models", str(models), "--notes", str(book)) as url:
        page = open_page(at=url)
        drop_files(page, photos)
        open_review(page)
        page.locator("[class*=st-key-mode-] button").nth(0).click()
        page.wait_for_selector(".st-key-note")
        wait_until_idle(page)
        page.locator(".st-key-note input").fill("too dark")
        page.keyboard.press("Enter")
        wait_until_idle(page)
        page.locator(".st-key-note button").nth(2).click()
        wait_until_idle(page)
    with run_server("--models", str(models), "--notes", str(book)) as url:
        page = open_page(at=url)
        drop_files(page, photos)
        open_review(page)
        page.locator("[class*=st-key-mode-] button").nth(0).click()
        expect(page.locator(".st-key-note input")).to_have_value("too dark")
