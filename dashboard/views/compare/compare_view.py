"""Two photos, classes, methods or models side by side, with the differences in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evidence.comparison import Comparison, compare
from core.explain.render import legend
from core.images.encode import encode_png
from dashboard.components import advanced_options, display_options, downloads, pictures
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls
from dashboard.state.controls import CLASSES, METHODS, MODELS, PHOTOS
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.views.compare import sentences, setup
from dashboard.views.compare.setup import SIDES, SideView, Subject
from dashboard.views.evidence import verdict
from dashboard.work.evidence_runner import EvidenceRequest, evidence_key
from dashboard.work.model_pool import Model
from dashboard.work.rice_masks import mask_edit, rice_mask


def draw(
    say: Texts, session: Session, model: Model, models: Mapping[str, Model]
) -> list[EvidenceRequest]:
    """Draw the two, and what differs.

    Args:
        say: The texts.
        session: Has the photos.
        model: The page's.
        models: Those to choose from, by key.

    Returns:
        What the models are to be asked once all is drawn.
    """
    subject = setup.subject(session, model, models)
    choices = setup.choices(say, subject)
    what = _what(say, list(choices))
    columns = st.container(key="pair").columns(2, gap="large")
    chosen = setup.choose(say, subject, what, choices[what], columns)
    left, right = (setup.side_request(subject, what, each) for each in chosen)
    with st.container(key="asking"):
        sides = (
            setup.explain_side(say, session, left, model.card),
            setup.explain_side(say, session, right, model.card),
        )
    comparable = what in (PHOTOS, CLASSES) and subject.options.comparable
    if comparable:
        sides = setup.on_one_scale(sides)
    requests = _draw_sides(say, session, what, sides, columns)
    views = sides[0].view, sides[1].view
    if views[0] and views[1]:
        _draw_legend(say, what, comparable)
        if sides[0].drawn and sides[1].drawn:
            downloads.button_of_two(say, sides[0].drawn, sides[1].drawn)
        _draw_sentences(say, session, what, sides, comparable)
    with st.container(key="two-controls"):
        _draw_controls(say, subject, what, sides[0])
    return requests


def _what(say: Texts, possible: list[str]) -> str:
    state = st.session_state
    if state["two-what"] not in possible:
        state["two-what"] = possible[0]
    st.segmented_control(
        say("compare.what"),
        possible,
        format_func=lambda what: say(f"compare.what.{what}"),
        key=controls.drawn("two-what"),
        required=True,
    )
    return str(state["two-what"])


def _draw_sides(
    say: Texts,
    session: Session,
    what: str,
    sides: tuple[SideView, SideView],
    columns: Sequence[DeltaGenerator],
) -> list[EvidenceRequest]:
    shapes = {side.view.explanation.placement.photo for side in sides if side.view}
    shape = "mixed" if len(shapes) > 1 else "alike"
    requests = []
    for column, which, side in zip(columns, SIDES, sides, strict=True):
        with column, st.container(key=f"side-{which}-{shape}", gap="small"):
            requests += _draw_side(say, session, what, side)
    return requests


def _draw_side(say: Texts, session: Session, what: str, side: SideView) -> list[EvidenceRequest]:
    """Draw a picture; what is said stands below, for it may take more lines on one side."""
    view = side.drawn
    if view:
        _draw_picture(say, session, view)
    if side.view:
        st.markdown(f"**{_answer(say, what, side.view)}**")
    if view is None:
        st.warning(escape(side.problem), icon=":material/info:")
        return []
    rows, columns = view.explanation.grid
    st.caption(
        say("compare.caption", where=view.where(say), rows=rows, columns=columns),
        help=say(f"explains.{view.request.method}") if what == METHODS else None,
    )
    key = evidence_key(view)
    # Not of two classes or methods: another map does not change what the model uses.
    if key is None or what not in (PHOTOS, MODELS):
        return []
    return [verdict.draw_brief(say, session, side.model, key)]


def _answer(say: Texts, what: str, view: PhotoView) -> str:
    scores, classes = view.explanation.scores, view.explanation.classes
    if what == CLASSES:
        score, target = scores[classes.index(view.target)], say.of_class(view.target, view.card)
        return say("compare.class", target=target, score=say.percent(float(score)))
    predicted = say.of_class(view.explanation.predicted, view.card)
    return say("answer", predicted=predicted, score=say.percent(float(scores.max())))


def _draw_picture(say: Texts, session: Session, view: PhotoView) -> None:
    """Draw the overlay; the photo alone where there is no heat."""
    mask = rice_mask(session, view.entry).mask if st.session_state.outline else None
    drawn = pictures.draw_pictures(session, view, mask)
    which = "original" if view.peak == NOWHERE else "overlay"
    alt = f"{say.plain(f'picture.{which}')}: {view.where(say)}"
    st.image(getattr(drawn, which), alt=alt, width="stretch")


def _draw_legend(say: Texts, what: str, comparable: bool) -> None:
    scale = "shared" if comparable else "own"
    with st.container(key="two-legend", gap=None):
        st.image(encode_png(legend(st.session_state.colors)), alt="", width="stretch")
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.caption(say(f"compare.legend.{scale}.low"), width="content")
            st.caption(say(f"compare.legend.{scale}.high"), width="content")
        st.caption(say(f"compare.legend.{what if what in (METHODS, MODELS) else scale}"))


def _draw_sentences(
    say: Texts, session: Session, what: str, sides: tuple[SideView, SideView], comparable: bool
) -> None:
    left, right = (side.view for side in sides)
    if left is None or right is None:
        return
    with st.container(key="differs", gap="small"):
        st.markdown(f"**{sentences.answers(say, what, left, right)}**")
        if sides[0].problem or sides[1].problem:
            return
        found = _compared(session, left, right)
        same_cells = left.explanation.grid == right.explanation.grid
        for each in sentences.sentences(say, found, what != PHOTOS, comparable, same_cells):
            st.markdown(each.text, help=each.help)


def _compared(session: Session, left: PhotoView, right: PhotoView) -> Comparison:
    """The numbers; computed again only where a map or the mask of its rice is another one."""
    views = left, right
    edits = [mask_edit(session, view.entry) for view in views]
    # The session keeps every explanation, so these numbers are nobody else's.
    of = "compared", *((id(view.explanation), view.target) for view in views), *edits

    def numbers() -> Comparison:
        rice = [rice_mask(session, view.entry) for view in views]
        masks = [None if each.problem else each.mask for each in rice]
        targets = left.target, right.target
        return compare(left.explanation, right.explanation, targets, (masks[0], masks[1]))

    return session.results.get(of, numbers)


def _draw_controls(say: Texts, subject: Subject, what: str, left: SideView) -> None:
    """Draw how both are looked at, and the way back from what is not the default."""
    if what != CLASSES and phrases.kind(left.request) != phrases.ANY:
        display_options.draw_target(say, subject.model.card, left.request)
    display_options.draw_blend(say)
    if left.view:
        advanced_options.draw_changes(say, left.view, subject.options)
