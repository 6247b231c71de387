"""Single photo: prediction, heatmap, and what pictures cannot tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from core.diagnosis.labelled_photos import has_unnamed_classes
from core.errors import LensError
from dashboard.components import advanced_options, downloads
from dashboard.components.error_boundary import error_boundary
from dashboard.components.place import place
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls, session_store, view_state
from dashboard.state.callback import guarded
from dashboard.state.controls import PREDICTED
from dashboard.state.explain_options import ExplainOptions, explain_options
from dashboard.state.session import DEFAULT_REQUEST, Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer import component, content
from dashboard.views import address_bar, grain_counts, grain_sizes
from dashboard.views.evidence import panel
from dashboard.work import explain_on_demand, measured_lines, rice_masks
from dashboard.work.evidence_runner import EvidenceRequest, evidence_key
from dashboard.work.model_pool import Model
from dashboard.work.photo_previews import preview

_COARSE = 4  # cells along the longer side, with which one may want more


def draw(say: Texts, session: Session, model: Model) -> list[EvidenceRequest]:
    """Draw the photo in view, and what can be asked of it.

    Only another request runs the network; blend, colours and scale only draw.

    Returns:
        What the model is to be asked once all is drawn.
    """
    with st.container(key="asking"):
        view = _explained_view(say, session, model)
    key = evidence_key(view)
    # What was said of another map goes before the pictures come.
    with st.container(key="head", horizontal=True, vertical_alignment="center"):
        answer = st.container(key="answer", width="content")
        with st.container(key="said", gap=None):
            said = place("looks-at", key)
            if view.explanation.familiar is False:
                with st.container(key="unfamiliar"):
                    st.markdown(say("unfamiliar"))
            if view.card.assumptions:  # of a card that came with it there are none
                unnamed = has_unnamed_classes(view.card)
                st.caption(say("no_card.unnamed" if unnamed else "no_card"))
    photo, evidence = st.container(key="photo"), place("evidence", key)
    with answer:
        _draw_answer(say, view)
    with photo:
        _draw_photo(say, session, model, view, _by_hand(session, view))
    with evidence:
        requests = panel.draw(say, session, model, view, said)
    grain_counts.draw(say, session, view.entry)
    # Not in the fragment: Streamlit ends a run for the whole page's sake, not for a fragment's, and
    # another choice is to end a long request. Drawn only while it is open: nobody is shown what
    # was not asked for.
    with st.expander(say("more"), key=controls.drawn("more"), on_change="rerun") as inside:
        if inside.open:
            several, options = len(session.explained(model.key)) > 1, _options(session, model)
            advanced_options.draw(say, model.load(), options, view.request, several)
            _technically(say, view)
    return requests


@st.fragment
def _draw_photo(
    say: Texts, session: Session, model: Model, drawn: PhotoView, by_hand: tuple[Hashable, ...]
) -> None:
    """Draw the photo in view. The controls in it run this function alone.

    Args:
        say: The texts.
        session: The session.
        model: The model.
        drawn: What the rest of the page was drawn for.
        by_hand: What was done on the photo by hand, for which it was.
    """
    # A control in it runs this function alone: not what the page has around it.
    session_store.remember_choices()
    address_bar.draw(session, model)
    with error_boundary(say):
        _draw_pictures(say, session, model, drawn, by_hand)


def _draw_pictures(
    say: Texts, session: Session, model: Model, drawn: PhotoView, by_hand: tuple[Hashable, ...]
) -> None:
    controls.init_defaults(controls.PHOTO)
    options = _options(session, model)
    view = view_state.photo_view(session, model.key, model.card, options)
    shown = drawn.entry, drawn.target, drawn.request
    if (
        view is None
        or (view.entry, view.target, view.request) != shown
        or _by_hand(session, view) != by_hand
    ):
        st.rerun()  # the page asks, and draws what hangs on it
    # All places first: pictures of before go before a sentence about other ones is there.
    pictures, changed = st.container(key="pictures"), st.container(key="changes")
    below = place("below", view.peak == NOWHERE)
    with pictures:
        _draw_viewer(say, session, view, options)
    with changed:
        advanced_options.draw_changes(say, view, options)
    with below:
        if view.peak != NOWHERE:
            _draw_fineness(say, view, options)
        _draw_downloads(say, view)
        st.caption(say("answer.limits" if evidence_key(view) else "answer.limits.unchecked"))
        bits = preview(session, view.entry).assumed_bits
        if bits:
            st.caption(say("caption.depth", bits=bits))


def _by_hand(session: Session, view: PhotoView) -> tuple[Hashable, ...]:
    """What the visitor has painted on the photo, and measured: the page hangs on it, too.

    Also whether grains that are in view wait for the brush to be laid down.
    """
    entry, state = view.entry, st.session_state
    waits = state.grains and state.brush == entry.sha256
    edit = rice_masks.mask_edit(session, entry)
    return edit, measured_lines.measured_line(session, entry), waits


def _options(session: Session, model: Model) -> ExplainOptions:
    explanation = session.explanations[model.key, DEFAULT_REQUEST, session.selected]
    return explain_options(model.load().explainer.layers, explanation)


def _explained_view(say: Texts, session: Session, model: Model) -> PhotoView:
    """Ask what is chosen; go back to the default, and say why, where that cannot be answered."""
    wanted = view_state.requests(session, model.key, _options(session, model))
    try:
        explain_on_demand.explain(say, session, model, wanted)
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
        controls.reset_request()
    view = view_state.photo_view(session, model.key, model.card, _options(session, model))
    assert view  # the default was answered when the photo came in
    return view


def _draw_answer(say: Texts, view: PhotoView) -> None:
    predicted = say.of_class(view.explanation.predicted, view.card)
    score = say.percent(float(view.explanation.scores.max()))
    st.header(say("answer", predicted=predicted, score=score), anchor=False)


def _draw_viewer(say: Texts, session: Session, view: PhotoView, options: ExplainOptions) -> None:
    """Draw the pictures of every class that has a bar, as far as its map is known."""
    marked = st.session_state.outline or st.session_state.brush == view.entry.sha256
    mask = rice_masks.rice_mask(session, view.entry).unpainted if marked else None
    views = {view.target: view}
    if phrases.kind(view.request) != phrases.ANY:
        for name in content.classes_with_bars(view):
            chosen = PREDICTED if name == view.explanation.predicted else name
            other = view_state.photo_view(session, view.model, view.card, options, chosen)
            if other:
                views.setdefault(name, other)
    photo = view.entry.sha256
    close = st.session_state.sharp == photo
    order = [entry.sha256 for entry in session.ordered(view.model)]
    reference = grain_sizes.reference(say, session, view.entry)
    pictures = content.photo_content(say, session, view, views, order, mask, close, reference)

    # By its hash: Streamlit keeps these functions, which are not to keep a photo that was removed.
    def choices() -> dict[str, Any]:
        entry = session.photos[photo]
        return {
            **controls.display(),
            "painted": rice_masks.painted_runs(session, entry),
            "line": measured_lines.line_choice(session, entry),
        }

    def choose(chosen: Mapping[str, Any]) -> dict[str, Any]:
        controls.choose_display(chosen)
        rice_masks.paint(session, chosen.get("painted"))
        measured_lines.draw_line(session, chosen.get("line"))
        return choices()

    component.draw_viewer(pictures, choices(), choose, partial(session.step, order))


def _draw_downloads(say: Texts, view: PhotoView) -> None:
    with st.container(key="downloads", horizontal=True, vertical_alignment="center"):
        st.caption(say("download"), width="content")
        for which in downloads.WHICH if view.peak != NOWHERE else ("original",):
            downloads.button(say, view, which)


def _draw_fineness(say: Texts, view: PhotoView, options: ExplainOptions) -> None:
    """Say how fine the map really is, and offer a finer one where it is coarse."""
    explanation, (rows, columns) = view.explanation, view.explanation.grid
    shifted = explanation.shifted
    if shifted:
        own = phrases.cells(say, options.grid(1))
        st.caption(say("caption.finer", rows=rows, columns=columns, own=own, photos=shifted.passes))
        index = int(explanation.scores.argmax())
        st.caption(
            say(
                "caption.shifted",
                same=round(shifted.same * shifted.passes),
                photos=shifted.passes,
                name=say.of_class(explanation.predicted, view.card),
                score=say.percent(float(shifted.scores[index])),
            )
        )
    elif len(options.chosen_layers) > 1:
        st.caption(say("caption.fused", rows=rows, columns=columns))
    else:
        st.caption(say("caption.heatmap", rows=rows, columns=columns))
        finest = options.upsamplings[-1]
        if max(rows, columns) <= _COARSE and finest > 1:
            finer_rows, finer_columns = options.grid(finest)
            st.button(
                say("finer.offer", rows=finer_rows, columns=finer_columns),
                key="finer-offer",
                icon=":material/grid_on:",
                on_click=guarded(controls.set_upsampling),
                args=(finest,),
                type="tertiary",
            )


def _technically(say: Texts, view: PhotoView) -> None:
    request = view.explanation.request
    rows, columns = view.explanation.grid
    st.caption(
        say(
            "technically",
            method=say.named(request.method),
            score=say.named(view.explanation.score_kind),
            layer=view.explanation.layer,
            rows=rows,
            columns=columns,
        )
    )
