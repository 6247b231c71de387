"""Collects the evidence for one photo and class, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.checks import (
    CheckContext,
    check_counterfactuals,
    check_deletion_insertion,
    check_occlusion,
    check_robustness,
    check_weight_randomization,
)
from core.evidence.localization import localize_heat
from core.evidence.masked_input import Mask, to_model_input
from core.evidence.results import Evidence, EvidenceStep
from core.evidence.verdict import decide_verdict
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo

_BATCH = 16  # inputs between two steps
_RICE = 0.5  # of a pixel's area, to call it rice


def collect_evidence(
    explainer: Explainer,
    photo: Photo,
    explanation: Explanation,
    rice: Mask,
    target: str,
    baselines: Baselines,
    problem: str = "",
) -> Iterator[EvidenceStep]:
    """Collect all evidence, in about a hundred forward passes, and report after every few.

    Args:
        explainer: With the model.
        photo: The photo.
        explanation: What the explainer said of it.
        rice: bool [H, W], which pixels of `photo.rgb` are rice.
        target: The class.
        baselines: Of the model, from `compute_baselines`.
        problem: Why the mask is not to be trusted ("no_rice", "not_separable"): then all that needs
            it stays None, and the verdict is "unclear" for this reason. "" if it is.

    Yields:
        A step before the model is run, after each batch, and when a check is done; the last has
        everything. The verdict comes first. To stop early, stop iterating.
    """
    masked_input = to_model_input(photo.rgb, rice, explanation.placement)
    problem = problem or ("" if (masked_input.rice > _RICE).any() else "no_rice")
    class_index = explanation.classes.index(target)
    context = CheckContext(explainer, masked_input, explanation, class_index)
    shares = masked_input.cell_shares(explanation.grid)
    evidence = Evidence(
        explanation.sha256,
        explanation.model,
        explanation.request,
        target,
        float(explanation.scores[class_index]),
        None if problem else localize_heat(context.heat, *shares),
        verdict=decide_verdict(None, problem) if problem else None,
    )
    checks = [
        *([] if problem else [check_counterfactuals(context, baselines)]),
        check_occlusion(context),
        check_deletion_insertion(context),
        check_weight_randomization(context, baselines.randomized),
        check_robustness(context),
    ]
    total = sum(len(check.inputs) for check in checks)
    done = 0
    yield EvidenceStep(done, total, evidence)
    for check in checks:
        answers: list[Any] = []
        for start in range(0, len(check.inputs), _BATCH):
            batch = np.stack(check.inputs[start : start + _BATCH])
            answers.extend(check.predict(batch))
            done += len(batch)
            if len(answers) < len(check.inputs):
                yield EvidenceStep(done, total, evidence)
        evidence = check.conclude(answers, evidence)
        yield EvidenceStep(done, total, evidence)
