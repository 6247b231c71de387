"""Demonstration of two models with equal accuracy, of which one uses a shortcut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.photo_upload import rendered
from dashboard.components.style import ASSETS
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.controls import PREDICTED, choose, choose_display, display
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer.component import draw_viewer
from dashboard.viewer.content import PairSide, pair_content
from dashboard.views.evidence import verdict
from dashboard.work.evidence_runner import (
    EvidenceRequest,
    EvidenceRun,
    evidence_key,
    evidence_run,
)
from dashboard.work.model_pool import Model
from dashboard.work.photo_previews import preview
from dashboard.work.rice_masks import rice_mask

PHOTOS = ASSETS / "demonstration"
PUBLIC = "demonstration"
"""Names the set of its photos in a link."""
_HONEST = "honest"
_NO_CHOICE = "none"  # of "Just show me"

Pair = tuple[Model, Model]
"""The two models, in an order that does not give away which is which."""


def pair(models: Sequence[Model]) -> Pair | None:
    """The demonstration's two models, if they are installed."""
    planted = [each for each in models if each.demonstration]
    honest = [each for each in planted if _cue(each) == _HONEST]
    cheats = [each for each in planted if _cue(each) != _HONEST]
    if not honest or not cheats:
        return None
    first, second = sorted((honest[0], cheats[0]), key=lambda each: each.key)
    return first, second


def photos() -> list[Entry]:
    """The demonstration's photos."""
    return rendered(PHOTOS, PUBLIC)


def draw_invitation(say: Texts, session: Session, both: Pair | None) -> None:
    """Draw the invitation to the demonstration, on the page before any photo."""
    if both is None:
        return
    with st.container(key="invitation", horizontal_alignment="center"):
        st.markdown(say("demo.question"), text_alignment="center")
        st.caption(_right(say, both), text_alignment="center")
        st.button(
            say("demo.begin"),
            icon=":material/compare:",
            key="demonstration-begin",
            on_click=guarded(_begin),
            args=(session, both),
        )


def is_undecided(session: Session, model: Model, both: Pair | None) -> bool:
    """Whether the visitor is yet to say which of the two they trust; nothing judges before.

    Asked of the demonstration's photos alone: of a photo of their own, a visitor wants the answer.
    """
    of_demonstration = session.photos[session.selected].public == PUBLIC
    return _is_part(model, both) and of_demonstration and not st.session_state.trusted


def draw(say: Texts, session: Session, model: Model, both: Pair | None) -> list[EvidenceRequest]:
    """Draw what both models say of the photo in view, and ask which one to trust; then verdicts.

    Returns:
        What is to be asked of them; nothing where another model is looked through, or a photo of
        the visitor's own before the question is answered.
    """
    undecided = is_undecided(session, model, both)
    if both is None or not _is_part(model, both) or not (undecided or st.session_state.trusted):
        return []
    views = [_view(session, each) for each in both]
    with st.container(key="demonstration"):
        asks = st.container(key="trusted", horizontal=True, vertical_alignment="center")
        asks.markdown(f"**{say('demo.question')}**", width="content")
        _draw_viewer(say, session, both, views)
        if undecided:
            with asks:
                _draw_choice(say, both)
            requests = [
                EvidenceRequest(each, key, False, lambda run: None)  # known when it is asked for
                for each, view in zip(both, views, strict=True)
                if (key := evidence_key(view))
            ]
        else:
            with asks:
                said = st.empty()
            requests = _draw_verdicts(say, session, model, both, views, said)
        st.caption(f"{_right(say, both)} {say('demo.how')}")
    return requests


def _is_part(model: Model, both: Pair | None) -> bool:
    return both is not None and model.key in [each.key for each in both]


def _view(session: Session, model: Model) -> PhotoView:
    """The photo in view as a model sees it."""
    entry, state = session.photos[session.selected], st.session_state
    of = model.key, DEFAULT_REQUEST, entry.sha256
    if of not in session.explanations:
        explainer, photo = model.load().for_visitor(), preview(session, entry)
        (session.explanations[of],) = explainer.explain([photo], DEFAULT_REQUEST)
    said = session.explanations[of]
    return PhotoView(
        entry=entry,
        model=model.key,
        card=model.card,
        request=DEFAULT_REQUEST,
        target=said.predicted,
        explanation=said,
        blend=state.blend / 100,
        colors=state.colors,
    )


def _draw_viewer(say: Texts, session: Session, both: Pair, views: Sequence[PhotoView]) -> None:
    """Draw both models' pictures of their answers, and of each variety."""
    sides = []
    for model, view in zip(both, views, strict=True):
        predicted = say.of_class(view.explanation.predicted, view.card)
        score = say.percent(float(view.explanation.scores.max()))
        by_class = {name: replace(view, target=name) for name in view.explanation.classes}
        sides.append(
            PairSide(
                title=say.of_model(model.name, model.card),
                answer=say.plain("demo.answer", predicted=predicted, score=score),
                views={PREDICTED: view} | by_class,
                mask=rice_mask(session, view.entry).mask if st.session_state.outline else None,
            )
        )
    named = {name: say.of_class(name, both[0].card) for name in both[0].card.names}
    order = [entry.sha256 for entry in session.explained(views[0].model)]
    content = pair_content(
        say,
        session,
        sides,
        {PREDICTED: say.plain("target.predicted")} | named,
        {
            "low": say.plain("compare.legend.own.low"),
            "high": say.plain("compare.legend.own.high"),
            "legend": say.plain("compare.legend.models"),
        },
        close=st.session_state.sharp,
        order=order,
    )
    step = partial(session.step, order)
    draw_viewer(content, display(), choose_display, step, key="demo-viewer")


def _draw_choice(say: Texts, both: Pair) -> None:
    """Draw the answers to the question; what was chosen is kept."""
    names = {each.key: say.of_model(each.name, each.card) for each in both}
    for number, (key, name) in enumerate(names.items()):
        st.button(name, key=f"trust-{number}", on_click=guarded(_trust), args=(key,))
    st.button(
        say("demo.show"),
        key="trust-none",
        on_click=guarded(_trust),
        args=(_NO_CHOICE,),
        type="tertiary",
    )


def _draw_verdicts(
    say: Texts,
    session: Session,
    model: Model,
    both: Pair,
    views: Sequence[PhotoView],
    said: DeltaGenerator,
) -> list[EvidenceRequest]:
    """Draw which one was chosen and what each looks at, in one sentence, and below it why."""
    keys = [key for view in views if (key := evidence_key(view))]

    def sum_up() -> None:
        decided = [evidence_run(session, key).verdict for key in keys]
        if not all(decided):
            return
        names = [say.of_model(each.name, each.card) for each in both]
        looks = [
            say(f"demo.looks.{each.looks_at}", model=name)
            for each, name in zip(decided, names, strict=True)
            if each
        ]
        sentence = say("demo.both", first=looks[0], second=looks[1])
        chosen = [each for each in both if each.key == st.session_state.trusted]
        if chosen:
            name = say.of_model(chosen[0].name, chosen[0].card)
            sentence = verdict.join(say, say("demo.chosen", model=name), sentence)
        said.markdown(sentence)

    said.caption(say("evidence.asking"))
    sum_up()
    requests = []
    columns = st.columns(2, gap="small")
    for number, (column, each, view) in enumerate(zip(columns, both, views, strict=True)):
        with column, st.container(key=f"model-{number}", gap="small"):
            with st.container(key=f"brief-{number}"):
                requests += verdict.draw_brief(say, session, each, view)
            in_view = each.key == model.key
            st.button(
                say("demo.in_view" if in_view else "demo.look"),
                key=f"look-{number}",
                disabled=in_view,
                on_click=guarded(_look),
                args=(each,),
                type="tertiary",
            )
    return [replace(each, show=_then(each.show, sum_up)) for each in requests]


def _then(
    show: Callable[[EvidenceRun], None], after: Callable[[], None]
) -> Callable[[EvidenceRun], None]:
    def both(run: EvidenceRun) -> None:
        show(run)
        after()

    return both


def _right(say: Texts, both: Pair) -> str:
    """How often each was right, as Markdown."""
    facts: dict[str, object] = {}
    for which, each in zip("ab", both, strict=True):
        measured = each.card.measured
        photos = measured["photos"]
        facts |= {
            which: say.of_model(each.name, each.card),
            f"right_{which}": round(measured["accuracy"] * photos),
            f"photos_{which}": photos,
        }
    return say("demo.right", **facts)


def _cue(model: Model) -> str:
    return str(model.card.planted["cue"])


def _begin(session: Session, both: Pair) -> None:
    session.add(photos())
    choose({"model": both[0].key, "trusted": ""})


def _trust(key: str) -> None:
    choose({"trusted": key})


def _look(model: Model) -> None:
    choose({"model": model.key})
