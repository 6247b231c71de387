"""Strip of all photos with their predictions, the one way from photo to photo."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.i18n.translate import Texts
from dashboard.state import controls
from dashboard.state.callback import guarded, once_a_click
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.work.model_pool import Model

PAGE = 12
_TILE = 104  # pixels
# The strip alone is scrolled, never the page.
_REVEAL = """<script>(() => {{
    const tile = document.querySelector(".st-key-strip > * > .st-key-tile-on-{sha256}");
    if (!tile) return;
    const strip = tile.closest(".st-key-strip"), around = strip.getBoundingClientRect();
    const {{left, right}} = tile.getBoundingClientRect();
    if (left < around.left || right > around.right)
        strip.scrollLeft += (left + right - around.left - around.right) / 2;
}})()</script>"""


def draw(say: Texts, session: Session, model: Model) -> None:
    """Draw the page of photos in which the one in view lies, and the way to the others."""
    entries = session.ordered(model.key)
    order = [entry.sha256 for entry in entries]
    place = order.index(session.selected)
    first = place - place % PAGE
    with st.container(key="photos", horizontal=True, vertical_alignment="center"):
        _draw_tiles(say, session, model, entries[first : first + PAGE] if len(order) > 1 else [])
        _draw_way(say, session, entries, place)
        st.html(
            _REVEAL.format(sha256=session.selected[:16]),
            unsafe_allow_javascript=True,  # the tile of the photo in view comes into sight
        )


def _draw_tiles(say: Texts, session: Session, model: Model, entries: Sequence[Entry]) -> None:
    with st.container(key="strip", horizontal=True, gap="small"):
        for entry in entries:
            _tile(say, session, entry, model)


def _draw_way(say: Texts, session: Session, entries: Sequence[Entry], place: int) -> None:
    """Draw the name of the photo in view, and the steps to others."""
    order = [entry.sha256 for entry in entries]
    first = place - place % PAGE
    with st.container(key="way", horizontal=True, vertical_alignment="center", gap="small"):
        entry = entries[place]
        rendered = say.plain("rendered", variety=say.named(entry.variety))
        st.text(rendered if entry.variety else entry.name, width="stretch")
        if len(order) == 1 and st.session_state.mode == controls.ONE:
            st.button(
                say("compare.offer"),
                key="two-offer",
                icon=":material/compare:",
                on_click=guarded(controls.set_mode),
                args=(controls.TWO,),
                type="tertiary",
            )
        if len(order) > PAGE:
            _step(say, session, order, first - PAGE - place, "strip.page_back", "first_page")
        if len(order) > 1:
            _step(say, session, order, -1, "strip.back", "chevron_left")
            st.text(say.plain("strip.place", number=place + 1, total=len(order)))
            _step(say, session, order, 1, "strip.on", "chevron_right")
        if len(order) > PAGE:
            _step(say, session, order, first + PAGE - place, "strip.page_on", "last_page")


def _tile(say: Texts, session: Session, entry: Entry, model: Model) -> None:
    explanation = session.explanations[model.key, DEFAULT_REQUEST, entry.sha256]
    in_view = entry.sha256 == session.selected
    predicted = say.of_class(explanation.predicted, model.card)
    score = say.percent(float(explanation.scores.max()))
    # The style sheet lays the button over the whole tile: a click on the picture is one on it.
    state = "on" if in_view else "off"
    with st.container(key=f"tile-{state}-{entry.sha256[:16]}", gap=None, width=_TILE):
        st.image(session.thumbnails[entry.sha256], alt="", width="stretch")
        st.button(
            say("strip.tile", predicted=predicted, score=score),
            key=f"select-{entry.sha256}",
            on_click=guarded(session.select),
            args=(entry.sha256,),
            type="tertiary",
            width="stretch",
        )


def _step(say: Texts, session: Session, order: list[str], by: int, label: str, icon: str) -> None:
    st.button(
        say(label, count=PAGE),
        icon=f":material/{icon}:",
        key=label,
        on_click=guarded(once_a_click(session.step)),
        args=(order, by),
        disabled=not 0 <= order.index(session.selected) + by < len(order),
        type="tertiary",
    )
