"""Computes evidence when it is viewed, in slices of half a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from core.errors import LensError
from core.evidence.results import Evidence, EvidenceStep
from core.evidence.verdict import Verdict
from core.explain.request import ExplainRequest
from dashboard.i18n import phrases
from dashboard.state.session import MaskEdit, Session
from dashboard.state.view_state import PhotoView
from dashboard.work.model_pool import Model, unexpected_error
from dashboard.work.photo_previews import preview
from dashboard.work.rice_masks import mask_edit, rice_mask

log = logging.getLogger("dashboard")
_SLICE = 0.5  # seconds after which the page hears what the visitor did


@dataclass(frozen=True)
class EvidenceKey:
    """Key of evidence: model, photo, request and class.

    Attributes:
        model: The model's key.
        sha256: The photo's identity.
        request: What its heatmap answers.
        target: The class.
    """

    model: str
    sha256: str
    request: ExplainRequest
    target: str


@dataclass
class EvidenceRun:
    """The evidence of a key, as far as it is known.

    Attributes:
        edit: Of the rice mask, that it rests on.
        step: What is known by now.
        finished: Whether that is all.
        stopped: Whether the visitor wanted no more of it.
        error: Why there is none.
    """

    edit: MaskEdit | None = None
    step: EvidenceStep | None = None
    finished: bool = False
    stopped: bool = False
    error: LensError | None = None
    _before: Evidence | None = None

    @property
    def evidence(self) -> Evidence | None:
        """What is known by now."""
        return self.step.evidence if self.step else None

    @property
    def verdict(self) -> Verdict | None:
        """What the model looks at, once that is known."""
        return self.step.evidence.verdict if self.step else None

    def stop(self) -> None:
        """Ask no more, as the visitor wants."""
        self.stopped = True

    def go_on(self) -> None:
        """Ask for the rest, after `stop`."""
        self.stopped = False

    def restart(self, edit: MaskEdit) -> None:
        """Forget what rests on another mask; what does not is kept."""
        self._before = self.evidence if self.finished else None
        self.edit, self.step, self.error = edit, None, None
        self.finished = self.stopped = False

    def take(self, step: EvidenceStep) -> None:
        """Take in what is newly known."""
        before, now = self._before, step.evidence
        if before and now.verdict:
            now = replace(
                before,
                problem=now.problem,
                localization=now.localization,
                counterfactuals=now.counterfactuals,
                verdict=now.verdict,
            )
            self.finished = now.all_changed
            step = replace(step, evidence=now)
        if self.step is None or step.done >= self.step.done:  # less, where it had to begin again
            self.step = step


@dataclass
class _Suspended:
    """The one run of a session that can go on where it was."""

    of: object = None
    steps: Iterator[EvidenceStep] | None = None
    turn: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class EvidenceRequest:
    """Request for evidence that is in view.

    Attributes:
        model: The key's.
        key: What the evidence is of.
        whole: All there is, rather than only what the model looks at.
        show: Called whenever something new is known.
    """

    model: Model
    key: EvidenceKey
    whole: bool
    show: Callable[[EvidenceRun], None]


def evidence_key(view: PhotoView) -> EvidenceKey | None:
    """What evidence there is for what is shown; none where the map is not of one class alone."""
    if phrases.kind(view.request) in (phrases.AGAINST, phrases.RATHER):
        return None
    return EvidenceKey(view.model, view.entry.sha256, view.request, view.target)


def evidence_run(session: Session, key: EvidenceKey) -> EvidenceRun:
    """The evidence of a key, as far as it is known."""
    run = session.results.get(("evidence", key), EvidenceRun)
    edit = mask_edit(session, session.photos[key.sha256])
    if run.edit != edit:
        run.restart(edit)
    return run


def known_verdict(session: Session, key: EvidenceKey) -> Evidence | None:
    """The evidence of a key without its badge, if it rests on the rice as it was found."""
    run: EvidenceRun | None = session.results.find(("evidence", key))
    if not (run and run.evidence and run.verdict and run.edit == MaskEdit()):
        return None
    return replace(run.evidence, occlusion_agreement=None, badge=None)


def is_evidence_left(session: Session, requests: Sequence[EvidenceRequest]) -> bool:
    """Whether the models are yet to be asked for anything."""
    return any(_unfinished(evidence_run(session, each.key), each.whole) for each in requests)


def run_evidence(session: Session, requests: Sequence[EvidenceRequest]) -> None:
    """Ask the models for about half a second."""
    until = time.monotonic() + _SLICE
    for request in requests:
        run = evidence_run(session, request.key)
        while _unfinished(run, request.whole):
            if time.monotonic() > until:
                return
            _advance(session, request.model, request.key, run)
            for each in requests:
                if each.key == request.key:
                    each.show(run)


def _unfinished(run: EvidenceRun, whole: bool) -> bool:
    if run.error or run.stopped:
        return False
    return not run.finished if whole else run.verdict is None


def _advance(session: Session, model: Model, key: EvidenceKey, run: EvidenceRun) -> None:
    try:
        # A run that was interrupted is still in its step: a generator has one caller at a time.
        with session.part(_Suspended).turn:
            if run.finished:
                return
            step = next(_steps(session, model, key, run), None)
            if step:
                run.take(step)
            else:
                run.finished = True
    except LensError as error:
        run.error = error
    except Exception:
        log.exception("computing the evidence for photo %s failed", key.sha256)
        run.error = unexpected_error()
    if run.finished or run.error:
        session.part(_Suspended).of = session.part(_Suspended).steps = None


def _steps(
    session: Session, model: Model, key: EvidenceKey, run: EvidenceRun
) -> Iterator[EvidenceStep]:
    """The steps that are left; of all runs but the last, all of them."""
    from core.evidence.collect import collect_evidence  # not before the first pictures are shown

    last, of = session.part(_Suspended), (key, run.edit)
    if last.steps is None or last.of != of or run.step is None:
        entry, loaded = session.photos[key.sha256], model.load()
        rice = rice_mask(session, entry)
        steps = collect_evidence(
            loaded.for_visitor(),
            preview(session, entry),
            session.explanations[key.model, key.request, key.sha256],
            rice.mask,
            key.target,
            loaded.baselines,
            rice.problem,
        )
        last.of, last.steps = of, steps
        return steps
    return last.steps
