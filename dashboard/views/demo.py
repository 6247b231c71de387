"""Demonstration of two models with equal accuracy, of which one uses a shortcut."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.photo_upload import rendered
from dashboard.components.style import ASSETS
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.controls import choose
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.views.evidence import verdict
from dashboard.work.evidence_runner import EvidenceKey, EvidenceRequest
from dashboard.work.model_pool import Model
from dashboard.work.photo_previews import preview

PHOTOS = ASSETS / "demonstration"
PUBLIC = "demonstration"
"""Names the set of its photos in a link."""
_HONEST = "honest"

Pair = tuple[Model, Model]
"""The two models, in an order that does not give away which is which."""


def pair(models: Sequence[Model]) -> Pair | None:
    """The demonstration's two models, if they are installed."""
    planted = [each for each in models if each.given_card and each.given_card.planted]
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


def draw(say: Texts, session: Session, model: Model, both: Pair | None) -> list[EvidenceRequest]:
    """Draw what both models say of the photo in view, and what each looks at.

    Returns:
        What is to be asked of them; nothing where another model is looked through.
    """
    if both is None or model.key not in [each.key for each in both]:
        return []
    with st.container(key="demonstration"):
        st.markdown(f"**{say('demo.question')}**")
        st.caption(f"{_right(say, both)} {say('demo.how')}")
        columns = st.columns(2, gap="medium")
        requests = []
        for number, (column, each) in enumerate(zip(columns, both, strict=True)):
            with column, st.container(key=f"model-{number}", gap="small", border=True):
                requests.append(_draw_model(say, session, each, each.key == model.key, number))
    return requests


def _draw_model(
    say: Texts, session: Session, model: Model, in_view: bool, number: int
) -> EvidenceRequest:
    entry = session.photos[session.selected]
    of, card = (model.key, DEFAULT_REQUEST, entry.sha256), model.card
    if of not in session.explanations:
        explainer, photo = model.load().for_visitor(), preview(session, entry)
        (session.explanations[of],) = explainer.explain([photo], DEFAULT_REQUEST)
    said = session.explanations[of]
    predicted, score = say.of_class(said.predicted, card), say.percent(float(said.scores.max()))
    title = say.of_model(model.name, card)
    st.markdown(say("demo.answer", model=title, predicted=predicted, score=score))
    key = EvidenceKey(model.key, entry.sha256, DEFAULT_REQUEST, said.predicted)
    with st.container(key=f"brief-{number}"):
        request = verdict.draw_brief(say, session, model, key)
    st.button(
        say("demo.in_view" if in_view else "demo.look"),
        key=f"look-{number}",
        disabled=in_view,
        on_click=guarded(_look),
        args=(model,),
        type="tertiary",
    )
    return request


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
    _look(both[0])


def _look(model: Model) -> None:
    choose({"model": model.key})
