"""Two photos, two classes, two methods or two models side by side, and what differs, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evidence.comparison import Comparison, compare
from core.explain.explanation import Explanation
from core.explain.render import legend
from core.images.encode import encode_png
from core.models.card import Card
from dashboard.components import advanced_options, display_options, downloads, previews
from dashboard.components.display_options import Drawing
from dashboard.i18n import phrases
from dashboard.i18n.peak_location import NOWHERE
from dashboard.i18n.translate import Texts, escape
from dashboard.state import explain_options
from dashboard.state.explain_options import Choices
from dashboard.state.session import Session
from dashboard.state.view_state import Seen
from dashboard.views.compare import sentences, setup
from dashboard.views.compare.setup import CLASSES, METHODS, MODELS, PHOTOS, SIDES, Known
from dashboard.views.evidence import mask_editor, verdict
from dashboard.work import evidence_runner
from dashboard.work.evidence_runner import Gathering, Wish
from dashboard.work.model_pool import Model

Two = tuple[Known, Known]


def keep() -> None:
    """Keep the choices in a run that may end before the controls are drawn."""
    for key, default in setup.DEFAULTS.items():
        st.session_state[key] = st.session_state.get(key, default)


def draw(say: Texts, session: Session, model: Model, models: Mapping[str, Model]) -> list[Wish]:
    """Draw the two, and what differs.

    Args:
        say: The texts.
        session: Has the photos.
        model: The page's.
        models: Those to choose from, by key.

    Returns:
        What the models are to be asked once all is drawn.
    """
    scene = setup.scene(session, model, models)
    options = setup.options(say, scene)
    what = _what(say, list(options))
    columns = st.container(key="pair").columns(2, gap="large")
    chosen = setup.choose(say, scene, what, options[what], columns)
    left, right = setup.asked(scene, what, chosen)
    with st.container(key="asking"):
        known = (
            setup.answered(say, session, left, model.card),
            setup.answered(say, session, right, model.card),
        )
    comparable = what in (PHOTOS, CLASSES) and scene.possible.comparable
    drawings = _drawings(known, comparable)
    wishes = _pictures(say, session, what, scene.possible, known, drawings, columns)
    if all(each.said for each in known):
        _legend(say, what, comparable)
        _take_away(say, known, drawings)
        _words(say, session, what, known, comparable)
    with st.container(key="two-controls"):
        _controls(say, what, scene.possible, known[0], model.card)
    return wishes


def _what(say: Texts, possible: list[str]) -> str:
    state = st.session_state
    if state["two-what"] not in possible:
        state["two-what"] = possible[0]
    st.segmented_control(
        say("two.what"),
        possible,
        format_func=lambda what: say(f"two.what.{what}"),
        key="two-what",
        required=True,
    )
    return str(state["two-what"])


def _drawings(known: Two, comparable: bool) -> list[Drawing]:
    """How to draw each: on one scale where their values have one unit."""
    state = st.session_state
    grids = [each.said.map(each.target) for each in known if each.said and not each.problem]
    top = max((float(grid.max()) for grid in grids), default=0.0) if comparable else 0.0
    shared = top if top > 0 else None
    return [
        Drawing(each.target, state.blend / 100, state.colors, shared, each.asked.request)
        for each in known
    ]


def _pictures(
    say: Texts,
    session: Session,
    what: str,
    possible: Choices,
    known: Two,
    drawings: Sequence[Drawing],
    columns: Sequence[DeltaGenerator],
) -> list[Wish]:
    shapes = {each.said.placement.photo for each in known if each.said}
    shape = "mixed" if len(shapes) > 1 else "alike"
    wishes = []
    for column, which, each, how in zip(columns, SIDES, known, drawings, strict=True):
        with column, st.container(key=f"side-{which}-{shape}", gap="small"):
            wishes += _side(say, session, what, possible, each, how)
    return wishes


def _side(
    say: Texts, session: Session, what: str, possible: Choices, known: Known, how: Drawing
) -> list[Wish]:
    """Draw a picture; what is said stands below, for it may take more lines on one side."""
    said, asked = known.said, known.asked
    if said is None:
        st.warning(escape(known.problem), icon=":material/info:")
        return []
    card = asked.model.card
    answer = f"**{_answer(say, what, card, said, known.target)}**"
    if known.problem:
        st.markdown(answer)
        st.warning(escape(known.problem), icon=":material/info:")
        return []
    seen = Seen(say, card, asked.entry, said, how, possible)
    _picture(session, seen)
    st.markdown(answer)
    rows, columns = said.grid
    st.caption(
        say("two.caption", where=seen.where, rows=rows, columns=columns),
        help=say(f"explains.{asked.request.method}") if what == METHODS else None,
    )
    return _looks_at(say, session, what, known, card)


def _answer(say: Texts, what: str, card: Card, said: Explanation, target: str) -> str:
    if what == CLASSES:
        score = float(said.scores[said.classes.index(target)])
        return say("two.class", target=say.of_class(target, card), score=say.percent(score))
    score = float(said.scores.max())
    return say("answer", predicted=say.of_class(said.predicted, card), score=say.percent(score))


def _picture(session: Session, seen: Seen) -> None:
    """Draw the overlay; the photo alone where there is no heat."""
    mask = mask_editor.marked(session, seen.entry).mask if st.session_state.outline else None
    shown = previews.draw(session, seen.entry, seen.explanation, seen.how, mask)
    which = "original" if seen.place == NOWHERE else "overlay"
    alt = f"{seen.say.plain(f'picture.{which}')}: {seen.where}"
    st.image(getattr(shown, which), alt=alt, width="stretch")


def _looks_at(say: Texts, session: Session, what: str, known: Known, card: Card) -> list[Wish]:
    """Draw what the model looks at, once that is known.

    Not of two classes or methods: another map does not change what the model uses.
    """
    asked = known.asked
    case = evidence_runner.case(asked.model, asked.entry.sha256, known.target, asked.request)
    if what not in (PHOTOS, MODELS) or case is None:
        return []
    place, now = st.empty(), evidence_runner.gathered(session, case)

    def show(found: Gathering) -> None:
        with place.container(gap="small"):
            verdict.draw(say, card, case, found, brief=True)

    if now.verdict or now.error:
        show(now)
    else:
        place.caption(say("evidence.asking"))
    return [Wish(asked.model, case, False, show)]


def _legend(say: Texts, what: str, comparable: bool) -> None:
    scale = "shared" if comparable else "own"
    with st.container(key="two-legend", gap=None):
        st.image(encode_png(legend(st.session_state.colors)), alt="", width="stretch")
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.caption(say(f"two.legend.{scale}.low"), width="content")
            st.caption(say(f"two.legend.{scale}.high"), width="content")
        st.caption(say(f"two.legend.{what if what in (METHODS, MODELS) else scale}"))


def _take_away(say: Texts, known: Two, drawings: Sequence[Drawing]) -> None:
    left, right = (
        (each.asked.entry, each.said, how) if each.said and not each.problem else None
        for each, how in zip(known, drawings, strict=True)
    )
    if left and right:
        downloads.both(say, left, right)


def _words(say: Texts, session: Session, what: str, known: Two, comparable: bool) -> None:
    left, right = known
    if left.said is None or right.said is None:
        return
    targets = left.target, right.target
    cards = left.asked.model.card, right.asked.model.card
    with st.container(key="differs", gap="small"):
        said = sentences.answers(say, what, cards, (left.said, right.said), targets)
        st.markdown(f"**{said}**")
        if left.problem or right.problem:
            return
        found = _compared(session, known, (left.said, right.said))
        same_cells = left.said.grid == right.said.grid
        for each in sentences.sentences(say, found, what != PHOTOS, comparable, same_cells):
            st.markdown(each.text, help=each.help)


def _compared(session: Session, known: Two, said: tuple[Explanation, Explanation]) -> Comparison:
    """The numbers; told anew only where a map or the marking of its rice is another one."""
    entries = [each.asked.entry for each in known]
    found = [mask_editor.marked(session, entry) for entry in entries]
    rice = [None if each.problem else each.mask for each in found]
    targets = known[0].target, known[1].target
    # The session keeps every explanation, so these numbers are nobody else's.
    what = *map(id, said), *targets, *(mask_editor.marking(session, entry) for entry in entries)
    return session.remember(
        ("compared", *what), lambda: compare(*said, targets, (rice[0], rice[1]))
    )


def _controls(say: Texts, what: str, possible: Choices, left: Known, card: Card) -> None:
    """Draw how both are looked at, and the way back from what is not as usual."""
    request = left.asked.request
    kind = phrases.kind(request)
    if what == CLASSES or kind == phrases.ANY:
        display_options.draw_blend(say)
    else:
        other = say.of_class(request.contrast_class, card) if request.contrast_class else ""
        display_options.draw(say, card, say(f"target.{kind}", other=other))
    if left.said:
        asked = Drawing(left.target, 0, "", request=request)
        parts = advanced_options.changed(say, card, replace(possible, request=request), asked)
        if parts:
            with st.container(key="changed", horizontal=True, vertical_alignment="center"):
                st.caption(say("changed", parts=" · ".join(parts)), width="content")
                st.button(
                    say("changed.back"), key="back", on_click=explain_options.back, type="tertiary"
                )
