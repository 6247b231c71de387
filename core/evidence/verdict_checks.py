"""The checks of what a model looks at: on other backgrounds, without the rice, taken otherwise.

What they ask is in `counterfactuals` and `conditions`; what follows from it, in `verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

import cv2
import numpy as np

from core.evidence.baselines import Baselines
from core.evidence.check import Check, CheckContext
from core.evidence.conditions import CHANGES, COMPRESSED
from core.evidence.counterfactuals import (
    ClassScore,
    Counterfactuals,
    average_background,
    blur_background,
    remove_rice,
    replace_background,
    widen,
)
from core.evidence.log_odds import log_odds
from core.evidence.masked_input import Floats, Pixels
from core.evidence.other_rice import lay_other_rice
from core.evidence.results import Evidence
from core.evidence.verdict import NO_RICE, decide_verdict, load_thresholds
from core.models.network import probabilities


def check_verdict(context: CheckContext, baselines: Baselines) -> Check:
    """The photo on other backgrounds, without its rice, and taken otherwise; then the verdict.

    Of how it was taken only what the model's answers go with is changed: a verdict depends on no
    more. That asks for no mask, so it is tested where the rice is not known, too. Where rice was
    found, but not its outline, all that may be rice is taken for rice.
    """
    photo, rice = context.input.photo, context.input.photo_rice
    known = context.problem != NO_RICE
    if context.problem:
        rice = widen(rice)
    grounds = len(baselines.backgrounds)
    emptied = remove_rice(photo, rice) if known else None
    changes = _take_otherwise(context, baselines, followed=True)

    def lay(backgrounds: Iterable[Pixels]) -> list[Pixels]:
        size = photo.shape[1::-1]
        shrunk = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in backgrounds)
        return [context.input.paste(replace_background(photo, rice, each)) for each in shrunk]

    favouring, opposing = baselines.colours.favouring_and_opposing(context.class_index)
    coloured = not context.problem and baselines.colours.follows >= load_thresholds().follows
    inputs = {
        "other_backgrounds": lay(baselines.backgrounds if known else []),
        "rice_removed": [] if emptied is None else [context.input.paste(emptied)],
        "other_rice": [
            context.input.paste(each)
            for each in (lay_other_rice(photo, rice, emptied) if known else [])
        ],
        "favouring_colour": lay([favouring] if coloured else []),
        "opposing_colour": lay([opposing] if coloured else []),
        **changes,
    }

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        found = _named(context, inputs, answers)
        counterfactuals = Counterfactuals(
            original=_class_scores(context, context.explanation.logits[None])[0],
            blurred_background=None,
            mean_background=None,
            other_backgrounds=found["other_backgrounds"],
            rice_removed=next(iter(found["rice_removed"]), None),
            other_rice=found["other_rice"],
            favouring_colour=next(iter(found["favouring_colour"]), None),
            opposing_colour=next(iter(found["opposing_colour"]), None),
            blank=_class_scores(context, baselines.blank_logits[-grounds:]),
            changed={name: found[name][0] for name in changes},
            follows=baselines.follows,
            pictures={name: some[0] for name, some in inputs.items() if some},
        )
        verdict = decide_verdict(counterfactuals, context.problem)
        return replace(evidence, counterfactuals=counterfactuals, verdict=verdict)

    return Check([*chain(*inputs.values())], context.explainer.logits, conclude)


def check_other_changes(context: CheckContext, baselines: Baselines) -> Check:
    """What is shown beside a verdict: two more backgrounds, and all else of how it was taken."""
    photo, rice = context.input.photo, context.input.photo_rice
    inputs = _take_otherwise(context, baselines, followed=False)
    if not context.problem:
        inputs["blurred_background"] = [context.input.paste(blur_background(photo, rice))]
        inputs["mean_background"] = [context.input.paste(average_background(photo, rice))]

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        asked = evidence.counterfactuals
        assert asked is not None  # of the verdict's check
        scores = _named(context, inputs, answers)
        found = {**asked.changed, **{name: score for name, (score,) in scores.items()}}
        counterfactuals = replace(
            asked,
            blurred_background=found.get("blurred_background"),
            mean_background=found.get("mean_background"),
            changed={name: found[name] for name in CHANGES},
            pictures={**asked.pictures, **{name: some[0] for name, some in inputs.items()}},
        )
        return replace(evidence, counterfactuals=counterfactuals)

    return Check([*chain(*inputs.values())], context.explainer.logits, conclude)


def _take_otherwise(
    context: CheckContext, baselines: Baselines, followed: bool
) -> dict[str, list[Pixels]]:
    """The photo after each change of what the model's answers go with, or of what they do not."""
    line = load_thresholds().follows
    return {
        name: [
            context.input.compressed
            if name == COMPRESSED
            else context.input.paste(change(context.input.photo))
        ]
        for name, (condition, change) in CHANGES.items()
        if (baselines.follows[condition] >= line) == followed
    }


def _class_scores(context: CheckContext, logits: Floats) -> tuple[ClassScore, ...]:
    index, head = context.class_index, context.explainer.network.head
    odds = log_odds(probabilities(logits, head), index, head)
    pairs = zip(context.explainer.probabilities(logits)[:, index], odds, strict=True)
    return tuple(ClassScore(float(p), float(m)) for p, m in pairs)


def _named(
    context: CheckContext, inputs: Mapping[str, Sequence[Pixels]], answers: Sequence[Floats]
) -> dict[str, tuple[ClassScore, ...]]:
    """The class's scores of all inputs in a row, by the inputs' names."""
    left = iter(_class_scores(context, np.stack(answers)) if answers else ())
    return {name: tuple(islice(left, len(some))) for name, some in inputs.items()}
