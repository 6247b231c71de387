"""Two photos, classes, methods or models side by side, with the differences in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.evidence.comparison import Comparison, compare
from dashboard.components import advanced_options, downloads
from dashboard.i18n.translate import Texts, escape
from dashboard.state import controls
from dashboard.state.controls import CLASSES, METHODS, MODELS, OWN, PHOTOS, SHARED
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer.component import draw_viewer
from dashboard.viewer.content import PairSide, pair_content
from dashboard.views.compare import sentences, setup
from dashboard.views.compare.setup import SideView, Subject
from dashboard.views.evidence import verdict
from dashboard.work.evidence_runner import EvidenceRequest
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
    columns = st.container(key="pair").columns(2, gap="small")
    chosen = setup.choose(say, subject, what, choices[what], columns)
    with st.container(key="asking"):
        left, right = (setup.explain_side(say, subject, what, each) for each in chosen)
    sides = left, right
    comparable = what in (PHOTOS, CLASSES) and subject.options.comparable
    views = {
        target: setup.views(subject, what, chosen, target, comparable)
        for target in setup.targets(subject, what, sides)
    }
    titles = [choices[what][each] for each in chosen]
    drawn = views[st.session_state.target]
    _draw_viewer(say, subject, what, sides, titles, views, comparable)
    requests = _draw_verdicts(say, session, titles, sides) if what in (PHOTOS, MODELS) else []
    if drawn[0] and drawn[1]:
        downloads.button_of_two(say, drawn[0], drawn[1])
    if left.view and right.view:
        _draw_sentences(say, session, what, sides, comparable)
    if left.view:
        advanced_options.draw_changes(say, left.view, subject.options)
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


def _draw_viewer(
    say: Texts,
    subject: Subject,
    what: str,
    sides: tuple[SideView, SideView],
    titles: Sequence[str],
    views: Mapping[str, Sequence[PhotoView | None]],
    comparable: bool,
) -> None:
    """Draw the two, by the class that is chosen."""
    session, outline = subject.session, st.session_state.outline
    named, shown = subject.options.named, []
    for number, (side, title) in enumerate(zip(sides, titles, strict=True)):
        by_target = {target: view for target, two in views.items() if (view := two[number])}
        shown.append(
            PairSide(
                title="" if what == CLASSES else title,
                answer=_answer(say, what, side.view) if side.view else "",
                help=say.plain(f"explains.{named(side.request.method)}") if what == METHODS else "",
                views={} if side.problem else by_target,
                mask=rice_mask(session, side.entry).mask if outline else None,
                problem=side.problem,
            )
        )
    one_scale = SHARED if comparable else OWN
    scale = {
        "low": say.plain(f"compare.legend.{one_scale}.low"),
        "high": say.plain(f"compare.legend.{one_scale}.high"),
        "legend": say.plain(f"compare.legend.{what if what in (METHODS, MODELS) else one_scale}"),
    }
    targets = setup.named_targets(say, subject, what, sides)
    close = st.session_state.sharp
    content = pair_content(say, session, shown, targets, scale, close)
    with st.container(key="pictures-of-two"):
        draw_viewer(content, controls.display(), controls.choose_display, key="two-viewer")


def _draw_verdicts(
    say: Texts, session: Session, titles: Sequence[str], sides: Sequence[SideView]
) -> list[EvidenceRequest]:
    """Draw what the models use; not of two classes or methods, whose maps do not change that."""
    requests = []
    columns = st.container(key="verdicts").columns(2, gap="small")
    for column, title, side in zip(columns, titles, sides, strict=True):
        with column:
            if side.drawn:
                st.caption(escape(title))
                requests += verdict.draw_brief(say, session, side.model, side.drawn)
    return requests


def _answer(say: Texts, what: str, view: PhotoView) -> str:
    scores, classes = view.explanation.scores, view.explanation.classes
    if what == CLASSES:
        score, target = scores[classes.index(view.target)], say.of_class(view.target, view.card)
        return say.plain("compare.class", target=target, score=say.percent(float(score)))
    predicted = say.of_class(view.explanation.predicted, view.card)
    return say.plain("answer", predicted=predicted, score=say.percent(float(scores.max())))


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
        if what == MODELS and (methods := sentences.own_methods(say, left, right)):
            st.markdown(methods)
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
