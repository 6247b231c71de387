"""A reloaded page has what it had; nobody else has."""

from __future__ import annotations

import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from dashboard.state.session_store import COOKIE
from tests.browser.actions import drop_files, open_review, wait_for_review, wait_until_idle
from tests.browser.conftest import TIMEOUT
from tests.browser.server import ROOT, run_server

# The page, whose visits last about a second after they are closed; says in a file when one is gone.
_SHORT_VISITS = """
import runpy, sys, weakref
from pathlib import Path
sys.path.insert(0, {root!r})
from streamlit import runtime
from dashboard.state import session, session_store
session_store.MINUTES, session_store._ROUND = 0.01, 0.2
runtime.get_instance()._session_mgr._session_storage._cache._ttl = 1
runpy.run_path({root!r} + "/dashboard/app.py", run_name="__main__")
weakref.finalize(session.current_session(), Path({gone!r}).touch)
"""


def remove_all(page: Page) -> None:
    page.get_by_role("button", name="Remove all photos").click()
    page.locator(".st-key-start-over-do button").click()
    page.wait_for_selector(".st-key-empty")


@pytest.mark.slow
def test_photos_answers_and_marks_outlive_a_reload(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    open_review(page)
    page.locator("[class*=st-key-mode-] button").nth(0).click()
    page.wait_for_selector(".st-key-note")
    wait_until_idle(page)
    page.locator(".st-key-note input").fill("=dark")
    page.keyboard.press("Enter")
    wait_until_idle(page)
    page.locator("[class*=st-key-mode-] button").nth(1).click()
    page.wait_for_selector(".st-key-mode-all")
    wait_until_idle(page)

    page.reload()
    page.wait_for_selector(".st-key-mode-all")
    wait_for_review(page)
    page.locator("[class*=st-key-mode-] button").nth(0).click()
    expect(page.locator(".st-key-note input")).to_have_value("=dark")
    expect(page.locator(".st-key-strip img")).to_have_count(2)

    # A second tab is a visit of its own, and so is another browser.
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".st-key-empty")
    open_page()

    # Each tab comes back to its own, the second one, which was empty, too.
    for tab, empty in ((second, True), (page, False), (second, True)):
        tab.reload()
        tab.wait_for_selector(".st-key-empty" if empty else ".st-key-pictures")
        wait_until_idle(tab)
        expect(tab.locator(".st-key-strip img")).to_have_count(0 if empty else 2)

    # What was removed does not come back.
    remove_all(page)
    page.reload()
    page.wait_for_selector(".st-key-empty")
    wait_until_idle(page)
    expect(page.locator(".st-key-strip")).to_have_count(0)


def test_streamlit_keeps_no_upload_that_the_page_has_taken(open_page, app_url, photos):
    page = open_page()
    drop_files(page, photos)
    page.wait_for_selector(".viewer img")
    with urllib.request.urlopen(f"{app_url}/_stcore/metrics") as answer:
        assert "UploadedFileManager" not in answer.read().decode()
    remove_all(page)


@pytest.mark.slow
def test_a_visit_is_forgotten_when_its_time_is_over_though_nobody_else_comes(
    open_page, photos, tmp_path
):
    script, gone = tmp_path / "short_visits.py", tmp_path / "gone"
    script.write_text(_SHORT_VISITS.format(root=str(ROOT), gone=str(gone)), "utf-8")
    with run_server(script=script) as address:
        page = open_page(at=address)
        drop_files(page, photos)
        assert not gone.exists()
        page.context.close()
        deadline = time.monotonic() + TIMEOUT / 1000
        while not gone.exists():
            assert time.monotonic() < deadline, "the visit is still in memory"
            time.sleep(0.05)


def test_a_sessions_name_is_in_the_browser_only_while_a_page_goes(open_page, photos):
    page = open_page()
    drop_files(page, photos)
    page.reload()
    page.wait_for_selector(".viewer img")
    wait_until_idle(page)
    assert COOKIE not in [each["name"] for each in page.context.cookies()]
