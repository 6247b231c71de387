"""Download buttons for pictures at full size, drawn on request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.explain.output_files import folder_names, provenance
from core.explain.render import Pictures, render_pictures, side_by_side
from core.images.decode import read_photo
from core.images.encode import encode_png
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.phrases import file_stem
from dashboard.i18n.translate import Texts
from dashboard.state.view_state import PhotoView

WHICH = ("original", "heatmap", "overlay", "panel")
"""The three pictures, and the three as one."""


def button(say: Texts, view: PhotoView, which: str) -> None:
    """Draw the button that takes one picture away; `which` is one of `WHICH`."""
    draw_button(
        say("download.panel") if which == "panel" else say("download"),
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
    drawn = _pictures(view)
    whole = (
        side_by_side([drawn.original, drawn.heatmap, drawn.overlay])
        if which == "panel"
        else getattr(drawn, which)
    )
    return encode_png(whole, provenance(view.explanation, view.target))


def render_two(left: PhotoView, right: PhotoView) -> bytes:
    """Draw two overlays side by side, the higher one as high as the lower, as PNG."""
    overlays, about = [], dict[str, str]()
    for side, view in (("left", left), ("right", right)):
        drawn = _pictures(view)
        overlays.append(drawn.original if view.peak == NOWHERE else drawn.overlay)
        facts = provenance(view.explanation, view.target)
        about |= {f"{side}: {name}": value for name, value in facts.items()}
    return encode_png(side_by_side(overlays), about)


def _pictures(view: PhotoView) -> Pictures:
    rgb = read_photo(view.entry.data).rgb
    return render_pictures(rgb, view.explanation, view.target, view.blend, view.colors, view.top)


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
