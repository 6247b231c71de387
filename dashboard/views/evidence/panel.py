"""Below the pictures: what the model looks at, and on request the tests behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.models.card import Card
from dashboard.components import previews
from dashboard.i18n.translate import Texts
from dashboard.state.session import Session
from dashboard.state.view_state import Seen
from dashboard.views.evidence import mask_editor, verdict
from dashboard.views.evidence.checks import PROOFS, Shown
from dashboard.work import evidence_runner
from dashboard.work.evidence_runner import Case, Gathering, Wish
from dashboard.work.model_pool import Model

# When what stands under the pictures is known, and what tells it; each is told once.
_SAID: dict[str, tuple[Callable[[Gathering], bool], Callable[[Texts, Card, Case, Gathering], None]]]
_SAID = {
    "sentence": (lambda found: bool(found.verdict or found.error), verdict.draw),
    "badge": (lambda found: bool(found.evidence and found.evidence.badge), verdict.draw_badge),
}


def draw(session: Session, model: Model, seen: Seen) -> list[Wish]:
    """Draw what is known.

    Returns:
        What is to be asked for the rest of it.
    """
    say = seen.say
    case = evidence_runner.case(model, seen.entry.sha256, seen.how.target, seen.how.request)
    with st.container(key="evidence"):
        if case is None:
            st.caption(say("evidence.plain_only"))
            return []
        found = evidence_runner.gathered(session, case)
        places = {name: _place(known(found)) for name, (known, _) in _SAID.items()}
        with st.expander(say("why"), key="why", on_change="rerun") as inside:
            opened = _Opened(session, seen, case, found) if inside.open else None

    def show(found: Gathering) -> None:
        for name, (known, told) in _SAID.items():
            if name in places and known(found):
                with places.pop(name).container(gap="small"):
                    told(say, seen.card, case, found)
        if opened:
            opened.show(found)

    if found.verdict is None and not found.error:
        places["sentence"].caption(say("evidence.asking"))
    show(found)
    return [Wish(model, case, opened is not None, show)]


@dataclass
class _Opened:
    """The tests, told one after another as they become ready."""

    session: Session
    seen: Seen
    case: Case
    found: Gathering
    places: dict[str, DeltaGenerator] = field(default_factory=dict)
    progress: DeltaGenerator = field(init=False)
    bar: DeltaGenerator | None = None

    def __post_init__(self) -> None:
        say, session, seen = self.seen.say, self.session, self.seen
        self.progress = st.empty()
        if not self.found.finished and not self.found.error:
            self._draw_progress()
        for proof in PROOFS:
            with st.container(key=f"proof-{proof.name}"):
                title, help = say(f"proof.{proof.name}.title"), say(f"proof.{proof.name}.help")
                st.markdown(f"**{title}**", help=help)
                if proof.name == "rice":
                    told, marked = st.columns([3, 2], gap="large")
                    with marked:
                        mask_editor.draw(say, session, seen.entry, seen.explanation)
                else:
                    told = st.container()
                with told:
                    known = self.found.evidence
                    self.places[proof.name] = _place(known is not None and proof.ready(known))

    def show(self, found: Gathering) -> None:
        """Tell what is newly known, and how far it is."""
        if found.evidence:
            for proof in PROOFS:
                if proof.name in self.places and proof.ready(found.evidence):
                    with self.places.pop(proof.name).container(gap="small"):
                        proof.draw(self._shown, found.evidence)
        if found.finished or found.error:
            self.progress.empty()
        elif self.bar and found.step:
            self.bar.progress(found.step.done / found.step.total, _how_far(self.seen.say, found))

    @property
    def _shown(self) -> Shown:
        entry = self.seen.entry
        rgb = previews.photo(self.session, entry)
        return Shown(self.seen, rgb, mask_editor.marked(self.session, entry))

    def _draw_progress(self) -> None:
        say, found = self.seen.say, self.found
        with self.progress.container(key="asked", horizontal=True, vertical_alignment="center"):
            if found.stopped:
                st.caption(say("evidence.stopped", how_far=_how_far(say, found)), width="content")
            else:
                self.bar = st.empty()
                self.bar.progress(0.0, _how_far(say, found))
            st.button(
                say("evidence.go_on" if found.stopped else "asking.stop"),
                key="evidence-stop",
                on_click=_turn,
                args=(found,),
                type="tertiary",
            )


def _place(known: bool) -> DeltaGenerator:
    """Where something goes; what is there from before stays until it is drawn anew, if known."""
    return st.container() if known else st.empty()


def _turn(found: Gathering) -> None:
    found.stopped = not found.stopped


def _how_far(say: Texts, found: Gathering) -> str:
    if found.step is None:
        return say("evidence.asking")
    return say("evidence.progress", done=found.step.done, total=found.step.total)
