"""Setup of a comparison: kind, the two sides, and their explanations.

On the left is what the page looks at: another choice there holds for the whole page. On the right
is what it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LensError
from core.explain.cam import CLASS_AGNOSTIC
from core.explain.explanation import Explanation
from core.explain.mapped_classes import MANY
from core.explain.request import SCORE_CAM, ExplainRequest
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts
from dashboard.state import controls
from dashboard.state.callback import guarded
from dashboard.state.controls import CLASSES, METHODS, MODELS, PHOTOS, PREDICTED
from dashboard.state.explain_options import ExplainOptions, explain_options, runner_up
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.state.view_state import PhotoView
from dashboard.viewer import content
from dashboard.work import explain_on_demand
from dashboard.work.model_pool import Model

SIDES = ("left", "right")
_CONTROLS = {CLASSES: "target", METHODS: "method", MODELS: "model"}


@dataclass(frozen=True)
class Subject:
    """The photo in view, and everything it may be compared with.

    Attributes:
        session: Has the photos.
        model: The page's.
        models: Those to choose from, by key.
        entry: The photo in view.
        explanation: What the model said of it when it came in.
        options: What can be asked of it.
    """

    session: Session
    model: Model
    models: Mapping[str, Model]
    entry: Entry
    explanation: Explanation
    options: ExplainOptions

    def in_view(self, what: str) -> str:
        """What the page looks at, as one of the choices of `choices`."""
        if what == PHOTOS:
            return self.entry.sha256
        if what == CLASSES:
            return controls.target(self.explanation)
        return self.options.request.method if what == METHODS else self.model.key


@dataclass(frozen=True)
class SideView:
    """One side of the comparison, explained.

    Attributes:
        model: Who was asked.
        entry: The photo.
        request: What was asked.
        view: The photo with the answer; None if there is none.
        problem: Why no picture can be drawn, as plain text; "" if it can.
    """

    model: Model
    entry: Entry
    request: ExplainRequest
    view: PhotoView | None
    problem: str = ""

    @property
    def drawn(self) -> PhotoView | None:
        """The view, if a picture can be drawn of it."""
        return None if self.problem else self.view


def subject(session: Session, model: Model, models: Mapping[str, Model]) -> Subject:
    """What the page's controls are set to look at."""
    entry = session.photos[session.selected]
    explanation = session.explanations[model.key, DEFAULT_REQUEST, entry.sha256]
    options = explain_options(model.load().explainer.layers, explanation)
    return Subject(session, model, models, entry, explanation, options)


def choices(say: Texts, subject: Subject) -> dict[str, dict[str, str]]:
    """What can differ, and what there is to choose from: plain texts by key, at least two."""
    card, options, costly = subject.model.card, subject.options, ""
    if st.session_state["two-what"] == METHODS:
        request = replace(options.request, method=SCORE_CAM, upsampling=1)
        duration = phrases.duration(say, subject.model.load().seconds(request))
        costly = say.plain("duration", duration=duration) if duration else ""
    methods = {
        name: say.plain("compare.method", what=say.plain(f"method.{own}"), name=say.named(own))
        + (costly if name == SCORE_CAM else "")
        for name, own in zip(options.methods, map(options.named, options.methods), strict=True)
        if _has_an_answer(name, options)
    }
    photos = {
        entry.sha256: say.plain("compare.photo", number=number, name=entry.name)
        for number, entry in enumerate(subject.session.explained(subject.model.key), start=1)
    }
    agnostic = options.request.method in CLASS_AGNOSTIC
    classes = {} if agnostic else {name: say.of_class(name, card) for name in card.names}
    models = {key: say.of_model(each.name, each.given_card) for key, each in subject.models.items()}
    every = {PHOTOS: photos, CLASSES: classes, METHODS: methods, MODELS: models}
    return {what: named for what, named in every.items() if len(named) > 1}


def _has_an_answer(method: str, options: ExplainOptions) -> bool:
    """Whether a method can answer the page's request."""
    if method in CLASS_AGNOSTIC:
        return not options.request.negate and options.contrast is None
    return method != SCORE_CAM or options.request.upsampling == 1


def choose(
    say: Texts,
    subject: Subject,
    what: str,
    named: Mapping[str, str],
    columns: Sequence[DeltaGenerator],
) -> tuple[str, str]:
    """Draw the choice of the two.

    Args:
        say: The texts.
        subject: What the page looks at.
        what: What differs.
        named: The choices, and what they are called.
        columns: Where to draw them.

    Returns:
        The two that are chosen; never the same.
    """
    left = subject.in_view(what)
    right = _right(subject, what, left, list(named))
    for column, which, value in zip(columns, SIDES, (left, right), strict=True):
        key = f"two-{which}-{what}"
        if st.session_state.get(key) != value:
            st.session_state[key] = value
        column.selectbox(
            say(f"compare.{which}"),
            [choice for choice in named if which == "left" or choice != left],
            format_func=named.__getitem__,
            key=controls.drawn(key),
            on_change=guarded(_look) if which == "left" else None,
            args=(subject.session, what, left),
        )
    return left, right


def _right(subject: Subject, what: str, left: str, possible: Sequence[str]) -> str:
    """What is on the right: as chosen, else what comes next."""
    chosen = str(st.session_state[f"two-right-{what}"])
    if chosen in possible and chosen != left:
        return chosen
    if what == CLASSES:
        return runner_up(subject.explanation, left)
    place = possible.index(left) + 1 if what == PHOTOS else 0
    return next(each for each in [*possible[place:], *possible] if each != left)


def _look(session: Session, what: str, before: str) -> None:
    """Let the whole page look at what was chosen on the left."""
    state = st.session_state
    now, right = state[f"two-left-{what}"], f"two-right-{what}"
    if state.get(right) == now:  # the two change places
        controls.choose({right: before})
    if what == PHOTOS:
        session.select(now)
    else:
        controls.choose({_CONTROLS[what]: now})


def targets(subject: Subject, what: str, sides: Sequence[SideView]) -> list[str]:
    """The classes whose maps are drawn: the chosen one, and those that one can go to at once."""
    shown = [st.session_state.target]
    view = sides[0].view
    if what != CLASSES and view:
        shown += [PREDICTED, *content.classes_with_bars(view)]
    return list(dict.fromkeys(shown))


def named_targets(
    say: Texts, subject: Subject, what: str, sides: Sequence[SideView]
) -> dict[str, str]:
    """The classes to choose from, and their names: those that both sides know."""
    card = subject.model.card
    if what == CLASSES or phrases.kind(sides[0].request) == phrases.ANY:
        return {}
    both = [name for name in card.names if all(name in side.model.card.names for side in sides)]
    return {PREDICTED: say.plain("target.predicted")} | {
        name: say.of_class(name, card) for name in both
    }


def views(
    subject: Subject, what: str, chosen: Sequence[str], target: str, one_scale: bool
) -> list[PhotoView | None]:
    """The two as they are shown for a class; None for one that is not known, or has no such class.

    Args:
        subject: What the page looks at.
        what: What differs.
        chosen: The two that are chosen.
        target: The class; `controls.PREDICTED` for each model's answer.
        one_scale: Whether the values of both have one unit, and so are drawn on one scale.
    """
    found = [_view(subject, _asked(subject, what, choice, target)) for choice in chosen]
    drawn = [view if view and view.target in view.explanation.classes else None for view in found]
    top = max((float(view.explanation.map(view.target).max()) for view in drawn if view), default=0)
    if not one_scale or top <= 0:
        return drawn
    return [view and replace(view, top=top) for view in drawn]


@dataclass(frozen=True)
class _Asked:
    """What is asked for one side, and the class whose map is drawn."""

    model: Model
    entry: Entry
    request: ExplainRequest
    target: str


def _asked(subject: Subject, what: str, choice: str, target: str) -> _Asked:
    model, entry, explanation = subject.model, subject.entry, subject.explanation
    options = subject.options
    if what == MODELS:  # layers are each model's own, so both are asked at their last
        other = subject.models[choice]
        rare = len(other.card.names) > MANY and target in other.card.names
        usual = ExplainRequest(
            options.request.method,
            negate=options.request.negate,
            classes=(target,) if rare else (),
        )
        return _Asked(other, entry, usual, target)
    if what == CLASSES:
        target = choice
    if what == PHOTOS:
        entry = subject.session.photos[choice]
        explanation = subject.session.explanations[model.key, DEFAULT_REQUEST, choice]
    request = options.request_for(explanation, target or explanation.predicted)
    if what == METHODS:
        request = replace(request, method=choice)
    return _Asked(model, entry, request, target)


def _view(subject: Subject, asked: _Asked) -> PhotoView | None:
    """What the model has answered; None if it was not asked."""
    key, state = (asked.model.key, asked.request, asked.entry.sha256), st.session_state
    explanation = subject.session.explanations.get(key)
    if explanation is None:
        return None
    return PhotoView(
        entry=asked.entry,
        model=asked.model.key,
        card=asked.model.card,
        request=asked.request,
        target=asked.target or explanation.predicted,
        explanation=explanation,
        blend=state.blend / 100,
        colors=state.colors,
    )


def explain_side(say: Texts, subject: Subject, what: str, choice: str) -> SideView:
    """Ask the model, unless the answer is known; what goes wrong is said beside the other side."""
    asked = _asked(subject, what, choice, st.session_state.target)
    model, entry, request = asked.model, asked.entry, asked.request
    try:
        explain_on_demand.explain(say, subject.session, model, [(entry, request)], _reset)
    except LensError as error:
        problem = say.plain("compare.failed", reason=say.error(error))
        return SideView(model, entry, request, None, problem)
    view, problem = _view(subject, asked), ""
    if view and view.target not in view.explanation.classes:
        lacking = (
            say.of_model(model.name, model.card),
            say.of_class(view.target, subject.model.card),
        )
        problem = say.plain("compare.lacks", model=lacking[0], target=lacking[1])
    return SideView(model, entry, request, view, problem)


def _reset() -> None:
    """Ask the default again, on both sides."""
    controls.reset_request()
    st.session_state[f"two-right-{METHODS}"] = ""
