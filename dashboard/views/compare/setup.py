"""What is laid side by side: what differs, which two, and what the models answer.

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
from core.explain.request import SCORE_CAM, ExplainRequest
from core.models.card import Card
from dashboard.components import display_options
from dashboard.i18n import phrases
from dashboard.i18n.translate import Texts
from dashboard.state import explain_options
from dashboard.state.explain_options import Choices
from dashboard.state.session import PLAIN, Entry, Session
from dashboard.work import explain_on_demand
from dashboard.work.model_pool import Model

PHOTOS, CLASSES, METHODS, MODELS = "photos", "classes", "methods", "models"
WHATS = (PHOTOS, CLASSES, METHODS, MODELS)
"""What may differ between the two, the rest being the same."""
SIDES = ("left", "right")
DEFAULTS = {"two-what": "", **{f"two-right-{what}": "" for what in WHATS}}
_CONTROLS = {CLASSES: "target", METHODS: "method", MODELS: "model"}


@dataclass(frozen=True)
class Scene:
    """What the page looks at, and what it may be compared with.

    Attributes:
        session: Has the photos.
        model: The page's.
        models: Those to choose from, by key.
        entry: The photo in view.
        said: What the model said of it when it came in.
        possible: What can be asked of it.
    """

    session: Session
    model: Model
    models: Mapping[str, Model]
    entry: Entry
    said: Explanation
    possible: Choices

    def in_view(self, what: str) -> str:
        """What the page looks at, as one of the options of `options`."""
        if what == PHOTOS:
            return self.entry.sha256
        if what == CLASSES:
            return display_options.target(self.said)
        return self.possible.request.method if what == METHODS else self.model.key


@dataclass(frozen=True)
class Asked:
    """What is asked for one side.

    Attributes:
        model, entry, question: Of whom, of which photo, and what.
        target: The class whose map is drawn; `display_options.PREDICTED` for the model's answer.
    """

    model: Model
    entry: Entry
    request: ExplainRequest
    target: str


@dataclass(frozen=True)
class Known:
    """What came of it.

    Attributes:
        asked: What was asked.
        said: The answer; None if there is none.
        problem: Why nothing can be drawn, as plain text; "" if it can.
    """

    asked: Asked
    said: Explanation | None
    problem: str = ""

    @property
    def target(self) -> str:
        """The class whose map is drawn."""
        return self.asked.target or (self.said.predicted if self.said else "")


def scene(session: Session, model: Model, models: Mapping[str, Model]) -> Scene:
    """What the page's controls are set to look at."""
    entry = session.photos[session.selected]
    said = session.explanations[model.key, PLAIN, entry.sha256]
    possible = explain_options.chosen(model.opened().explainer, said, display_options.target(said))
    return Scene(session, model, models, entry, said, possible)


def options(say: Texts, scene: Scene) -> dict[str, dict[str, str]]:
    """What can differ, and what there is to choose from: plain texts by key, at least two."""
    card, possible, costly = scene.model.card, scene.possible, ""
    if st.session_state["two-what"] == METHODS:
        request = replace(possible.request, method=SCORE_CAM, upsampling=1)
        price = phrases.price(say, scene.model.opened().seconds(request))
        costly = say.plain("price", price=price) if price else ""
    methods = {
        name: say.plain("two.method", what=say.plain(f"method.{name}"), name=say.named(name))
        + (costly if name == SCORE_CAM else "")
        for name in possible.methods
        if _has_an_answer(name, possible)
    }
    photos = {
        entry.sha256: say.plain("two.photo", number=number, name=entry.name)
        for number, entry in enumerate(scene.session.explained(scene.model.key), start=1)
    }
    classless = possible.request.method in CLASS_AGNOSTIC
    classes = {} if classless else {name: say.of_class(name, card) for name in card.names}
    models = {key: say.of_model(each.name, each.given) for key, each in scene.models.items()}
    every = {PHOTOS: photos, CLASSES: classes, METHODS: methods, MODELS: models}
    return {what: named for what, named in every.items() if len(named) > 1}


def _has_an_answer(method: str, possible: Choices) -> bool:
    """Whether a method can answer the page's question."""
    if method in CLASS_AGNOSTIC:
        return not possible.request.negate and possible.other is None
    return method != SCORE_CAM or possible.request.upsampling == 1


def choose(
    say: Texts,
    scene: Scene,
    what: str,
    named: Mapping[str, str],
    columns: Sequence[DeltaGenerator],
) -> tuple[str, str]:
    """Draw the choice of the two.

    Args:
        say: The texts.
        scene: What the page looks at.
        what: What differs.
        named: The options, and what they are called.
        columns: Where to draw them.

    Returns:
        The options chosen; never the same.
    """
    left = scene.in_view(what)
    right = _compared(scene, what, left, list(named))
    for column, which, value in zip(columns, SIDES, (left, right), strict=True):
        key = f"two-{which}-{what}"
        st.session_state[key] = value
        column.selectbox(
            say(f"two.{which}"),
            [option for option in named if which == "left" or option != left],
            format_func=named.__getitem__,
            key=key,
            on_change=_look if which == "left" else None,
            args=(scene.session, what, left),
        )
    return left, right


def _compared(scene: Scene, what: str, left: str, options: Sequence[str]) -> str:
    """What is on the right: as chosen, else what comes next."""
    chosen = str(st.session_state[f"two-right-{what}"])
    if chosen in options and chosen != left:
        return chosen
    if what == CLASSES:
        return explain_options.runner_up(scene.said, left)
    place = options.index(left) + 1 if what == PHOTOS else 0
    return next(each for each in [*options[place:], *options] if each != left)


def _look(session: Session, what: str, before: str) -> None:
    """Let the whole page look at what was chosen on the left."""
    state = st.session_state
    now, right = state[f"two-left-{what}"], f"two-right-{what}"
    if state.get(right) == now:  # the two change places
        state[right] = before
    if what == PHOTOS:
        session.select(now)
    else:
        state[_CONTROLS[what]] = now


def asked(scene: Scene, what: str, chosen: tuple[str, str]) -> tuple[Asked, Asked]:
    """What is asked for the left and for the right."""
    target, photos, possible = st.session_state.target, scene.session.photos, scene.possible

    def one(option: str) -> Asked:
        if what == PHOTOS:
            said = scene.session.explanations[scene.model.key, PLAIN, option]
            request = possible.asked(said, target or said.predicted)
            return Asked(scene.model, photos[option], request, target)
        if what == CLASSES:
            return Asked(scene.model, scene.entry, possible.asked(scene.said, option), option)
        if what == METHODS:
            request = possible.asked(scene.said, target or scene.said.predicted)
            return Asked(scene.model, scene.entry, replace(request, method=option), target)
        # Layers are each model's own, so both are asked at their last.
        usual = ExplainRequest(possible.request.method, negate=possible.request.negate)
        return Asked(scene.models[option], scene.entry, usual, target)

    return one(chosen[0]), one(chosen[1])


def answered(say: Texts, session: Session, asked: Asked, card: Card) -> Known:
    """Ask, unless it is known; what goes wrong is told beside the other side.

    Args:
        say: The texts.
        session: Keeps the answers.
        asked: What to ask.
        card: Of the page's model, which knows the class that is looked for.
    """
    key = asked.entry.sha256
    try:
        wanted = {key: (asked.entry, asked.request)}
        explain_on_demand.answer(say, session, asked.model, wanted, _back)
    except LensError as error:
        return Known(asked, None, say.plain("two.failed", reason=say.error(error)))
    said = session.explanations[asked.model.key, asked.request, key]
    if asked.target and asked.target not in said.classes:
        model = say.of_model(asked.model.name, asked.model.card)
        target = say.of_class(asked.target, card)
        return Known(asked, said, say.plain("two.lacks", model=model, target=target))
    return Known(asked, said)


def _back() -> None:
    """Ask the default again, on both sides."""
    explain_options.back()
    st.session_state[f"two-right-{METHODS}"] = ""
