"""What a visitor does on the page, what the browser shows, and when the page has settled."""

from __future__ import annotations

import base64
import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.explain.explanation import Explanation
from core.explain.render import Pictures, Pixels, render_pictures
from core.images.decode import read_photo
from dashboard.i18n.translate import Texts

EXPORT = ".st-key-review-export button:visible"
WIDTHS = (390, 1024, 1440)
"""Of a phone, a tablet and a desk, in CSS pixels."""

DROP = """async ([zone, files]) => {
    const carried = new DataTransfer();
    for (const [name, data] of files) {
        const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
        carried.items.add(new File([bytes], name, {type: "image/jpeg"}));
    }
    for (const type of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(type, {dataTransfer: carried, bubbles: true}));
        await new Promise(requestAnimationFrame);
    }
}"""

# Listens to the page's WebSocket: whether the script was asked to run, and whether it has run since
# then. The messages are protocol buffers, of which the outer field tells the kind. Numbers of
# Streamlit's BackMsg and ForwardMsg: 11 asks for a run, 4 begins one, 6 ends one (2: another one
# follows at once). `sent` counts what the browser sends, `count` the runs. While `held` is a list,
# no run that begins is heard of: it is kept there, with all that follows.
WATCH_RUNS = """(() => {
    const counts = {sent: 0, count: 0};
    const runs = window.streamlitRuns = {asked: 0, begun: 0, running: true, held: null, ...counts};
    const fields = function* (bytes) {
        let at = 0;
        const varint = () => {
            let value = 0, scale = 1;
            for (; bytes[at] > 127; scale *= 128) value += (bytes[at++] & 127) * scale;
            return value + bytes[at++] * scale;
        };
        while (at < bytes.length) {
            const tag = varint(), value = varint();
            yield [tag >> 3, value];
            if ((tag & 7) == 2) at += value;
        }
    };
    window.WebSocket = class extends WebSocket {
        constructor(...how) {
            super(...how);
            this.addEventListener("message", event => {
                const told = [...fields(new Uint8Array(event.data))];
                const begins = told.some(([field]) => field == 4);
                if (event.isTrusted && runs.held && (runs.held.length || begins)) {
                    event.stopImmediatePropagation();
                    const ends = told.some(([field]) => field == 6);
                    runs.held.push({socket: this, data: event.data, ends});
                    return;
                }
                for (const [field, value] of told) {
                    if (field == 4) Object.assign(runs, {begun: performance.now(), running: true});
                    if (field == 4) runs.count++;
                    if (field == 6) runs.running = value == 2;
                }
            });
        }
        send(data) {
            runs.sent++;
            for (const [field] of fields(new Uint8Array(data)))
                if (field == 11) runs.asked = performance.now();
            super.send(data);
        }
    };
})()"""

_LET_ONE_RUN = """() => {
    const {held} = window.streamlitRuns;
    for (const {socket, data} of held.splice(0, held.findIndex(message => message.ends) + 1))
        socket.dispatchEvent(new MessageEvent("message", {data}));
}"""
_LET_ALL = """() => {
    const {held} = window.streamlitRuns;
    window.streamlitRuns.held = null;
    for (const {socket, data} of held) socket.dispatchEvent(new MessageEvent("message", {data}));
}"""

# Whether the script has run to its end and asks for no more, all it drew is there, and neither a
# picture nor what draws a control is on its way, for as many animation frames as React needs to
# show it.
_IDLE = """call => {
    const runs = window.streamlitRuns, app = document.querySelector(".stApp");
    const idle = runs.begun >= runs.asked && !runs.running
        && app?.dataset.testScriptState == "notRunning"
        && !document.querySelector("[data-stale=true], .st-key-working, [data-testid=stSkeleton],"
            + ".st-key-pictures:not(:has(.viewer)), .viewer[data-waiting]")
        && [...document.images].every(image => image.complete || image.loading == "lazy");
    if (runs.call != call) Object.assign(runs, {call, frames: 0});
    runs.frames = idle ? runs.frames + 1 : 0;
    return runs.frames > 4;
}"""

# Whether the layout has been the same for some animation frames.
_STILL = """call => {
    const here = window.streamlitRuns;
    const boxes = [...document.querySelectorAll(".stMain *")].map(element => {
        const {x, y, width, height} = element.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
    }).join();
    if (here.call != call) Object.assign(here, {call, frames: 0});
    here.frames = boxes == here.boxes ? here.frames + 1 : 0;
    here.boxes = boxes;
    return here.frames > 9;
}"""

# Texts that are cut off, or that reach beyond the screen; the strip may be scrolled.
_OVERFLOWING = """() => [...document.querySelectorAll(".stMain *")].filter(element => {
    const own = [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim());
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!own || box.width < 2 || element.closest(".st-key-strip, [data-testid=stIconMaterial]"))
        return false;
    return box.right > innerWidth + 1
        || style.overflowX == "hidden" && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 200))"""

# A picture of the viewer as PNG, at the size of its layers.
_READ_LAYERS = """picture => {
    const layers = [...picture.querySelectorAll("img, canvas")].filter(layer => !layer.hidden);
    const [{naturalWidth, naturalHeight, width, height}] = layers;
    const canvas = document.createElement("canvas");
    canvas.width = naturalWidth ?? width;
    canvas.height = naturalHeight ?? height;
    const context = canvas.getContext("2d");
    for (const layer of layers) {
        context.globalAlpha = getComputedStyle(layer).opacity;
        context.drawImage(layer, 0, 0, canvas.width, canvas.height);
    }
    return canvas.toDataURL("image/png");
}"""

_calls = count()


def wait_until_idle(page: Page) -> None:
    """Wait until the server has answered all that was asked, and the browser shows it."""
    page.wait_for_function(_IDLE, arg=next(_calls))


def wait_until_still(page: Page) -> None:
    """Wait until the page is idle, and nothing on it moves any more."""
    wait_until_idle(page)
    page.wait_for_function(_STILL, arg=next(_calls))


@contextmanager
def runs_held(page: Page) -> Iterator[None]:
    """Keep what the server answers from the browser; in the end it hears all of it."""
    wait_until_idle(page)
    page.evaluate("() => { window.streamlitRuns.held = []; }")
    yield
    page.evaluate(_LET_ALL)


def wait_for_held_run(page: Page) -> None:
    """Wait until there is the answer of a whole run."""
    page.wait_for_function("() => window.streamlitRuns.held.some(message => message.ends)")


def let_one_run(page: Page) -> None:
    """Let the browser hear of the first run that is held."""
    wait_for_held_run(page)
    page.evaluate(_LET_ONE_RUN)


def drop_files(page: Page, files: dict[str, bytes]) -> None:
    """Drop files onto the page, and wait until all that can be explained is."""
    wait_until_idle(page)  # while the page is being drawn, its drop zone may be put elsewhere
    start_dropping(page, files)
    page.wait_for_selector(".st-key-pictures")
    expect(page.locator(".stProgress")).to_have_count(0)
    wait_until_idle(page)


def start_dropping(page: Page, files: dict[str, bytes]) -> None:
    """Drop files onto the page, and wait for nothing."""
    zone = page.locator(".st-key-inbox [data-testid=stFileUploaderDropzone]").element_handle()
    coded = [(name, base64.b64encode(data).decode()) for name, data in files.items()]
    page.evaluate(DROP, [zone, coded])


def choose_option(page: Page, key: str, label: str) -> None:
    """Press the button of that label among the options of a control."""
    page.locator(f".st-key-{key} button", has_text=re.compile(f"^{re.escape(label)}$")).click()


def switch_language(page: Page, language: str) -> None:
    """Switch the page to a language, unless it speaks it already."""
    say, header = Texts(language), page.locator(".st-key-header")
    if say.plain("tagline") not in header.inner_text():
        choose_option(page, "language", say.plain("language.own_name"))
        expect(header).to_contain_text(say.plain("tagline"))
        wait_until_idle(page)


def choose_class(page: Page, name: str) -> None:
    """Press the score bar of a class."""
    page.locator(".viewer-bars label", has_text=name).click()
    wait_until_idle(page)


def set_blend(page: Page, key: str, per_cent: int) -> None:
    """Move the slider of the blend by a key, to that share of heatmap."""
    page.locator(".viewer [name=blend]").press(key)
    expect(page.get_by_text(f"Photo with {per_cent}% heatmap")).to_be_visible()
    wait_until_idle(page)


def read_picture(page: Page, which: str) -> Pixels:
    """The original, heatmap or overlay, as the viewer has it: its layers, one over another."""
    page.wait_for_selector(".viewer:not([data-waiting])")
    return read_layers(page.locator(f".viewer-{which} .viewer-picture"))


def read_layers(picture: Locator) -> Pixels:
    """A picture of the viewer: its layers, one over another."""
    address = picture.evaluate(_READ_LAYERS)
    return decode_image(base64.b64decode(address.partition(",")[2]))


def decode_image(data: bytes) -> Pixels:
    """The pixels of a JPEG or PNG."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def download_file(page: Page, button: Locator) -> tuple[str, bytes]:
    """Press a button of a download; the file's name and content."""
    wait_until_idle(page)
    expect(button).to_be_enabled()
    with page.expect_download() as started:
        button.click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def download_picture(page: Page, which: str) -> tuple[str, Pixels]:
    """Download a picture; the file's name, and its pixels."""
    name, data = download_file(page, page.locator(f".st-key-download-{which} button"))
    return name, decode_image(data)


def draw_expected(data: bytes, explanation: Explanation, target: str, blend: float) -> Pictures:
    """The pictures that `core` draws of a photo."""
    return render_pictures(read_photo(data).rgb, explanation, target, blend)


def open_review(page: Page) -> None:
    """Look at all photos, and wait until all are reviewed."""
    page.locator("[class*=st-key-mode-] button").nth(1).click()
    page.wait_for_selector("[data-testid=stDataFrame]")
    wait_for_review(page)


def wait_for_review(page: Page) -> None:
    """Wait until all photos are reviewed."""
    expect(page.locator(".st-key-review-progress")).to_have_count(0)
    wait_until_idle(page)
    expect(page.locator(EXPORT).first).to_be_enabled()


def download_export(page: Page) -> dict[str, bytes]:
    """Download a review; its files by their names in its folder."""
    _, data = download_file(page, page.locator(EXPORT).first)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def read_rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    """The rows of a table in a review's export."""
    return list(csv.DictReader(StringIO(files[name].decode("utf-8-sig"))))


def check_all_is_japanese(page: Page) -> None:
    """Assert that no English words are left on a Japanese page, but for its name."""
    text = page.locator(".stMain").inner_text().replace("add icon", "")  # for screen readers
    foreign = re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})+", text)
    assert set(foreign) <= {"Rice Lens"}, "English is left on the Japanese page"


def check_nothing_is_cut_off(page: Page, widths: Iterable[int] = WIDTHS) -> None:
    """Assert that at each width all texts are whole, and nothing makes the page scroll sideways."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        wait_until_still(page)
        assert page.evaluate(_OVERFLOWING) == [], f"cut off at {width} pixels"
        sides = page.locator(".stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert sides[0] <= sides[1], f"scrolls sideways at {width} pixels"
