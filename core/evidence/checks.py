"""The checks of one photo: inputs for the model, and what its scores add to the evidence.

A check is data: its caller chooses how many inputs make a batch, and when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np

from core.evidence.badge import decide_badge
from core.evidence.baselines import Baselines
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
from core.evidence.deletion_insertion import build_curves, removal_masks, removal_orders
from core.evidence.log_odds import log_odds, to_probability
from core.evidence.masked_input import Floats, MaskedInput, Pixels
from core.evidence.occlusion import blur, cell_indices, erase, occlusion_grid, occlusion_map
from core.evidence.other_rice import lay_other_rice
from core.evidence.rank_correlation import rank_correlation, resample
from core.evidence.results import Evidence
from core.evidence.robustness import measure_robustness, perturb
from core.evidence.verdict import NO_RICE, decide_verdict, load_thresholds
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo
from core.models.network import probabilities

_CHEAP = 8  # forward passes that a photo's map may take, for more maps to be asked for


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        inputs: Photos in the model's size, uint8 [h, w, 3] each.
        predict: What the model says of several of them, uint8 [n, h, w, 3]; one answer each.
        conclude: The evidence with what the answers add to it.
    """

    inputs: Sequence[Pixels]
    predict: Callable[[Pixels], Iterable[Any]]
    conclude: Callable[[list[Any], Evidence], Evidence]

    def run(self, evidence: Evidence) -> Evidence:
        """Show the model all inputs in one batch; gives the evidence with what they add."""
        answers = list(self.predict(np.stack(self.inputs))) if self.inputs else []
        return self.conclude(answers, evidence)


@dataclass(frozen=True)
class CheckContext:
    """Input of all checks: a model's explanation of a photo, for one class.

    Where `problem` says why the mask is not to be trusted, what needs it is not asked.
    """

    explainer: Explainer
    input: MaskedInput
    explanation: Explanation
    class_index: int
    problem: str = ""

    @property
    def heat(self) -> Floats:
        """The class's map."""
        return self.explanation.map(self.target)

    @property
    def target(self) -> str:
        """The class's name."""
        return self.explanation.classes[self.class_index]

    @cached_property
    def blurred(self) -> Pixels:
        """What stands where a place is erased: two checks ask for it."""
        return self.input.paste(blur(self.input.photo))

    def log_odds(self, logits: Floats) -> Floats:
        """Log odds of what the map answers, [N] of logits [N, C]; without the temperature."""
        request = self.explanation.request
        other = request.contrast_class
        contrast = None if other is None else self.explanation.classes.index(other)
        head = self.explainer.network.head
        scores = probabilities(logits, head)
        return log_odds(scores, self.class_index, head, contrast, request.negate)


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


def check_occlusion(context: CheckContext) -> Check:
    """Each cell of the photo erased in turn; then whether the heatmap orders them alike."""
    grid, shown, cell_of = _occlusion_cells(context)
    gone = cell_of == np.flatnonzero(shown)[:, None, None]

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        whole = float(context.log_odds(context.explanation.logits[None])[0])
        found = occlusion_map(whole, context.log_odds(np.stack(answers)), shown, grid)
        agreement = rank_correlation(resample(context.heat, grid), found)
        return replace(evidence, occlusion=found, occlusion_agreement=agreement)

    inputs = erase(context.input.pixels, context.blurred, gone)
    return Check(list(inputs), context.explainer.logits, conclude)


def check_deletion_insertion(context: CheckContext) -> Check:
    """Cells deleted and inserted in the heatmap's order, and in random ones.

    The photo blurred fills the places; in the heatmap's order an even colour does, too.
    """
    grid, shown, cell_of = _occlusion_cells(context)
    hottest, *random = (
        removal_masks(order, cell_of)
        for order in removal_orders(resample(context.heat, grid), shown)
    )
    there = np.isin(cell_of, np.flatnonzero(shown))
    gone = np.concatenate([hottest, there & ~hottest, *random])

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        whole = float(to_probability(context.log_odds(context.explanation.logits[None]))[0])
        nothing, *rest = to_probability(context.log_odds(np.stack(answers)))
        parts = np.split(np.array(rest, np.float32), 4 + len(random))
        cells = int(shown.sum())
        found, plain = (
            build_curves(whole, float(nothing), deleted, inserted, np.stack(parts[4:]), cells)
            for deleted, inserted in (parts[:2], parts[2:4])
        )
        return replace(evidence, curves=found, plain_gain=plain.gain)

    photo = context.input.photo
    plain = context.input.paste(np.full_like(photo, photo.mean(axis=(0, 1)).round()))
    orders = gone[: 2 * len(hottest)], gone[2 * len(hottest) :]
    inputs = [
        context.blurred,
        *erase(context.input.pixels, context.blurred, orders[0]),
        *erase(context.input.pixels, plain, orders[0]),
        *erase(context.input.pixels, context.blurred, orders[1]),
    ]
    return Check(inputs, context.explainer.logits, conclude)


def check_weight_randomization(
    context: CheckContext, randomized: Sequence[Callable[[], Explainer]]
) -> Check:
    """The same map of the model with randomized weights; then the badge."""

    def predict(pixels: Pixels) -> list[Explanation]:
        return [
            _explain(copy(), pixels[[number]], context)[0] for number, copy in enumerate(randomized)
        ]

    def conclude(answers: list[Explanation], evidence: Evidence) -> Evidence:
        found = [
            rank_correlation(resample(context.heat, each.grid), each.map(context.target))
            for each in answers
        ]
        known = [abs(each) for each in found if each is not None]
        agreement = float(np.mean(known)) if known else None
        assert evidence.curves is not None  # of an earlier check, as the next
        assert evidence.plain_gain is not None
        badge = decide_badge(
            bool((context.heat > 0).any()),
            evidence.curves,
            evidence.plain_gain,
            evidence.occlusion_agreement,
            agreement,
        )
        return replace(evidence, randomized_agreement=agreement, badge=badge)

    inputs = [context.input.pixels] * len(randomized) if _is_cheap(context) else []
    return Check(inputs, predict, conclude)


def check_robustness(context: CheckContext) -> Check:
    """The photo shifted, flipped and relit."""
    inputs = [context.input.paste(photo) for photo in perturb(context.input.photo)]
    predicted, target = int(context.explanation.scores.argmax()), context.class_index

    def compare_maps(answers: list[Explanation], evidence: Evidence) -> Evidence:
        scores = np.stack([each.scores for each in answers])
        heats = [each.map(context.target) for each in answers]
        heat = resample(context.heat, answers[0].grid)
        found = measure_robustness(scores, predicted, target, heat, heats)
        return replace(evidence, robustness=found)

    def compare_scores(answers: list[Floats], evidence: Evidence) -> Evidence:
        found = measure_robustness(np.stack(answers), predicted, target, None, [])
        return replace(evidence, robustness=found)

    if not _is_cheap(context):
        return Check(inputs, context.explainer.scores, compare_scores)
    return Check(inputs, lambda pixels: _explain(context.explainer, pixels, context), compare_maps)


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


def _occlusion_cells(context: CheckContext) -> tuple[tuple[int, int], Any, Any]:
    """The grid that is erased cell by cell, which cells show the photo, and each pixel's cell."""
    grid = occlusion_grid(context.explanation.grid)
    shown = context.input.cell_shares(grid)[0].ravel() > 0
    return grid, shown, cell_indices(context.input.pixels.shape[:2], grid)


def _is_cheap(context: CheckContext) -> bool:
    """Whether a map takes few enough forward passes to be computed again."""
    request = replace(context.explanation.request, upsampling=1)
    return context.explainer.forward_passes(request) <= _CHEAP


def _explain(explainer: Explainer, pixels: Pixels, context: CheckContext) -> list[Explanation]:
    """Explain photos in the model's own size by the same method, without a finer map."""
    request = replace(context.explanation.request, upsampling=1, classes=(context.target,))
    size = pixels.shape[2], pixels.shape[1]
    sha256 = context.explanation.sha256
    return explainer.explain([Photo(each, sha256, size, "PNG") for each in pixels], request)
