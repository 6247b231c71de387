"""Pictures to take away: at the photo's full size, drawn when they are asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.explain.explanation import Explanation
from core.explain.output_files import folder_names, provenance
from core.explain.render import render_pictures, side_by_side
from core.images.decode import read_photo
from core.images.encode import encode_png
from dashboard.components.display_options import Drawing
from dashboard.i18n.peak_location import NOWHERE, hottest
from dashboard.i18n.phrases import file_stem
from dashboard.i18n.translate import Texts
from dashboard.state.session import Entry

WHICH = ("original", "heatmap", "overlay", "panel")
"""The three pictures, and the three as one."""

Shown = tuple[Entry, Explanation, Drawing]
"""A photo, what was said of it, and how it is drawn."""


def button(say: Texts, entry: Entry, explanation: Explanation, how: Drawing, which: str) -> None:
    """Draw the button that takes one picture away; `which` is one of `WHICH`."""
    st.download_button(
        say("download.panel") if which == "panel" else say("download"),
        # Called in a thread of its own, so it must not touch the session.
        partial(render, entry.data, explanation, how, which),
        file_name=file_name(entry.name, file_stem(say, how, explanation.grid), which),
        mime="image/png",
        key=f"download-{which}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def both(say: Texts, left: Shown, right: Shown) -> None:
    """Draw the button that takes two overlays away as one picture."""
    st.download_button(
        say("download.both"),
        partial(render_both, left, right),
        file_name=both_name(say, left, right),
        mime="image/png",
        key="download-both",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def render(data: bytes, explanation: Explanation, how: Drawing, which: str) -> bytes:
    """Draw a picture at the photo's full size, as PNG that tells where it came from."""
    drawn = render_pictures(
        read_photo(data).rgb, explanation, how.target, how.blend, how.colors, how.top
    )
    whole = (
        side_by_side([drawn.original, drawn.heatmap, drawn.overlay])
        if which == "panel"
        else getattr(drawn, which)
    )
    return encode_png(whole, provenance(explanation, how.target))


def render_both(left: Shown, right: Shown) -> bytes:
    """Draw two overlays side by side, the higher one as high as the lower, as PNG."""
    drawn, about = [], dict[str, str]()
    for side, (entry, said, how) in zip(("left", "right"), (left, right), strict=True):
        made = render_pictures(
            read_photo(entry.data).rgb, said, how.target, how.blend, how.colors, how.top
        )
        nothing = hottest(said, how.target) == NOWHERE
        drawn.append(made.original if nothing else made.overlay)
        told = provenance(said, how.target)
        about |= {f"{side}: {name}": value for name, value in told.items()}
    return encode_png(side_by_side(drawn), about)


def both_name(say: Texts, left: Shown, right: Shown) -> str:
    """A harmless file name of two; what they have in common stands there once."""
    photos = [entry.name for entry, _, _ in (left, right)]
    shown = [f"{file_stem(say, how, said.grid)}.png" for _, said, how in (left, right)]
    parts = [folder_names([part])[0][:50] for part in (*photos, *shown)]
    return "_".join([*dict.fromkeys(parts), "side-by-side.png"])


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
