"""While the page changes: nothing of before stands beside what is new; pictures stay in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import groupby

import pytest
from playwright.sync_api import Page, expect

from dashboard.i18n.translate import TABLES
from dashboard.work.explain_queue import BATCH
from tests.browser.actions import (
    choose_class,
    let_one_run,
    runs_held,
    start_dropping,
    wait_until_idle,
)
from tests.support.page import jpeg

pytestmark = pytest.mark.slow

# Looks at each animation frame at what can be seen. `parts` gives the text of each place.
_WATCH = """parts => {
    const frames = window.riceLensFrames = [];
    const look = () => {
        if (window.riceLensFrames !== frames) return;
        const frame = {};
        for (const [name, place] of Object.entries(parts)) {
            const seen = [...document.querySelectorAll(place)].filter(element =>
                getComputedStyle(element).visibility == "visible"
                && element.getBoundingClientRect().height > 2);
            const words = element =>
                element.closest("[role=img]")?.ariaLabel ?? element.innerText.trim();
            frame[name] = seen.map(words).join("|");
            if (name == "original" && seen.length && seen[0].complete)
                frame.top = Math.round(seen[0].getBoundingClientRect().top
                    + document.querySelector(".stMain").scrollTop);
        }
        const text = JSON.stringify(frame);
        if (text !== frames.at(-1)) frames.push(text);
        requestAnimationFrame(look);
    };
    look();
}"""
_STOP = """() => {
    const frames = window.riceLensFrames;
    window.riceLensFrames = null;
    return frames;
}"""
_PARTS = {
    "landing": ".st-key-empty p, .st-key-invitation p",
    "progress": ".st-key-progress .stProgress",
    "photo": ".st-key-way .stText:first-child",
    "answer": ".st-key-answer h2",
    "where": ".viewer-where",
    "original": ".viewer-original img",
    "overlay": ".viewer-overlay img",
    "verdict": ".st-key-said p",
    "two": ".st-key-pair p",
    "all": ".stMain:has(.st-key-mode-all) .st-key-review-short p",
}


_OF_TWO_MODELS = {
    **_PARTS,
    "landing": ".st-key-empty p, .st-key-invitation p",
    "number": ".st-key-way .stText",
    "in view": "[class*=st-key-look-] button",
    **{part: f".st-key-pictures {_PARTS[part]}" for part in ("where", "original", "overlay")},
    **{
        f"said {number}": f".viewer-pair .viewer-side:nth-child({number + 1}) .viewer-answer"
        for number in (0, 1)
    },
    **{f"verdict {number}": f".st-key-brief-{number} p" for number in (0, 1)},
}


def watched(
    page: Page, change: Callable[[], None], parts: dict[str, str] = _PARTS
) -> list[dict[str, str]]:
    """What could be seen from a change until all is still again, whenever it was another thing."""
    page.evaluate(_WATCH, parts)
    change()
    wait_until_idle(page)
    frames = page.evaluate(
        "() => { const all = window.riceLensFrames; delete window.riceLensFrames; return all; }"
    )
    return [json.loads(frame) for frame in frames]


def check(frames: list[dict[str, str]], names: tuple[str, ...], stay: bool = True) -> None:
    """Assert what is true of each frame, and that pictures that `stay` do not move."""
    for frame in frames:
        if frame["original"]:
            assert not frame["landing"], frame
            assert not frame["two"], frame
            assert frame["photo"].split("|")[0] in frame["original"], frame
            assert not ("no evidence" in frame["where"] and frame["overlay"]), frame
    if stay:
        check_pictures_stay(frames)


def check_pictures_stay(frames: list[dict[str, str]]) -> None:
    """Assert that pictures do not move from when they are there until they go."""
    for shown, together in groupby(frames, lambda frame: "top" in frame):
        tops = [frame["top"] for frame in together if shown]
        assert not tops or max(tops) - min(tops) <= 4, tops


def test_nothing_of_before_stands_beside_what_is_new(open_page, photos, models):
    page = open_page(width=1366, height=768)
    names = ("Basmati", "IR64", "Ketan")
    noise = {f"noise {seed}.jpg": jpeg(seed) for seed in range(BATCH)}

    def drop_photos() -> None:
        with runs_held(page):
            start_dropping(page, photos | noise)  # more than are explained before a run draws
            let_one_run(page)  # draws the bar; on a quick machine the next one would take it away
            expect(page.locator(_PARTS["progress"])).to_be_visible()
        expect(page.locator(".st-key-answer")).to_be_visible()

    first = watched(page, drop_photos)
    check(first, names)
    assert any(frame["progress"] for frame in first)
    assert all(not frame["landing"] for frame in first if frame["progress"])
    shown = first[-1]
    assert shown["photo"].startswith("wide.jpg")
    assert shown["verdict"]

    for name in names:
        frames = watched(page, lambda name=name: choose_class(page, name))
        check(frames, names)
        assert frames[-1]["verdict"]
    frames = watched(page, lambda: page.get_by_role("button", name="Next").click())
    check(frames, names)
    assert frames[-1]["photo"].startswith("tall.jpg")

    def choose_model() -> None:
        page.locator(
            ".st-key-model [data-baseweb=select], .st-key-model [role=combobox]"
        ).first.click()
        page.get_by_role("option", name="hostile").click()

    frames = watched(page, choose_model)
    assert all(not frame["original"] for frame in frames if frame["progress"])
    check(frames, names)
    modes = page.locator("[class*=st-key-mode-] button")
    for place in (1, 2, 1, 0, 2, 0):
        frames = watched(page, modes.nth(place).click)
        check(frames, names)
        for frame in frames:
            assert not (frame["two"] and frame["all"]), frame
    # On a busy machine, pictures that are taken away may be seen to move while they go.
    page.get_by_role("button", name="Remove all photos").click()
    removed = watched(page, page.locator(".st-key-start-over-do button").click)
    check(removed, names, stay=False)


@pytest.mark.parametrize(("language", "width"), [("en", 1366), ("en", 390), ("ja", 390)])
def test_the_demonstration_changes_from_photo_to_photo_as_one(
    open_page, shipped_url, language, width
):
    page = open_page(language, width, height=768, at=shipped_url)

    def begin() -> None:
        page.locator(".st-key-demonstration-begin button").click()
        page.locator(".st-key-trust-none button").click()
        expect(page.locator(".st-key-brief-1")).to_be_visible()

    def shown_in(frame: dict[str, str]) -> tuple[str, str]:
        """The photo's number, and which model is in view."""
        number = re.sub(r".*\|", "", frame["number"], flags=re.DOTALL)
        return number, frame["in view"]

    on = page.locator(".st-key-strip-on button")
    changes = [
        begin,
        on.click,
        on.click,
        page.locator(".st-key-look-1 button").click,
        on.click,
        page.locator("[class*=st-key-tile-off] .stButton button").first.click,
    ]
    seen = [watched(page, change, _OF_TWO_MODELS) for change in changes]
    asking = TABLES[language]["evidence.asking"]
    ends = {shown_in(frames[-1]): frames[-1] for frames in seen}
    assert len(ends) == len(changes)
    for frames in seen:
        check_pictures_stay(frames)
        for frame in frames:
            assert not (frame["landing"] and frame["said 0"]), frame
            end = ends.get(shown_in(frame))
            for part in ("said 0", "said 1", "answer", "original", "overlay") if end else ():
                assert frame[part] in ("", end[part]), (part, frame, end)
            for part in ("verdict 0", "verdict 1") if end else ():
                said = frame[part]
                assert said == asking or end[part].startswith(said), (part, frame, end)
