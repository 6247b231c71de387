"""One photo: what the model says, where it looked, and what the pictures cannot tell."""

from __future__ import annotations

import streamlit as st

from core.errors import LensError
from core.explain.render import legend
from core.images.encode import encode_png
from dashboard.components import (
    advanced_options,
    class_scores,
    display_options,
    downloads,
    previews,
)
from dashboard.components.previews import Previews
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import Texts, escape
from dashboard.state import explain_options
from dashboard.state.session import Session
from dashboard.state.view_state import LookedAt, Seen, looked_at, see
from dashboard.views import grain_counts
from dashboard.views.evidence import panel
from dashboard.views.evidence.mask_editor import marked
from dashboard.work import explain_on_demand
from dashboard.work.evidence_runner import Wish
from dashboard.work.model_pool import Model

_COARSE = 4  # cells along the longer side, with which one may want more


def draw(say: Texts, session: Session, model: Model) -> list[Wish]:
    """Draw the photo in view, and what can be asked of it.

    Only another question runs the network; blend, colours and scale draw anew.

    Returns:
        What the model is to be asked once all is drawn.
    """
    with st.container(key="asking"):
        looked = _ask(say, session, model)
    session.asked = looked.asked
    _photo(say, session, model)
    wishes = panel.draw(session, model, see(say, session, model, looked))
    grain_counts.draw(say, session, looked.entry)
    # Not in the fragment: Streamlit ends a run for the whole page's sake, not for a fragment's, and
    # another choice is to end a long question. Drawn only while it is open: nobody is shown what
    # was not asked for.
    with st.expander(say("more"), key="more", on_change="rerun") as inside:
        if inside.open:
            seen = see(say, session, model, looked)
            several = len(session.explained(model.key)) > 1
            advanced_options.draw(say, model.opened(), seen.possible, seen.how, several)
            _technically(seen)
    return wishes


@st.fragment
def _photo(say: Texts, session: Session, model: Model) -> None:
    """Draw the photo in view. The controls in it run this function alone."""
    display_options.keep()
    looked = looked_at(session, model)
    if looked.asked != session.asked or explain_on_demand.unanswered(session, model, looked.wanted):
        st.rerun()  # the page asks, and draws anew what hangs on it
    seen = see(say, session, model, looked)
    with st.container(key="answer", gap=None):
        _answer(seen)
    with st.container(key="controls"):
        left, right = st.columns([2, 3], gap="large")
        with left:
            class_scores.draw(say, seen.explanation, seen.card)
        with right:
            _controls(seen)
    with st.container(key="changed", horizontal=True, vertical_alignment="center"):
        _changed(seen)
    with st.container(key="pictures"):
        mask = marked(session, seen.entry).mask if st.session_state.outline else None
        shown = previews.draw(session, seen.entry, seen.explanation, seen.how, mask)
        if seen.place == NOWHERE:
            _nothing(seen, shown)
        else:
            _pictures(seen, shown)


def _ask(say: Texts, session: Session, model: Model) -> LookedAt:
    """Ask what is chosen; go back to the default, and say why, where that cannot be answered."""
    looked = looked_at(session, model)
    try:
        explain_on_demand.answer(say, session, model, looked.wanted)
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
        explain_options.back()
        looked = looked_at(session, model)
    return looked


def _answer(seen: Seen) -> None:
    say, explanation = seen.say, seen.explanation
    predicted = say.of_class(explanation.predicted, seen.card)
    score = say.percent(float(explanation.scores.max()))
    st.header(say("answer", predicted=predicted, score=score), anchor=False)
    st.markdown(escape(seen.where))
    st.caption(say("answer.limits"))


def _controls(seen: Seen) -> None:
    say, kind = seen.say, phrases.kind(seen.how.request)
    if kind == phrases.ANY:
        st.caption(say("target.any"))
        display_options.draw_blend(say)
    else:
        contrast_class = seen.how.request.contrast_class
        other = say.of_class(contrast_class, seen.card) if contrast_class else ""
        display_options.draw(say, seen.card, say(f"target.{kind}", other=other))


def _changed(seen: Seen) -> None:
    """Say what is not as usual, so that nobody forgets it, and offer the way back."""
    parts = advanced_options.changed(seen.say, seen.card, seen.possible, seen.how)
    if parts:
        st.caption(seen.say("changed", parts=" · ".join(parts)), width="content")
        st.button(
            seen.say("changed.back"), key="back", on_click=explain_options.back, type="tertiary"
        )


def _pictures(seen: Seen, shown: Previews) -> None:
    original, heatmap, overlay = st.columns(3, gap="medium")
    with original:
        _original(seen, shown.original)
    with heatmap:
        _title(seen, "heatmap")
        _picture(seen, "heatmap", shown.heatmap, seen.where)
        _legend(seen)
        _fineness(seen)
    with overlay:
        _title(seen, "overlay")
        _picture(seen, "overlay", shown.overlay, seen.where)
        st.caption(seen.say("caption.overlay", blend=round(100 * seen.how.blend)))
        downloads.button(seen.say, seen.entry, seen.explanation, seen.how, "panel")


def _nothing(seen: Seen, shown: Previews) -> None:
    original, rest = st.columns([1, 2], gap="medium")
    with original:
        _original(seen, shown.original)
    with rest:
        st.info(seen.say("nothing", nowhere=seen.where), icon=":material/info:")


def _original(seen: Seen, file: bytes) -> None:
    _title(seen, "original")
    _picture(seen, "original", file, seen.entry.name)
    height, width = seen.explanation.placement.photo
    st.caption(seen.say("caption.original", width=width, height=height))


def _title(seen: Seen, which: str) -> None:
    say, method = seen.say, seen.say.named(seen.how.request.method)
    with st.container(key=f"title-{which}", horizontal=True, vertical_alignment="center"):
        title, help = say(f"picture.{which}"), say(f"picture.{which}.help", method=method)
        st.markdown(f"**{title}**", help=help, width="stretch")
        downloads.button(say, seen.entry, seen.explanation, seen.how, which)


def _picture(seen: Seen, which: str, file: bytes, alt: str) -> None:
    st.image(file, alt=f"{seen.say.plain(f'picture.{which}')}: {alt}", width="stretch")


def _legend(seen: Seen) -> None:
    say, scale = seen.say, "own" if seen.how.top is None else "shared"
    with st.container(key="legend", gap=None):
        st.image(encode_png(legend(seen.how.colors)), alt="", width="stretch")
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.caption(say(f"legend.{scale}.low"), width="content")
            st.caption(say(f"legend.{scale}.high"), width="content")
    st.caption(say(f"legend.{scale}", what=seen.what))


def _fineness(seen: Seen) -> None:
    """Say how fine the map really is, and offer a finer one where it is coarse."""
    say, possible, (rows, columns) = seen.say, seen.possible, seen.explanation.grid
    shifted = seen.explanation.shifted
    if shifted:
        own = phrases.cells(say, possible.grid(1))
        st.caption(say("caption.finer", rows=rows, columns=columns, own=own, photos=shifted.passes))
        index = int(seen.explanation.scores.argmax())
        st.caption(
            say(
                "caption.shifted",
                same=round(shifted.same * shifted.passes),
                photos=shifted.passes,
                name=say.of_class(seen.explanation.predicted, seen.card),
                score=say.percent(float(shifted.scores[index])),
            )
        )
    elif len(possible.chosen) > 1:
        st.caption(say("caption.fused", rows=rows, columns=columns))
    else:
        st.caption(say("caption.heatmap", rows=rows, columns=columns))
        finest = possible.upsampling[-1]
        if max(rows, columns) <= _COARSE and finest > 1:
            finer_rows, finer_columns = possible.grid(finest)
            st.button(
                say("finer.offer", rows=finer_rows, columns=finer_columns),
                key="finer-offer",
                icon=":material/grid_on:",
                on_click=explain_options.set_finer,
                args=(finest,),
                type="tertiary",
            )


def _technically(seen: Seen) -> None:
    say, request = seen.say, seen.explanation.request
    rows, columns = seen.explanation.grid
    st.caption(
        say(
            "technically",
            method=say.named(request.method),
            score=say.named(request.score),
            layer=seen.explanation.layer,
            rows=rows,
            columns=columns,
        )
    )
