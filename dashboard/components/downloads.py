"""Download buttons for pictures at full size, drawn on request."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import streamlit as st

from core.explain.output_files import folder_names, provenance
from core.explain.render import (
    DRAWING_BYTES,
    Pictures,
    Pixels,
    colorize,
    heat_on_photo,
    render_pictures,
    side_by_side,
)
from core.images.decode import read_photo
from core.images.encode import encode_png
from core.images.memory_budget import DECODERS
from core.images.resize import scaled_size
from core.images.size_limits import drawn_scale
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.phrases import file_stem
from dashboard.i18n.translate import Texts
from dashboard.state.view_state import PhotoView

WHICH = ("original", "heatmap", "overlay", "panel")
"""The three pictures, and the three as one."""


def button(say: Texts, view: PhotoView, which: str) -> None:
    """Draw the button that takes one picture away; `which` is one of `WHICH`."""
    draw_button(
        say(f"download.{which}" if which == "panel" else f"picture.{which}"),
        partial(render, view, which),
        file_name(view.entry.name, _shown(say, view), which),
        which,
    )


def button_of_two(say: Texts, left: PhotoView, right: PhotoView) -> None:
    """Draw the button that takes two overlays away as one picture."""
    name = name_of_two(say, left, right)
    draw_button(say("download.both"), partial(render_two, left, right), name, "both")


def draw_button(
    label: str, data: Callable[[], bytes] | str, name: str, key: str, mime: str = "image/png"
) -> None:
    """Draw a button that downloads a file.

    Args:
        label: As Markdown.
        data: The file; or what makes it in a thread of its own, so it must not touch the session.
        name: The file's.
        key: The button's, after "download-".
        mime: The file's type.
    """
    st.download_button(
        label,
        data,
        file_name=name,
        mime=mime,
        key=f"download-{key}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def render(view: PhotoView, which: str) -> bytes:
    """Draw a picture at the photo's full size, as PNG that tells where it came from."""
    with _room_for(view):
        return encode_png(_draw(view, which), provenance(view.explanation, view.target))


def _draw(view: PhotoView, which: str) -> Pixels:
    if which == "original":
        return _photo(view)
    if which == "heatmap":
        height, width = view.explanation.placement.photo
        size = scaled_size(height, width, drawn_scale(width, height))
        grid, placement = view.explanation.map(view.target), view.explanation.placement
        return colorize(heat_on_photo(grid, placement, size[::-1], view.top), view.colors)
    if which == "overlay":
        return _pictures(view).overlay
    drawn = _pictures(view, parts=2)
    return side_by_side([drawn.original, drawn.heatmap, drawn.overlay])


def render_two(left: PhotoView, right: PhotoView) -> bytes:
    """Draw two overlays side by side, the higher one as high as the lower, as PNG."""
    about = dict[str, str]()
    for side, view in (("left", left), ("right", right)):
        facts = provenance(view.explanation, view.target)
        about |= {f"{side}: {name}": value for name, value in facts.items()}
    with _room_for(left, right):
        return encode_png(side_by_side([_draw_half(left), _draw_half(right)]), about)


def _draw_half(view: PhotoView) -> Pixels:
    drawn = _pictures(view, parts=2)
    return drawn.original if view.peak == NOWHERE else drawn.overlay


def _room_for(*views: PhotoView) -> AbstractContextManager[None]:
    """Memory for drawing; several that are downloaded at once wait for each other."""
    pixels = sum(math.prod(view.explanation.placement.photo) for view in views)
    return DECODERS.reserve(DRAWING_BYTES * pixels)


def _photo(view: PhotoView, parts: int = 1) -> Pixels:
    height, width = view.explanation.placement.photo
    longest = max(1, round(max(height, width) * drawn_scale(width, height, parts)))
    return read_photo(view.entry.data, longest=longest).rgb


def _pictures(view: PhotoView, parts: int = 1) -> Pictures:
    rgb, shown = _photo(view, parts), view.explanation
    return render_pictures(rgb, shown, view.target, view.blend, view.colors, view.top)


def name_of_two(say: Texts, left: PhotoView, right: PhotoView) -> str:
    """A harmless file name of two; what they have in common stands there once."""
    views = left, right
    names = [*(each.entry.name for each in views), *(f"{_shown(say, each)}.png" for each in views)]
    parts = [folder_names([name])[0][:50] for name in names]
    return "_".join([*dict.fromkeys(parts), "side-by-side.png"])


def _shown(say: Texts, view: PhotoView) -> str:
    return file_stem(say, view.request, view.target, view.explanation.grid)


def file_name(name: str, shown: str, which: str) -> str:
    """A harmless file name from strangers' words.

    Args:
        name: The photo's.
        shown: What the picture shows.
        which: One of `WHICH`.

    Example:
        >>> file_name("../IMG 1.jpg", "Basmati", "heatmap")
        'IMG 1_Basmati_heatmap.png'
    """
    stem, of_class = folder_names([name])[0], folder_names([f"{shown}.png"])[0]
    return f"{stem}_{which}.png" if which == "original" else f"{stem}_{of_class}_{which}.png"
