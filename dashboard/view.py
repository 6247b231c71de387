"""One photo: what the model says, where it looked, and what the pictures cannot tell."""

from __future__ import annotations

import streamlit as st

from core.card import Card
from core.explanation import Explanation
from core.render import legend, png
from dashboard import controls, downloads, previews, scores
from dashboard.controls import Drawing
from dashboard.texts import Texts
from dashboard.visit import Entry, Visit
from dashboard.where import hottest


@st.fragment
def draw(say: Texts, visit: Visit, model: str, card: Card) -> None:
    """Draw the photo in view. Its controls run this function alone, and never the network."""
    entry = visit.photos[visit.selected]
    explanation = visit.explanations[model, entry.sha256]
    how = controls.chosen(visit, explanation)
    place = hottest(explanation, how.target)
    with st.container(key="answer", gap=None):
        _answer(say, explanation, how, card, place)
    with st.container(key="controls"):
        left, right = st.columns([2, 3], gap="large")
        with left:
            scores.draw(say, explanation, card)
        with right:
            controls.draw(say, card)
    with st.container(key="pictures"):
        if place == "nowhere":
            _nothing(say, visit, entry, explanation, how, card)
        else:
            _pictures(say, visit, entry, explanation, how, card, place)
    with st.expander(say("more"), key="more"):
        controls.draw_more(say, several=len(visit.explained(model)) > 1)
        _method(say, explanation)


def _answer(say: Texts, explanation: Explanation, how: Drawing, card: Card, place: str) -> None:
    predicted = say.of_class(explanation.predicted, card)
    st.header(
        say("answer", predicted=predicted, score=say.percent(float(explanation.scores.max()))),
        anchor=False,
    )
    target = say.of_class(how.target, card)
    st.markdown(say(f"place.{place}", target=target))
    st.caption(say("answer.limits"))


def _pictures(
    say: Texts, visit: Visit, entry: Entry, explanation: Explanation, how: Drawing, card: Card,
    place: str,
) -> None:  # fmt: skip
    shown = previews.draw(visit, entry, explanation, how)
    target = say.of_class(how.target, card)
    original, heatmap, overlay = st.columns(3, gap="medium")
    with original:
        _original(say, entry, explanation, how, shown.original)
    with heatmap:
        _title(say, entry, explanation, how, "heatmap")
        _picture(say, "heatmap", shown.heatmap, say.plain(f"place.{place}", target=target))
        _legend(say, how, target)
        rows, columns = explanation.grid
        st.caption(say("caption.heatmap", target=target, rows=rows, columns=columns))
    with overlay:
        _title(say, entry, explanation, how, "overlay")
        _picture(say, "overlay", shown.overlay, say.plain(f"place.{place}", target=target))
        st.caption(say("caption.overlay", blend=round(100 * how.blend), target=target))
        downloads.button(say, entry, explanation, how, "panel")


def _nothing(
    say: Texts, visit: Visit, entry: Entry, explanation: Explanation, how: Drawing, card: Card
) -> None:
    shown = previews.draw(visit, entry, explanation, how)
    original, rest = st.columns([1, 2], gap="medium")
    with original:
        _original(say, entry, explanation, how, shown.original)
    with rest:
        st.info(say("nothing", target=say.of_class(how.target, card)), icon=":material/info:")


def _original(
    say: Texts, entry: Entry, explanation: Explanation, how: Drawing, file: bytes
) -> None:
    _title(say, entry, explanation, how, "original")
    _picture(say, "original", file, entry.name)
    height, width = explanation.placement.photo
    st.caption(say("caption.original", width=width, height=height))


def _title(say: Texts, entry: Entry, explanation: Explanation, how: Drawing, which: str) -> None:
    with st.container(key=f"title-{which}", horizontal=True, vertical_alignment="center"):
        title, help = say(f"picture.{which}"), say(f"picture.{which}.help")
        st.markdown(f"**{title}**", help=help, width="stretch")
        downloads.button(say, entry, explanation, how, which)


def _picture(say: Texts, which: str, file: bytes, alt: str) -> None:
    st.image(file, alt=f"{say.plain(f'picture.{which}')}: {alt}", width="stretch")


def _legend(say: Texts, how: Drawing, target: str) -> None:
    scale = "own" if how.top is None else "shared"
    with st.container(key="legend", gap=None):
        st.image(png(legend(how.colors)), alt="", width="stretch")
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.caption(say(f"legend.{scale}.low"), width="content")
            st.caption(say(f"legend.{scale}.high"), width="content")
    st.caption(say(f"legend.{scale}", target=target))


def _method(say: Texts, explanation: Explanation) -> None:
    st.caption(
        say(
            "method",
            method=say.named(explanation.method),
            score=say.named(explanation.score),
            layer=explanation.layer,
            rows=explanation.grid[0],
            columns=explanation.grid[1],
        )
    )
