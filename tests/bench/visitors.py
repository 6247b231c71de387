"""Many visitors at once: `python -m tests.bench.visitors [--count 10] [--rounds 1] [--gone 150]`.

So many visitors open the page together; once all have it, each drops a photo of its own, all
together. Printed of each round, in one server: seconds from opening to the page, and from the drop
to the viewer's pictures and to the verdict (median and 95th percentile), who has not got that far,
the server's CPU-seconds for each visitor, what is not what `core` makes of the visitor's own photo,
and the server's memory before, at most, and so many seconds after all have gone. The visitors speak
the page's protocol and draw nothing: what a browser needs comes on top. Exit code 1 for a wrong
answer or a missing one.

A closed visit is kept for one minute here, not ten; Streamlit keeps one for two.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import inf
from pathlib import Path

import numpy as np
from PIL import Image
from websockets.exceptions import WebSocketException

from core.explain.render import heat_on_photo
from core.images.decode import PREVIEW, read_photo
from core.images.encode import encode_png
from core.models.registry import MODELS
from core.synthetic.scenes import VARIETIES, render_scene
from dashboard.i18n.translate import Texts
from dashboard.viewer.payload import unpack
from dashboard.work.model_pool import installed_models
from dashboard.work.photo_previews import jpeg
from tests.bench.opening import cpu_seconds
from tests.bench.page import servers
from tests.bench.page_client import PageClient
from tests.bench.uploads import resident
from tests.browser.server import ROOT, run_server

_PATIENCE = 600  # seconds
_SAY = Texts("en")
_SHORT_VISITS = """
import runpy, sys
sys.path.insert(0, {root!r})
from dashboard.state import session_store
session_store.MINUTES, session_store._ROUND = 1, 5
runpy.run_path({root!r} + "/dashboard/app.py", run_name="__main__")
"""


@dataclass(frozen=True)
class Visitor:
    """A visitor's photo, and what `core` makes of it: the answer, the preview, the map's levels."""

    name: str
    data: bytes
    answer: str
    pictures: Mapping[str, bytes]


@dataclass(frozen=True)
class Crowd:
    """What so many visitors waited for and got.

    Attributes:
        opening: Seconds of each from opening to the page, infinite where it did not come;
        pictures: from the drop to the viewer's pictures;
        verdict: from the drop to what the model looks at.
        wrong: What a visitor got that is not of its own photo.
        cost: The server's CPU-seconds until all have the page, and from there to the last verdict.
        memory: The server's megabytes before, at most, and after all have gone.
    """

    opening: Sequence[float]
    pictures: Sequence[float]
    verdict: Sequence[float]
    wrong: Sequence[str]
    cost: tuple[float, float]
    memory: tuple[float, float, float]


def visitors(count: int) -> list[Visitor]:
    """So many visitors, each with another photo."""
    explainer = installed_models(MODELS)[0].load().explainer
    found = []
    for number in range(count):
        variety = list(VARIETIES)[number % len(VARIETIES)]
        scene = render_scene(variety, layout="scattered", height=480, width=640, seed=number)
        file = BytesIO()
        Image.fromarray(scene.rgb).save(file, "JPEG", quality=90)
        photo = read_photo(file.getvalue(), longest=PREVIEW)
        (explained,) = explainer.explain([photo])
        answer = _SAY(
            "answer",
            predicted=_SAY.of_class(explained.predicted, explainer.card),
            score=_SAY.percent(float(explained.scores.max())),
        )
        grid = explained.map(explained.predicted)
        heat = heat_on_photo(grid, explained.placement, photo.rgb.shape[:2])
        pictures = {"photo": jpeg(photo.rgb), "levels": encode_png(heat.levels)}
        found.append(Visitor(f"visitor-{number}.jpg", file.getvalue(), answer, pictures))
    return found


def measure_visitors(those: Sequence[Visitor], rounds: int, gone: float) -> Iterator[Crowd]:
    """Let visitors come together, drop their photos together, and go; so many times."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "short_visits.py"
        script.write_text(_SHORT_VISITS.format(root=str(ROOT)), "utf-8")
        with run_server(script=script) as address:
            for _ in range(rounds):
                yield asyncio.run(_come_and_go(address, those, gone))


async def _come_and_go(address: str, those: Sequence[Visitor], gone: float) -> Crowd:
    memory = [_memory()]
    watching = asyncio.create_task(_watch(memory))
    pages = [PageClient(address) for _ in those]
    spent = [_spent()]
    opening = await asyncio.gather(*(_seconds(page.open()) for page in pages))
    spent.append(_spent())
    visits = zip(pages, those, opening, strict=True)
    came = [(page, visitor) for page, visitor, took in visits if took < inf]
    dropped = await asyncio.gather(*(_drop(*pair) for pair in came))
    spent.append(_spent())
    answered = [pair for pair, took in zip(came, dropped, strict=True) if max(took) < inf]
    wrong = [each for pair in answered for each in _mistakes(*pair)]
    await asyncio.gather(*(page.close() for page, _ in came))
    print(f"All have gone; waiting for {gone:.0f} s.", file=sys.stderr, flush=True)
    await asyncio.sleep(gone)
    watching.cancel()
    cost = spent[1] - spent[0], spent[2] - spent[1]
    pictures, verdict = zip(*dropped, strict=True)
    memory_of = memory[0], max(memory), _memory()
    return Crowd(opening, pictures, verdict, wrong, cost, memory_of)


async def _seconds(does: Coroutine[None, None, None]) -> float:
    """How long it takes; infinitely where it fails, or takes too long."""
    began = time.perf_counter()
    try:
        await asyncio.wait_for(does, _PATIENCE)
    except (OSError, TimeoutError, asyncio.TimeoutError, WebSocketException) as error:
        print(repr(error), file=sys.stderr)
        return inf
    return time.perf_counter() - began


async def _drop(page: PageClient, visitor: Visitor) -> tuple[float, float]:
    """Seconds from the drop to the pictures, and to the verdict."""

    async def see_pictures() -> None:
        await page.drop(visitor.name, visitor.data)
        await page.wait_until(lambda: _pictures(page))

    pictures = await _seconds(see_pictures())
    return pictures, pictures + await _seconds(page.wait_until(lambda: page.idle))


def _pictures(page: PageClient) -> dict[str, bytes]:
    """What the viewer on the page was sent; nothing before it is there."""
    for element in page.elements.values():
        if element.WhichOneof("type") == "bidi_component" and element.bidi_component.bytes:
            header, parts = unpack(element.bidi_component.bytes)
            (side,) = header["sides"]
            levels = side["maps"][side["usual"]]["levels"]
            return {"photo": parts[side["photo"]], "levels": parts[levels]}
    return {}


def _mistakes(page: PageClient, visitor: Visitor) -> list[str]:
    elements = page.elements.values()
    wrong = [
        which
        for which in (visitor.name, visitor.answer)
        if not any(which in (element.text.body, element.heading.body) for element in elements)
    ]
    got = _pictures(page)
    return wrong + [
        f"{visitor.name}: {which}" for which in got if got[which] != visitor.pictures[which]
    ]


def _memory() -> float:
    return sum(map(resident, servers()))


def _spent() -> float:
    return sum(map(cpu_seconds, servers()))


async def _watch(memory: list[float]) -> None:
    while True:
        memory.append(_memory())
        await asyncio.sleep(0.5)


def _spread(seconds: Sequence[float]) -> str:
    came = [each for each in seconds if each < inf]
    median, most = np.percentile(came or [inf], [50, 95])
    return f"p50 {median:.1f} s, p95 {most:.1f} s, {len(seconds) - len(came)} never"


def main() -> int:
    """Measure, and say what they waited for."""
    parser = argparse.ArgumentParser(description=__doc__.split(":", 1)[0])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--gone", type=float, default=150)
    options = parser.parse_args()
    failed = False
    for crowd in measure_visitors(visitors(options.count), options.rounds, options.gone):
        before, most, after = crowd.memory
        opening, answers = (1000 * cost / options.count for cost in crowd.cost)
        print(f"{options.count} visitors, opening: {_spread(crowd.opening)}")
        print(f"drop to pictures: {_spread(crowd.pictures)}, to verdict: {_spread(crowd.verdict)}")
        print(f"CPU-time of each: {opening:.0f} ms opening, {answers:.0f} ms from drop to verdict")
        print(f"wrong answers: {len(crowd.wrong)}", *crowd.wrong)
        print(f"server: {before:.0f} MB before, {most:.0f} at most, {after:.0f} after", flush=True)
        failed |= bool(crowd.wrong) or inf in (*crowd.opening, *crowd.verdict)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
