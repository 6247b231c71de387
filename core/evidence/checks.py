"""The tests of one photo as stages: photos to show the model, and what its answers say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import cv2
import numpy as np

from core.evidence.badge import badge
from core.evidence.baselines import Baselines
from core.evidence.blank_images import GREY
from core.evidence.counterfactuals import (
    Answer,
    Erased,
    background_blurred,
    background_mean,
    cast,
    lit,
    on_background,
    without_rice,
)
from core.evidence.deletion_insertion import curves, orders, removals
from core.evidence.log_odds import odds, share
from core.evidence.masked_input import Floats, Pixels, Seen
from core.evidence.occlusion import blurred, cells, erased, occlusion_map, places
from core.evidence.rank_correlation import on_grid, rank_agreement
from core.evidence.results import Evidence
from core.evidence.robustness import stability, varied
from core.evidence.verdict import verdict
from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.images.decode import Photo

_CHEAP = 8  # forward passes that a photo's map may take, to be asked for once more


@dataclass(frozen=True)
class Stage:
    """One test.

    Attributes:
        pictures: Photos in the model's size, uint8 [h, w, 3] each.
        ask: What the model says of several of them, uint8 [n, h, w, 3]; one answer each.
        conclude: The evidence with what the answers add to it.
    """

    pictures: Sequence[Pixels]
    ask: Callable[[Pixels], Iterable[Any]]
    conclude: Callable[[list[Any], Evidence], Evidence]


@dataclass(frozen=True)
class Asked:
    """Whom is asked about what: the model, the photo as it saw it, what it said, and the class."""

    explainer: Explainer
    seen: Seen
    explanation: Explanation
    index: int

    @property
    def heat(self) -> Floats:
        """The class's map."""
        return self.explanation.maps[self.index]

    @cached_property
    def baseline(self) -> Pixels:
        """What stands where a place is erased: two tests ask for it."""
        return self.seen.framed(blurred(self.seen.part))

    def odds(self, scores: Floats) -> Floats:
        """Log odds of what the map answers, [N] of probabilities [N, C]."""
        request = self.explanation.request
        other = request.contrast_class
        contrast_class = None if other is None else self.explanation.classes.index(other)
        return odds(scores, self.index, self.explainer.network.head, contrast_class, request.negate)


def erasing(asked: Asked, baselines: Baselines) -> Stage:
    """The photo without its background, without its rice; then what the model looks at."""
    explainer, seen, explanation, index = (
        asked.explainer, asked.seen, asked.explanation, asked.index,
    )  # fmt: skip
    part, rice = seen.part, seen.part_rice
    grounds = [
        cv2.resize(each, part.shape[1::-1], interpolation=cv2.INTER_AREA)
        for each in baselines.backgrounds
    ]
    emptied = without_rice(part, rice)
    parts = {
        "blurred": [background_blurred(part, rice)],
        "mean": [background_mean(part, rice)],
        "replaced": [on_background(part, rice, each) for each in grounds],
        "emptied": [] if emptied is None else [emptied],
        "lit": [lit(each, cast(part)) for each in grounds[:GREY]],
    }
    pictures = {name: [seen.framed(each) for each in some] for name, some in parts.items()}

    def said(scores: Floats) -> tuple[Answer, ...]:
        log_odds = odds(scores, index, explainer.network.head)
        pairs = zip(scores[:, index], log_odds, strict=True)
        return tuple(Answer(float(p), float(m)) for p, m in pairs)

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        left = iter(said(np.stack(answers)))
        found = {name: tuple(islice(left, len(some))) for name, some in pictures.items()}
        told = Erased(
            whole=said(explanation.scores[None])[0],
            blurred=found["blurred"][0],
            mean=found["mean"][0],
            replaced=found["replaced"],
            emptied=found["emptied"][0] if found["emptied"] else None,
            nothing=said(baselines.empty[-len(grounds) :]),
            lit=found["lit"],
            pictures={name: some[0] for name, some in pictures.items() if some},
        )
        return replace(evidence, erased=told, verdict=verdict(told))

    return Stage([each for some in pictures.values() for each in some], explainer.scores, conclude)


def occluding(asked: Asked) -> Stage:
    """Each place erased in turn."""
    seen, explanation = asked.seen, asked.explanation
    grid = places(explanation.grid)
    shown = seen.shares(grid)[0].ravel() > 0
    cell_of = cells(seen.pixels.shape[:2], grid)
    gone = cell_of == np.flatnonzero(shown)[:, None, None]

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        whole = float(asked.odds(explanation.scores[None])[0])
        found = occlusion_map(whole, asked.odds(np.stack(answers)), shown, grid)
        agreement = rank_agreement(on_grid(asked.heat, grid), found)
        return replace(evidence, occlusion=found, agreement=agreement)

    pictures = erased(seen.pixels, asked.baseline, gone)
    return Stage(list(pictures), asked.explainer.scores, conclude)


def walking(asked: Asked) -> Stage:
    """Places deleted and inserted in the heatmap's order, and in random ones."""
    seen, explanation = asked.seen, asked.explanation
    grid = places(explanation.grid)
    shown = seen.shares(grid)[0].ravel() > 0
    cell_of, baseline = cells(seen.pixels.shape[:2], grid), asked.baseline
    hottest, *random = (
        removals(order, cell_of) for order in orders(on_grid(asked.heat, grid), shown)
    )
    there = np.isin(cell_of, np.flatnonzero(shown))
    gone = np.concatenate([hottest, there & ~hottest, *random])

    def conclude(answers: list[Floats], evidence: Evidence) -> Evidence:
        whole = float(share(asked.odds(explanation.scores[None]))[0])
        nothing, *rest = share(asked.odds(np.stack(answers)))
        deleted, inserted, *others = np.split(np.array(rest, np.float32), 2 + len(random))
        found = curves(whole, float(nothing), deleted, inserted, np.stack(others), int(shown.sum()))
        return replace(evidence, curves=found)

    pictures = [baseline, *erased(seen.pixels, baseline, gone)]
    return Stage(pictures, asked.explainer.scores, conclude)


def undoing(asked: Asked, redrawn: Sequence[Callable[[], Explainer]]) -> Stage:
    """The same map of the model with its learning undone; then whether the map can be believed."""

    def ask(pixels: Pixels) -> list[Explanation]:
        return [
            _explained(copy(), pixels[[number]], asked)[0] for number, copy in enumerate(redrawn)
        ]

    def conclude(answers: list[Explanation], evidence: Evidence) -> Evidence:
        found = [
            rank_agreement(on_grid(asked.heat, each.grid), each.maps[asked.index])
            for each in answers
        ]
        orders = [abs(each) for each in found if each is not None]
        alike = float(np.mean(orders)) if orders else None
        assert evidence.curves is not None  # of an earlier stage
        believed = badge(bool((asked.heat > 0).any()), evidence.curves, evidence.agreement, alike)
        return replace(evidence, redrawn=alike, badge=believed)

    return Stage([asked.seen.pixels] * len(redrawn) if _cheap(asked) else [], ask, conclude)


def varying(asked: Asked) -> Stage:
    """The photo shifted, flipped and relit."""
    seen, cheap = asked.seen, _cheap(asked)
    pictures = [seen.framed(part) for part in varied(seen.part)]
    predicted = int(asked.explanation.scores.argmax())

    def compare(answers: list[Explanation], evidence: Evidence) -> Evidence:
        scores = np.stack([each.scores for each in answers])
        heats = [each.maps[asked.index] for each in answers]
        heat = on_grid(asked.heat, answers[0].grid)
        found = stability(scores, predicted, asked.index, heat, heats)
        return replace(evidence, stability=found)

    def compare_scores(answers: list[Floats], evidence: Evidence) -> Evidence:
        found = stability(np.stack(answers), predicted, asked.index, None, [])
        return replace(evidence, stability=found)

    if not cheap:
        return Stage(pictures, asked.explainer.scores, compare_scores)
    return Stage(pictures, lambda pixels: _explained(asked.explainer, pixels, asked), compare)


def _cheap(asked: Asked) -> bool:
    request = replace(asked.explanation.request, upsampling=1)
    return asked.explainer.forward_passes(request) <= _CHEAP


def _explained(explainer: Explainer, pixels: Pixels, asked: Asked) -> list[Explanation]:
    """What an explainer says of photos in its own size, by the same method, but for a finer map."""
    request = replace(asked.explanation.request, upsampling=1)
    size = pixels.shape[2], pixels.shape[1]
    sha256 = asked.explanation.sha256
    return explainer.explain([Photo(each, sha256, size, "PNG") for each in pixels], request)
