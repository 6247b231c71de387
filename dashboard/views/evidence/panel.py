"""Evidence panel below the pictures: the verdict, and its checks on request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.place import place
from dashboard.i18n.translate import Texts
from dashboard.state.callback import guarded
from dashboard.state.controls import drawn
from dashboard.state.session import Session
from dashboard.state.view_state import PhotoView
from dashboard.views.evidence import mask_editor, verdict
from dashboard.views.evidence.checks import CHECKS, CheckedPhoto
from dashboard.work.evidence_runner import (
    EvidenceKey,
    EvidenceRequest,
    EvidenceRun,
    evidence_key,
    evidence_run,
)
from dashboard.work.model_pool import Model
from dashboard.work.photo_previews import preview
from dashboard.work.rice_masks import rice_mask

_Draw = Callable[[Texts, PhotoView, EvidenceRun], None]
_SENTENCES: dict[str, tuple[Callable[[EvidenceRun], bool], _Draw]] = {
    "verdict": (lambda run: bool(run.verdict or run.error), verdict.draw),
    "numbers": (lambda run: bool(run.verdict), verdict.draw_numbers),
    "badge": (lambda run: bool(run.evidence and run.evidence.badge), verdict.draw_badge),
}
"""The verdict, and what stands right under the pictures: when it is known, and what draws it."""


def draw(
    say: Texts, session: Session, model: Model, view: PhotoView, beside: DeltaGenerator
) -> list[EvidenceRequest]:
    """Draw what is known.

    Args:
        say: The texts.
        session: The session.
        model: The model.
        view: The photo in view.
        beside: The place beside the answer, for the verdict.

    Returns:
        What the model is to be asked for the rest of it.
    """
    key = evidence_key(view)
    if key is None:
        beside.caption(say("evidence.plain_only"))
        return []
    run = evidence_run(session, key)
    shows = key, run.edit
    places = {}
    for name, (known, _) in _SENTENCES.items():
        with beside if name == "verdict" else nullcontext():
            places[name] = place(name, shows, known(run))
    with st.expander(say("evidence.title"), key=drawn("why"), on_change="rerun") as inside:
        checks = _Checks(say, session, view, run, key) if inside.open else None

    def show(run: EvidenceRun) -> None:
        for name, (known, draw_sentence) in _SENTENCES.items():
            if name in places and known(run):
                looks_at = run.verdict.looks_at if run.verdict else ""
                with places.pop(name).container(key=f"{name}-{looks_at}", gap="small"):
                    draw_sentence(say, view, run)
        if checks:
            checks.show(run)

    if run.verdict is None and not run.error:
        places["verdict"].caption(say("evidence.asking"))
    show(run)
    return [EvidenceRequest(model, key, checks is not None, show)]


@dataclass
class _Checks:
    """The checks, drawn one after another as they become ready."""

    say: Texts
    session: Session
    view: PhotoView
    run: EvidenceRun
    key: EvidenceKey
    places: dict[str, DeltaGenerator] = field(default_factory=dict)
    progress: DeltaGenerator = field(init=False)
    bar: DeltaGenerator | None = None

    def __post_init__(self) -> None:
        say, known = self.say, self.run.evidence
        self.progress = st.empty()
        if not self.run.finished and not self.run.error:
            self._draw_progress()
        for check in CHECKS:
            with st.container(key=f"proof-{check.name}"):
                title, help = say(f"check.{check.name}.title"), say(f"check.{check.name}.help")
                st.markdown(f"**{title}**", help=help)
                if check.name == "rice":
                    here, editor = st.columns([3, 2], gap="large")
                    with editor:
                        mask_editor.draw(say, self.session, self.view)
                else:
                    here = st.container()
                ready = known is not None and check.ready(known)
                with here:
                    self.places[check.name] = place(check.name, (self.key, self.run.edit), ready)

    def show(self, run: EvidenceRun) -> None:
        """Draw what is newly known, and how far it is."""
        if run.evidence:
            for check in CHECKS:
                if check.name in self.places and check.ready(run.evidence):
                    with self.places.pop(check.name).container(gap="small"):
                        check.draw(self._photo, run.evidence)
        if run.finished or run.error:
            self.progress.empty()
        elif self.bar and run.step:
            self.bar.progress(run.step.done / max(run.step.total, 1), _how_far(self.say, run))

    @property
    def _photo(self) -> CheckedPhoto:
        session, entry = self.session, self.view.entry
        rgb, mask = preview(session, entry).rgb, rice_mask(session, entry).mask
        return CheckedPhoto(self.say, self.view, rgb, mask)

    def _draw_progress(self) -> None:
        say, run = self.say, self.run
        with self.progress.container(key="asked", horizontal=True, vertical_alignment="center"):
            if run.stopped:
                st.caption(say("evidence.stopped", how_far=_how_far(say, run)), width="content")
            else:
                self.bar = st.empty()
                self.bar.progress(0.0, _how_far(say, run))
            # Two buttons: a click may be heard twice, see `once_a_click`, and visitors repeat it.
            st.button(
                say("evidence.go_on" if run.stopped else "running.stop"),
                key="evidence-go-on" if run.stopped else "evidence-stop",
                on_click=guarded(run.go_on if run.stopped else run.stop),
                type="tertiary",
            )


def _how_far(say: Texts, run: EvidenceRun) -> str:
    if run.step is None:
        return say("evidence.asking")
    return say("evidence.progress", done=run.step.done, total=run.step.total)
