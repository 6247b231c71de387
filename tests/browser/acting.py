"""What a visitor does on the page, and what the browser shows."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from core.explain.explanation import Explanation
from core.explain.render import Pictures, Pixels, render_pictures
from core.images.decode import read_photo

DROP = """async ([zone, files]) => {
    const carried = new DataTransfer();
    for (const [name, data] of files) {
        const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
        carried.items.add(new File([bytes], name, {type: "image/jpeg"}));
    }
    for (const type of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(type, {dataTransfer: carried, bubbles: true}));
        await new Promise(later => setTimeout(later, 50));
    }
}"""

# Texts that are cut off, or that reach beyond the screen; the strip may be scrolled.
OVERFLOWING = """() => [...document.querySelectorAll(".stMain *")].filter(element => {
    const own = [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim());
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!own || box.width < 2 || element.closest(".st-key-strip, [data-testid=stIconMaterial]"))
        return false;
    return box.right > innerWidth + 1
        || style.overflowX == "hidden" && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 200))"""


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Drop files onto the page, and wait until all that can be explained is."""
    settle(page)  # while the page is being drawn, its drop zone may be put elsewhere
    zone = page.locator(".st-key-inbox [data-testid=stFileUploaderDropzone]").element_handle()
    coded = [(name, base64.b64encode(data).decode()) for name, data in files.items()]
    page.evaluate(DROP, [zone, coded])
    page.wait_for_selector(".st-key-pictures")
    expect(page.locator(".stProgress")).to_have_count(0)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the server has said all it has to say."""
    page.wait_for_selector(".stApp[data-test-script-state=notRunning]")


def picture(page: Page, which: str) -> Pixels:
    """The picture that the browser shows."""
    column = page.locator(f".stColumn:has(.st-key-title-{which}) img").first
    data = page.request.get(column.evaluate("image => image.src")).body()
    return pixels(data)


def pixels(data: bytes) -> Pixels:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def download(page: Page, which: str) -> tuple[str, Pixels]:
    settle(page)
    with page.expect_download() as started:
        page.locator(f".st-key-download-{which} button").click()
    return started.value.suggested_filename, pixels(Path(started.value.path()).read_bytes())


def set_blend(page: Page, key: str, per_cent: int) -> None:
    page.locator(".st-key-blend").get_by_role("slider").press(key)
    expect(page.get_by_text(f"Photo with {per_cent} % heatmap")).to_be_visible()


def choose(page: Page, key: str, label: str) -> None:
    page.locator(f".st-key-{key} button", has_text=re.compile(f"^{re.escape(label)}$")).click()


def drawn(data: bytes, explanation: Explanation, target: str, blend: float) -> Pictures:
    return render_pictures(read_photo(data).rgb, explanation, target, blend)
