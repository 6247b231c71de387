"""Evidence as it becomes known: nothing is claimed before, and nothing changes afterwards."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from core.evidence.results import Evidence, EvidenceStep
from core.explain.request import ExplainRequest


def test_what_is_not_known_yet_is_none():
    evidence = Evidence("hash", "rice-64", ExplainRequest(), "Ketan", 0.8)
    known = {"sha256", "model", "request", "target", "probability", "problem"}
    assert {f.name for f in fields(evidence) if getattr(evidence, f.name) is not None} == known


def test_a_later_step_leaves_the_earlier_one_as_it_was():
    step = EvidenceStep(1, 2, Evidence("hash", "rice-64", ExplainRequest(), "Ketan", 0.8))
    later = replace(step, done=2, evidence=replace(step.evidence, occlusion_agreement=0.5))
    assert step.evidence.occlusion_agreement is None
    assert later.evidence.occlusion_agreement == 0.5
    with pytest.raises(FrozenInstanceError):
        step.done = 2
