"""A photo of rice, a network that is known to look at it, and what its checks are given."""

from __future__ import annotations

from core.evidence.check import Check, CheckContext
from core.evidence.masked_input import to_model_input
from core.evidence.results import Evidence
from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from tests.support.known_networks import DARK, GREEN, explainer, known_baselines, photo, rice

ASKED = explainer(rice(), threshold=0.2)
BASELINES = known_baselines(ASKED)


def context(asked: Explainer = ASKED, **request: object) -> CheckContext:
    shown = photo(rice(), GREEN, DARK)
    (explanation,) = asked.explain([shown], ExplainRequest(**request))
    masked = to_model_input(shown.rgb, rice(), explanation.placement)
    return CheckContext(asked, masked, explanation, 0)


def run(check: Check) -> Evidence:
    return check.run(Evidence("5" * 64, "looking", ExplainRequest(), "green", 0.9))
