"""The checks of whether a heatmap can be trusted: it is held against what the model itself shows.

Places are erased one by one or in the heatmap's order, weights are drawn by lot, the photo is moved
a little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.evidence.badge import decide_badge
from core.evidence.check import Check, CheckContext
from core.evidence.deletion_insertion import build_curves, removal_masks, removal_orders
from core.evidence.log_odds import to_probability
from core.evidence.masked_input import Floats, Pixels
from core.evidence.occlusion import cell_indices, erase, occlusion_grid, occlusion_map
from core.evidence.rank_correlation import rank_correlation, resample
from core.evidence.results import Evidence
from core.evidence.robustness import measure_robustness, perturb
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo

_CHEAP = 8  # forward passes that a photo's map may take, for more maps to be asked for


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
