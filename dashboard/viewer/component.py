"""The viewer as a component of the page: content in, the visitor's choices out.

What is dragged or clicked is shown by the browser alone; the server hears of a choice when it is
let go. A message names the choices only as news: the browser keeps its own while the revision is
the same, so an answer that comes late undoes nothing, and the same pictures are not sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

import streamlit as st

from dashboard.state.callback import guarded
from dashboard.viewer.payload import Parts, pack

_HERE = Path(__file__).parent
_SCRIPTS = (
    *("message.js", "paint.js", "zoom.js", "controls.js", "side.js"),
    *("brush.js", "measure.js", "tools.js", "viewer.js"),
)
_mount = st.components.v2.component(
    "rice_lens_viewer",
    css=(_HERE / "viewer.css").read_text("utf-8"),
    js="\n".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS),
    isolate_styles=False,
)

Choices = Mapping[str, Any]

# The page's words change at once, the viewer a moment later: what is of another photo is not seen.
_ONLY = """<style>
.viewer[data-key="{key}"]:not([data-shows="{shows}"]) > * {{ visibility: hidden; }}
</style>"""


def draw_viewer(
    content: tuple[dict[str, Any], Parts],
    choices: Choices,
    on_choose: Callable[[Choices], Choices],
    on_step: Callable[[int], None] = lambda by: None,
    key: str = "viewer",
) -> None:
    """Draw a viewer.

    Args:
        content: A header and its parts, as of `content.photo_content` or `content.pair_content`.
        choices: What is chosen now.
        on_choose: Called with what the browser names, which may be anything; makes it the choice
            and returns what then is chosen.
        on_step: Called with 1 for the next photo, -1 for the one before.
        key: Unlike any other viewer's.
    """
    header, parts = content
    st.html(_ONLY.format(key=key, shows=header["shows"]))
    _mount(
        key=key,
        data=pack({**header, "key": key, **_news(key, choices)}, parts),
        on_choices_change=guarded(_hear(key, on_choose)),
        on_step_change=guarded(_hear_step(key, on_step)),
    )


def _news(key: str, choices: Choices) -> dict[str, Any]:
    """The revision, the choices in it, and which of them the server made.

    There is a new one only where the choices are not those that the browser has or named last; the
    browser keeps its own of those that are no news, if it has heard of the revision before.
    """
    state = st.session_state
    told, known = state.get(f"{key}-revision", ({"revision": ""}, None))
    if choices != known:
        news = [name for name in choices if known is None or choices[name] != known.get(name)]
        before, revision = told["revision"], token_hex(4)
        told = {"revision": revision, "before": before, "news": news, "choices": dict(choices)}
        known = dict(choices)
    state[f"{key}-revision"] = told, known
    return dict(told)


def _hear(key: str, on_choose: Callable[[Choices], Choices]) -> Callable[[], None]:
    def hear() -> None:
        state = st.session_state
        chosen = on_choose(state[key]["choices"])
        told, _ = state.get(f"{key}-revision", ({"revision": ""}, None))
        state[f"{key}-revision"] = told, dict(chosen)

    return hear


def _hear_step(key: str, on_step: Callable[[int], None]) -> Callable[[], None]:
    def hear() -> None:
        by = st.session_state[key]["step"]
        if by in (-1, 1):
            on_step(by)

    return hear
