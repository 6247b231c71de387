"""Evidence, gathered a slice at a time."""

from __future__ import annotations

import logging
from threading import Event, Thread
from types import SimpleNamespace

from core.evidence.collect import collect_evidence
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session
from dashboard.work import evidence_runner, explain_queue, model_pool
from dashboard.work.evidence_runner import (
    EvidenceKey,
    EvidenceRequest,
    is_evidence_left,
    run_evidence,
)
from dashboard.work.model_pool import PooledModel
from tests.support.evidence_page import (
    core_says,
    dropped,
    png,
    text,
)
from tests.support.page import (
    drop,
    page,
    shown,
)


def test_a_run_waits_for_the_step_that_an_interrupted_one_is_at(monkeypatch):
    """A switch of language while the model is asked loses nothing."""
    begun, go = Event(), Event()

    def steps():
        for done in (1, 2):
            begun.set()
            assert go.wait(60)
            yield SimpleNamespace(total=2, done=done, evidence=SimpleNamespace(verdict=None))

    left, suspended, run = steps(), evidence_runner._Suspended(), evidence_runner.EvidenceRun()
    monkeypatch.setattr(evidence_runner, "_steps", lambda *given: left)
    session = SimpleNamespace(part=lambda kind: suspended)
    given = session, None, SimpleNamespace(sha256="0"), run
    runs = [Thread(target=evidence_runner._advance, args=given) for _ in range(2)]
    runs[0].start()
    assert begun.wait(60)
    assert suspended.turn.locked()
    runs[1].start()
    go.set()
    for each in runs:
        each.join(60)
    assert run.error is None
    assert run.step.done == 2


def test_photos_come_first(rice_network, monkeypatch):
    """While photos are waiting, no evidence is asked for."""
    shown = []

    def collect(*given):
        shown.append(rice_network.shown)
        return collect_evidence(*given)

    monkeypatch.setattr(explain_queue, "SECONDS", 0)  # a batch a run
    monkeypatch.setattr("core.evidence.collect.collect_evidence", collect)
    files = [(f"{level}.png", png((60, level, 60))) for level in range(140, 160, 2)]
    at = drop(page(), *files)
    assert not at.exception
    assert shown == [len(files)]


def test_it_can_be_stopped_and_goes_on_where_it_was(rice_network):
    session, data = Session(), png()
    session.add([Entry("a.png", data)])
    sha256 = next(iter(session.photos))
    explanation, whole = core_says(rice_network, data)
    session.explanations["key", DEFAULT_REQUEST, sha256] = explanation
    model = model_pool.Model(
        "key", "looking", rice_network.asked.card, lambda: PooledModel(rice_network.explainer)
    )
    case = EvidenceKey("key", sha256, DEFAULT_REQUEST, "green")
    found, shown_at = evidence_runner.evidence_run(session, case), []

    def show(run) -> None:
        shown_at.append(rice_network.shown)
        if len(shown_at) == 4:
            run.stop()

    wish = EvidenceRequest(model, case, True, show)
    while is_evidence_left(session, [wish]):
        run_evidence(session, [wish])
    assert found.stopped
    assert found.step is not None
    assert 0 < found.step.done < found.step.total
    assert found.evidence.badge is None
    stopped, found_at = rice_network.shown, found.step.done
    run_evidence(session, [wish])
    assert rice_network.shown == stopped
    found.go_on()
    wish = EvidenceRequest(model, case, True, lambda step: None)
    while is_evidence_left(session, [wish]):
        run_evidence(session, [wish])
    assert found.finished
    assert found.evidence.badge == whole.badge
    assert rice_network.shown - stopped <= found.step.total - found_at


def test_evidence_that_fails_is_reported_and_the_pictures_stay(rice_network, caplog):
    rice_network.broken = True
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = dropped()
    assert "Cannot check what" in text(at)
    assert "secret detail" not in text(at)
    assert "secret detail" in caplog.text
    assert "Heatmap" in shown(at)
