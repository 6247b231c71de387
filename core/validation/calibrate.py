"""Calibration of the verdict's thresholds on photos with known verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.evidence.verdict import BACKGROUND, CONDITION, RICE, Thresholds, Verdict, decide
from core.validation.shortcut_models import expected_verdict

HONEST = "honest"
BLAMED = (BACKGROUND, CONDITION)
"""Verdicts that call a model a cheat."""

MIN_DETECTED = 0.85  # of the photos of a model with a shortcut
MAX_FALSE_ALARMS = 0.03  # of an innocent model's photos
MAX_TRUSTED = 0.02  # of a cheat's photos, that are said to be about the rice
_TRIED = np.round(np.arange(0.05, 0.951, 0.01), 2)

Verdicts = Mapping[str, Sequence[Verdict]]


def calibrate(verdicts: Verdicts, thresholds: Thresholds) -> Thresholds:
    """Choose `stays`, `falls` and `follows` so that the worst error is least.

    Errors are counted in units of what is allowed, so that none hides behind the number of another:
    15 % of the photos where a shortcut is not detected, or where an innocent model is not found to
    look at the rice; 3 % of false alarms; 2 % of photos where a cheat is found to look at the rice.
    `stays` is chosen first, with nothing asked of what the rice keeps; then `falls`, then
    `follows`.
    Where several are best, the middle of the widest stretch of them is taken: it is furthest from
    where errors begin.

    Args:
        verdicts: For each shortcut, the honest model among them, verdicts with their numbers.
        thresholds: Those that are not calibrated are kept.

    Raises:
        ValueError: If the honest model or every shortcut is missing.
    """
    if HONEST not in verdicts or len(verdicts) < 2:
        raise ValueError(f"Calibration needs {HONEST} and at least one shortcut.")
    lowest = replace(thresholds, falls=0.0)
    stays = _best(lambda line: worst_error(verdicts, replace(lowest, stays=line)))
    found = replace(lowest, stays=stays)
    found = replace(
        found, falls=_best(lambda line: worst_error(verdicts, replace(found, falls=line)))
    )
    return replace(
        found, follows=_best(lambda line: worst_error(verdicts, replace(found, follows=line)))
    )


def worst_error(verdicts: Verdicts, thresholds: Thresholds) -> float:
    """The worst error over all models, in units of what is allowed: above 1, some limit is missed.

    Args:
        verdicts: As of `calibrate`.
        thresholds: By which.
    """
    errors = []
    for shortcut, some in verdicts.items():
        expected = expected_verdict(shortcut)
        right = BLAMED if expected in BLAMED else (expected,)
        wrong, most = (BLAMED, MAX_FALSE_ALARMS) if expected == RICE else ((RICE,), MAX_TRUSTED)
        errors.append((1 - verdict_share(some, right, thresholds)) / (1 - MIN_DETECTED))
        errors.append(verdict_share(some, wrong, thresholds) / most)
    return max(errors)


def verdict_share(
    verdicts: Sequence[Verdict], wanted: Collection[str], thresholds: Thresholds
) -> float:
    """Share of photos with one of some verdicts, by their numbers and some thresholds."""
    return sum(_looks_at(each, thresholds) in wanted for each in verdicts) / len(verdicts)


def _looks_at(verdict: Verdict, thresholds: Thresholds) -> str:
    if verdict.rice_alone is None and not verdict.condition:
        return verdict.looks_at
    fills = verdict.reason == "fills_photo"
    shares = verdict.rice_alone, verdict.background_alone
    return decide(*shares, verdict.follows, thresholds, fills)[0]


def _best(error: Callable[[float], float]) -> float:
    """The middle of the widest stretch of tried lines with the least error."""
    errors = np.array([error(float(line)) for line in _TRIED])
    best = np.flatnonzero(errors <= errors.min() + 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(stretches, key=len)
    return float(_TRIED[widest[(len(widest) - 1) // 2]])
