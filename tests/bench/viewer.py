"""What the viewer does in a browser, and costs its server: `python -m tests.bench.viewer`.

Frames and their work while the blend is dragged and while rice is painted, the time from another
class to its picture, the server's CPU-time from a dropped photo to its pictures and to its verdict,
and what opening the page costs beside a page with one uploader. On Linux only; the
machine should do nothing else.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.sync_api import Page, expect

from core.synthetic.scenes import render_scene
from tests.bench.opening import MOST, cpu_seconds, measure_opening
from tests.bench.page import browser_page, servers
from tests.browser.actions import WATCH_RUNS, start_dropping, wait_until_idle
from tests.browser.server import run_server

_SHOWS = """name => document.querySelector(".viewer:not([data-waiting])")
    && document.querySelector(".viewer-original [role=img]").ariaLabel.includes(name)"""

# The work of each of 200 moves, and the time from frame to frame, in milliseconds.
_DRAG = """async () => {
    %s
    const frame = () => new Promise(requestAnimationFrame), sent = window.streamlitRuns.sent;
    const work = [], apart = [];
    let last = await frame();
    for (let move = 0; move < 200; move++) {
        const begun = performance.now();
        %s
        work.push(performance.now() - begun);
        const now = await frame();
        apart.push(now - last);
        last = now;
    }
    return {work, apart, sent: window.streamlitRuns.sent - sent};
}"""
_BLEND = (
    "const slider = document.querySelector('.viewer [name=blend]');",
    "slider.value = move % 101; slider.dispatchEvent(new Event('input'));",
)
_BRUSH = (
    """const picture = document.querySelector(".viewer-original .viewer-frame");
    const {left, top, width, height} = picture.getBoundingClientRect();
    const point = (type, x, y) => picture.dispatchEvent(new PointerEvent(type, {
        bubbles: true, pointerId: 1, clientX: left + x * width, clientY: top + y * height}));
    picture.setPointerCapture = () => {};
    point("pointerdown", 0.5, 0.5);""",
    "point('pointermove', 0.5 + Math.sin(move / 25) / 2.2, 0.5 + Math.cos(move / 17) / 2.2);",
)

# Watches the next class: where its bar is; then, in `window.changed`, the milliseconds that a click
# on it works, the frames until the heatmap is another one, and the milliseconds to the last's end.
_CLASS = """() => {
    const bars = [...document.querySelectorAll(".viewer-bars input")];
    const next = bars[(bars.findIndex(bar => bar.checked) + 1) % bars.length];
    const heat = document.querySelector(".viewer-heat");
    const side = document.querySelector(".viewer-side"); // says so where there is no heat
    const seen = () => {
        const {width, height} = heat, middle = [0, Math.floor(height / 2), width, 1];
        return side.textContent + heat.getContext("2d").getImageData(...middle).data;
    };
    const before = seen();
    let begun, frames = 0;
    const begin = () => { begun = performance.now(); };
    next.addEventListener("click", begin, {capture: true, once: true});
    window.changed = new Promise(resolve => document.addEventListener("change", () => {
        const work = performance.now() - begun;
        const frame = () => {
            frames++;
            if (seen() === before) requestAnimationFrame(frame);
            else setTimeout(() => resolve([work, frames, performance.now() - begun]));
        };
        requestAnimationFrame(frame);
    }, {once: true}));
    const {x, y, width, height} = next.parentElement.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""


@dataclass(frozen=True)
class Drop:
    """A dropped photo.

    Attributes:
        pictures: CPU-seconds of the server until the pictures were shown.
        runs: That the browser had heard of by then.
        verdict: CPU-seconds until the verdict was there.
    """

    pictures: float
    runs: int
    verdict: float


def drop_photo(page: Page, server: int, seed: int) -> Drop:
    """Drop a photo of 1,024 x 768 pixels; afterwards the page is empty again."""
    name, file = f"{seed}.jpg", BytesIO()
    rgb = render_scene("Ketan", layout="scattered", height=768, width=1024, seed=seed).rgb
    Image.fromarray(rgb).save(file, "JPEG", quality=92)
    wait_until_idle(page)
    runs, before = page.evaluate("() => window.streamlitRuns.count"), cpu_seconds(server)
    start_dropping(page, {name: file.getvalue()})
    page.wait_for_function(_SHOWS, arg=name)
    pictures = cpu_seconds(server) - before
    counted = page.evaluate("() => window.streamlitRuns.count") - runs
    expect(page.locator(".st-key-said strong")).to_have_count(1)
    wait_until_idle(page)
    return Drop(pictures, counted, cpu_seconds(server) - before)


def start_over(page: Page) -> None:
    """Remove all photos."""
    page.get_by_role("button", name="Remove all photos").click()
    page.locator(".st-key-start-over-do button").click()
    page.wait_for_selector(".st-key-empty")


def main() -> None:
    """Measure, and print what was found beside what is wanted."""
    parser = argparse.ArgumentParser(description="What the viewer does, and costs.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with browser_page() as page, run_server() as url:
        page.set_viewport_size({"width": 1366, "height": 768})
        page.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        page.add_init_script(WATCH_RUNS)
        (server,) = servers()
        page.goto(url)
        page.wait_for_selector(".st-key-empty")
        drops = []
        for seed in range(rounds + 1):
            if seed:
                start_over(page)
            drops.append(drop_photo(page, server, seed))
        drag = page.evaluate(_DRAG % _BLEND)
        classes = []
        for _ in range(3 * rounds):
            page.mouse.click(*page.evaluate(_CLASS))
            classes.append(page.evaluate("() => window.changed"))
            wait_until_idle(page)
        page.locator(".viewer [name=brush]").click()
        wait_until_idle(page)
        brush = page.evaluate(_DRAG % _BRUSH)
    ours, plain = map(statistics.median, measure_opening(rounds))
    first, warm = drops[0], drops[1:]
    of = statistics.median
    rows = [
        ("blend: frames a second", f"{1000 / of(drag['apart']):.0f}", "30 at least"),
        ("blend: work of a frame, ms", f"{of(drag['work']):.2f}", "4 at most"),
        ("blend: messages while dragging", f"{drag['sent']}", "0"),
        ("brush: frames a second", f"{1000 / of(brush['apart']):.0f}", "30 at least"),
        ("brush: work of a frame, ms", f"{of(brush['work']):.2f}", "4 at most"),
        ("brush: messages while painting", f"{brush['sent']}", "0"),
        ("class: its own work, ms", f"{of(work for work, _, _ in classes):.1f}", ""),
        ("class: frames until it is shown", f"{max(frames for _, frames, _ in classes)}", "1"),
        ("class: to that frame, ms", f"{of(shown for _, _, shown in classes):.1f}", ""),
        ("drop to pictures, CPU-s", f"{of(each.pictures for each in warm):.2f}", "0.35 at most"),
        ("drop to pictures, runs", f"{of(each.runs for each in warm):.0f}", "1"),
        ("drop to verdict, CPU-s", f"{of(each.verdict for each in warm):.2f}", "1.5 at most"),
        ("the first drop: pictures, CPU-s", f"{first.pictures:.2f}", ""),
        ("the first drop: verdict, CPU-s", f"{first.verdict:.2f}", ""),
        ("opening, times a bare page", f"{ours / plain:.2f}", f"{MOST} at most"),
    ]
    print("| | found | wanted |\n|---|---|---|")
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))


if __name__ == "__main__":
    main()
