"""Collects evidence: of one photo step by step, or of several photos for a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.check import CheckContext
from core.evidence.heatmap_checks import (
    check_deletion_insertion,
    check_occlusion,
    check_robustness,
    check_weight_randomization,
)
from core.evidence.localization import localize_heat
from core.evidence.masked_input import Mask, MaskedInput, to_model_input
from core.evidence.results import Evidence, EvidenceStep
from core.evidence.verdict_checks import check_other_changes, check_verdict
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo

EvidenceLevel = Literal["", "verdict", "full"]
"""How much evidence a table has: none, the verdict, or whether the heatmap can be trusted, too."""

VERDICT: EvidenceLevel = "verdict"
FULL: EvidenceLevel = "full"

_BATCH = 16  # inputs between two steps
_RICE = 0.5  # of a pixel's area, to call it rice


@dataclass(frozen=True, eq=False)
class MaskedPhoto:
    """A photo whose evidence is collected.

    Attributes:
        explanation: What the explainer said of it.
        input: The photo and the mask of its rice, as the model takes them in.
        target: The class.
        problem: Why the mask is not to be trusted ("no_rice", "not_separable"): then all that needs
            it stays None, and the verdict is "unclear" for this reason, "condition" or, where all
            that may be rice can be taken out, "background". "" if it is.
    """

    explanation: Explanation
    input: MaskedInput
    target: str
    problem: str = ""


def collect_evidence(
    explainer: Explainer,
    photo: Photo,
    explanation: Explanation,
    rice: Mask,
    target: str,
    baselines: Baselines,
    problem: str = "",
) -> Iterator[EvidenceStep]:
    """Collect all evidence, in about 130 forward passes, and report after every few.

    Args:
        explainer: With the model.
        photo: The photo.
        explanation: What the explainer said of it.
        rice: bool [H, W], which pixels of `photo.rgb` are rice.
        target: The class.
        baselines: Of the model, from `compute_baselines`.
        problem: As `MaskedPhoto.problem`.

    Yields:
        A step before the model is run, after each batch, and when a check is done; the last has
        everything. The verdict comes first; only then `total` counts what the other checks show
        the model. To stop early, stop iterating.
    """
    masked = to_model_input(photo.rgb, rice, explanation.placement)
    context, evidence = _start(explainer, MaskedPhoto(explanation, masked, target, problem))
    verdict = [partial(check_verdict, context, baselines)]
    others = [
        partial(check_other_changes, context, baselines),
        partial(check_occlusion, context),
        partial(check_deletion_insertion, context),
        partial(check_weight_randomization, context, baselines.randomized),
        partial(check_robustness, context),
    ]
    done = 0
    # Nobody waits for a verdict until the inputs of the other checks are made.
    for several in (verdict, others):
        checks = [make() for make in several]
        total = done + sum(len(check.inputs) for check in checks)
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


def collect_table_evidence(
    explainer: Explainer,
    photos: Iterable[MaskedPhoto],
    baselines: Baselines,
    level: EvidenceLevel = VERDICT,
) -> list[Evidence]:
    """Collect what `table_columns` has of several photos.

    Two or three forward passes a photo for each condition that the model follows, eight where there
    is rice, and two more where it follows the background's colour, those of all photos together.
    The full level adds about a hundred, photo by photo; the verdicts stay as they are.

    Args:
        explainer: With the model.
        photos: Any number.
        baselines: Of the model, from `compute_baselines`.
        level: `VERDICT`, or `FULL` for the badge, too.

    Returns:
        One a photo, in order.
    """
    started = [_start(explainer, photo) for photo in photos]
    checks = [check_verdict(context, baselines) for context, _ in started]
    inputs = [pixels for check in checks for pixels in check.inputs]
    logits = iter(explainer.logits(np.stack(inputs)) if inputs else ())
    found = []
    for (context, evidence), check in zip(started, checks, strict=True):
        evidence = check.conclude(list(islice(logits, len(check.inputs))), evidence)
        found.append(_add_badge(context, evidence, baselines) if level == FULL else evidence)
    return found


def _start(explainer: Explainer, masked: MaskedPhoto) -> tuple[CheckContext, Evidence]:
    """The input of all checks, and what is known before any."""
    explanation, target = masked.explanation, masked.target
    problem = masked.problem or ("" if (masked.input.rice > _RICE).any() else "no_rice")
    class_index = explanation.classes.index(target)
    context = CheckContext(explainer, masked.input, explanation, class_index, problem)
    shares = masked.input.cell_shares(explanation.grid)
    evidence = Evidence(
        explanation.sha256,
        explanation.model,
        explanation.request,
        target,
        float(explanation.scores[class_index]),
        problem,
        None if problem else localize_heat(context.heat, *shares),
    )
    return context, evidence


def _add_badge(context: CheckContext, evidence: Evidence, baselines: Baselines) -> Evidence:
    for check in (
        check_occlusion(context),
        check_deletion_insertion(context),
        check_weight_randomization(context, baselines.randomized),
    ):
        evidence = check.run(evidence)
    return evidence
