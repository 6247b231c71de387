"""All the evidence for one photo and one class, as it becomes ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.checks import Asked, erasing, occluding, undoing, varying, walking
from core.evidence.localization import attention
from core.evidence.masked_input import Mask, see
from core.evidence.results import Evidence, Step
from core.evidence.verdict import verdict
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo

_BATCH = 16  # photos shown between two reports
_RICE = 0.5  # of a pixel's area, to call it rice


def gather(
    explainer: Explainer,
    photo: Photo,
    explanation: Explanation,
    rice: Mask,
    target: str,
    baselines: Baselines,
    problem: str = "",
) -> Iterator[Step]:
    """Collect all evidence, in about a hundred forward passes, and report after every few.

    Args:
        explainer: With the model.
        photo: The photo.
        explanation: What the explainer said of it.
        rice: bool [H, W], which pixels of `photo.rgb` are rice.
        target: The class.
        baselines: The model's `controls`.
        problem: Why the mask is not to be trusted ("no_rice", "not_separable"): then all that needs
            it stays None, and the verdict is "unclear" for this reason. "" if it is.

    Yields:
        A step before anything is asked, after each batch, and when a test is done; the last has
        everything. Verdict and erase tests come first. Whoever has seen enough stops iterating.
    """
    seen = see(photo.rgb, rice, explanation.placement)
    problem = problem or ("" if (seen.rice > _RICE).any() else "no_rice")
    asked = Asked(explainer, seen, explanation, explanation.classes.index(target))
    evidence = Evidence(
        explanation.sha256,
        explanation.model,
        explanation.request,
        target,
        float(explanation.scores[asked.index]),
        None if problem else attention(asked.heat, *seen.shares(explanation.grid)),
        verdict=verdict(None, problem) if problem else None,
    )
    stages = [
        *([] if problem else [erasing(asked, baselines)]),
        occluding(asked),
        walking(asked),
        undoing(asked, baselines.redrawn),
        varying(asked),
    ]
    total = sum(len(stage.pictures) for stage in stages)
    done = 0
    yield Step(done, total, evidence)
    for stage in stages:
        answers: list[Any] = []
        for start in range(0, len(stage.pictures), _BATCH):
            batch = np.stack(stage.pictures[start : start + _BATCH])
            answers.extend(stage.ask(batch))
            done += len(batch)
            if len(answers) < len(stage.pictures):
                yield Step(done, total, evidence)
        evidence = stage.conclude(answers, evidence)
        yield Step(done, total, evidence)
