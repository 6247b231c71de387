"""Many visitors at once: `python -m tests.bench.visitors [--count 10] [--gone 150]`.

So many browser pages open the page together; once all have it, each drops a photo of its own, all
together. Printed: seconds from opening to the page, and from the drop to the three pictures (median
and 95th percentile), answers that are not what `core` says of the visitor's own photo, and the
server's memory before, at most, and so many seconds after all have gone. The browser shares the
machine with the server: other visitors' browsers do not. Exit code 1 for a wrong answer.

A closed visit is kept for one minute here, not ten; Streamlit keeps one for two.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from core.images.decode import PREVIEW, read_photo
from core.models.registry import MODELS
from core.synthetic.scenes import VARIETIES, render_scene
from dashboard.i18n.translate import Texts
from dashboard.work.model_pool import installed_models
from tests.bench.page import DRAWN, browser_path, servers
from tests.bench.uploads import resident
from tests.browser.actions import DROP
from tests.browser.server import ROOT, run_server

_PATIENCE = 600_000  # milliseconds
_ZONE = ".st-key-inbox [data-testid=stFileUploaderDropzone]"
_SHORT_VISITS = """
import runpy, sys
sys.path.insert(0, {root!r})
from dashboard.state import session_store
session_store.MINUTES, session_store._ROUND = 1, 5
runpy.run_path({root!r} + "/dashboard/app.py", run_name="__main__")
"""


@dataclass(frozen=True)
class Visitor:
    """A visitor's photo, and the answer that `core` gives."""

    name: str
    data: bytes
    answer: str


@dataclass(frozen=True)
class Crowd:
    """What so many visitors waited for and saw.

    Attributes:
        opening: Seconds of each from opening to the page,
        pictures: and from the drop to the three pictures.
        wrong: What a visitor saw that is not of its own photo.
        memory: The server's megabytes before, at most, and after all have gone.
    """

    opening: Sequence[float]
    pictures: Sequence[float]
    wrong: Sequence[str]
    memory: tuple[float, float, float]


def visitors(count: int) -> list[Visitor]:
    """So many visitors, each with another photo."""
    explainer, say = installed_models(MODELS)[0].load().explainer, Texts("en")
    found = []
    for number in range(count):
        variety = list(VARIETIES)[number % len(VARIETIES)]
        scene = render_scene(variety, layout="scattered", height=480, width=640, seed=number)
        file = BytesIO()
        Image.fromarray(scene.rgb).save(file, "JPEG", quality=90)
        (explained,) = explainer.explain([read_photo(file.getvalue(), longest=PREVIEW)])
        answer = say.plain(
            "answer",
            predicted=say.of_class(explained.predicted, explainer.card),
            score=say.percent(float(explained.scores.max())),
        )
        found.append(Visitor(f"visitor-{number}.jpg", file.getvalue(), answer))
    return found


def measure_visitors(those: Sequence[Visitor], gone: float) -> Crowd:
    """Let visitors come together, drop their photos together, and go."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "short_visits.py"
        script.write_text(_SHORT_VISITS.format(root=str(ROOT)), "utf-8")
        with run_server(script=script) as address:
            return asyncio.run(_come_and_go(address, those, gone))


async def _come_and_go(address: str, those: Sequence[Visitor], gone: float) -> Crowd:
    memory = [_memory()]
    watching = asyncio.create_task(_watch(memory))
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        pages = [await _new_page(browser) for _ in those]
        opening = await asyncio.gather(*(_open(page, address) for page in pages))
        pairs = [*zip(pages, those, strict=True)]
        pictures = await asyncio.gather(*(_drop(page, visitor) for page, visitor in pairs))
        wrong = [each for page, visitor in pairs for each in await _mistakes(page, visitor)]
        await browser.close()
    await asyncio.sleep(gone)
    watching.cancel()
    return Crowd(opening, pictures, wrong, (memory[0], max(memory), _memory()))


async def _new_page(browser: Browser) -> Page:
    page = await (await browser.new_context(locale="en-US")).new_page()
    page.set_default_timeout(_PATIENCE)
    return page


async def _open(page: Page, address: str) -> float:
    began = time.perf_counter()
    await page.goto(address)
    await page.wait_for_selector(".st-key-empty")
    await page.wait_for_selector(_ZONE)
    return time.perf_counter() - began


async def _drop(page: Page, visitor: Visitor) -> float:
    zone = await page.query_selector(_ZONE)
    began = time.perf_counter()
    files = [(visitor.name, base64.b64encode(visitor.data).decode())]
    await page.evaluate(DROP, [zone, files])
    await page.wait_for_function(DRAWN)
    return time.perf_counter() - began


async def _mistakes(page: Page, visitor: Visitor) -> list[str]:
    name = await page.locator(".st-key-way .stText").first.inner_text()
    answer = (await page.locator(".st-key-answer h2").inner_text()).replace("\u2060", "")
    return [each for each in (name, answer) if each not in (visitor.name, visitor.answer)]


def _memory() -> float:
    return sum(map(resident, servers()))


async def _watch(memory: list[float]) -> None:
    while True:
        memory.append(_memory())
        await asyncio.sleep(0.5)


def _spread(seconds: Iterable[float]) -> str:
    median, most = np.percentile([*seconds], [50, 95])
    return f"p50 {median:.1f} s, p95 {most:.1f} s"


def main() -> int:
    """Measure, and say what they waited for."""
    parser = argparse.ArgumentParser(description=__doc__.split(":", 1)[0])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--gone", type=float, default=150)
    options = parser.parse_args()
    crowd = measure_visitors(visitors(options.count), options.gone)
    before, most, after = crowd.memory
    print(f"{options.count} visitors, opening: {_spread(crowd.opening)}")
    print(f"drop to pictures: {_spread(crowd.pictures)}")
    print(f"wrong answers: {len(crowd.wrong)}", *crowd.wrong)
    print(f"server: {before:.0f} MB before, {most:.0f} at most, {after:.0f} after they have gone")
    return int(bool(crowd.wrong))


if __name__ == "__main__":
    sys.exit(main())
