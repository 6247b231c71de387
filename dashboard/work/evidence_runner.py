"""What the model uses of a photo is asked when somebody looks at it, in turns of half a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import LensError
from core.evidence.results import Evidence, Step
from core.evidence.verdict import Verdict
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from dashboard.i18n import phrases
from dashboard.state.explain_options import AGAINST, RATHER
from dashboard.state.session import Marking, Session
from dashboard.views.evidence import mask_editor
from dashboard.work.model_pool import Model, unknown

log = logging.getLogger("dashboard")
_TURN = 0.5  # seconds after which the page hears what the visitor did
_HEAD_START = 0.15  # seconds in which the pictures that were just drawn reach the browser


@dataclass(frozen=True)
class Case:
    """What the evidence is of.

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
class Gathering:
    """How far the evidence of a case is.

    Attributes:
        marking: Of the rice, that it rests on.
        step: What is known by now.
        finished: Whether that is all.
        stopped: Whether the visitor wanted no more of it.
        error: Why there is none.
    """

    marking: Marking | None = None
    step: Step | None = None
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

    def begin(self, marking: Marking) -> None:
        """Forget what rests on another marking; what does not is kept."""
        self._before = self.evidence if self.finished else None
        self.marking, self.step, self.error = marking, None, None
        self.finished = self.stopped = False

    def take(self, step: Step) -> None:
        """Take in what is newly known."""
        before, now = self._before, step.evidence
        if before and now.verdict:
            now = replace(before, attention=now.attention, erased=now.erased, verdict=now.verdict)
            step, self.finished = Step(step.total, step.total, now), True
        if self.step is None or step.done >= self.step.done:  # less, where it had to begin anew
            self.step = step


def case(model: Model, sha256: str, target: str, request: ExplainRequest) -> Case | None:
    """What evidence there is for what is looked at; none where it is no class alone."""
    if phrases.kind(request) in (AGAINST, RATHER):
        return None
    return Case(model.key, sha256, request, target)


def gathered(session: Session, case: Case) -> Gathering:
    """How far the evidence of a case is."""
    found = session.remember(("evidence", case), Gathering)
    marking = mask_editor.marking(session, session.photos[case.sha256])
    if found.marking != marking:
        found.begin(marking)
    return found


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see.

    Attributes:
        model: The case's.
        case: What the evidence is of.
        whole: All there is, rather than only what the model looks at.
        show: Told whenever something new is known.
    """

    model: Model
    case: Case
    whole: bool
    show: Callable[[Gathering], None]


def go_on(session: Session, wishes: Sequence[Wish]) -> bool:
    """Ask the models for about half a second.

    Returns:
        Whether there is more to ask.
    """
    if wishes and all(gathered(session, wish.case).step is None for wish in wishes):
        time.sleep(_HEAD_START)
    began = time.monotonic()
    for wish in wishes:
        found = gathered(session, wish.case)
        while _wanted(found, wish.whole):
            if time.monotonic() > began + _TURN:
                return True
            _advance(session, wish.model, wish.case, found)
            for each in wishes:
                if each.case == wish.case:
                    each.show(found)
    return False


def _wanted(found: Gathering, whole: bool) -> bool:
    if found.error or found.stopped:
        return False
    return not found.finished if whole else found.verdict is None


def _advance(session: Session, model: Model, case: Case, found: Gathering) -> None:
    try:
        step = next(_under_way(session, model, case, found), None)
        if step:
            found.take(step)
        else:
            found.finished = True
    except LensError as error:
        found.error = error
    except Exception:
        log.exception("the evidence for photo %s cannot be had", case.sha256)
        found.error = unknown()
    if found.finished or found.error:
        session.under_way = None


def _under_way(session: Session, model: Model, case: Case, found: Gathering) -> Iterator[Step]:
    """The one gathering that can go on where it was; another one begins anew."""
    from core.evidence.collect import gather  # not before the first pictures are shown

    key = case, found.marking
    if session.under_way is None or session.under_way[0] != key or found.step is None:
        entry, shared = session.photos[case.sha256], model.opened()
        rice = mask_editor.marked(session, entry)
        steps = gather(
            shared.visited(),
            read_photo(entry.data, longest=PREVIEW),
            session.explanations[case.model, case.request, case.sha256],
            rice.mask,
            case.target,
            shared.controls,
            rice.problem,
        )
        session.under_way = key, steps
    return session.under_way[1]
