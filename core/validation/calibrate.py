"""Calibration of the verdict's thresholds on photos with known verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.evidence.verdict import BACKGROUND, RICE, Thresholds, Verdict, decide

HONEST = "honest"
MIN_DETECTED = 0.90  # of the photos of a model with a shortcut
MAX_FALSE_ALARMS = 0.05  # of the honest model's photos
_TRIED = np.round(np.arange(0.05, 0.951, 0.01), 2)

Verdicts = Mapping[str, Sequence[Verdict]]


def calibrate(verdicts: Verdicts, thresholds: Thresholds) -> Thresholds:
    """Choose `stays` and `falls` so that the worst error is least.

    Errors are counted in units of what is allowed, so that none hides behind the number of another:
    a tenth of the photos where a shortcut is not detected, or where the honest model is not found
    to look at the rice; a twentieth of false alarms, or of photos where a model with a shortcut is
    found to look at the rice. `stays` is chosen first, with nothing asked of what the rice keeps;
    then `falls`.
    Where several are best, the middle of the widest stretch of them is taken: it is furthest from
    where errors begin.

    Args:
        verdicts: For the honest model and each shortcut, verdicts with their numbers.
        thresholds: Those that are not calibrated are kept.

    Raises:
        ValueError: If the honest model or every shortcut is missing.
    """
    if HONEST not in verdicts or len(verdicts) < 2:
        raise ValueError(f"Calibration needs {HONEST} and at least one shortcut.")
    lowest = replace(thresholds, falls=0.0)
    stays = _best(lambda line: worst_error(verdicts, replace(lowest, stays=line)))
    found = replace(lowest, stays=stays)
    return replace(
        found, falls=_best(lambda line: worst_error(verdicts, replace(found, falls=line)))
    )


def worst_error(verdicts: Verdicts, thresholds: Thresholds) -> float:
    """The worst error over all models, in units of what is allowed: above 1, some limit is missed.

    Args:
        verdicts: As of `calibrate`.
        thresholds: By which.
    """
    errors = []
    for shortcut, some in verdicts.items():
        right, wrong = (RICE, BACKGROUND) if shortcut == HONEST else (BACKGROUND, RICE)
        errors.append((1 - verdict_share(some, right, thresholds)) / (1 - MIN_DETECTED))
        errors.append(verdict_share(some, wrong, thresholds) / MAX_FALSE_ALARMS)
    return max(errors)


def verdict_share(verdicts: Sequence[Verdict], looks_at: str, thresholds: Thresholds) -> float:
    """Share of photos with a verdict, by their numbers and some thresholds."""
    return sum(_looks_at(each, thresholds) == looks_at for each in verdicts) / len(verdicts)


def _looks_at(verdict: Verdict, thresholds: Thresholds) -> str:
    if verdict.rice_alone is None or verdict.light_alone is None:
        return verdict.looks_at
    return decide(verdict.rice_alone, verdict.background_alone, verdict.light_alone, thresholds)[0]


def _best(error: Callable[[float], float]) -> float:
    """The middle of the widest stretch of tried lines with the least error."""
    errors = np.array([error(float(line)) for line in _TRIED])
    best = np.flatnonzero(errors <= errors.min() + 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(stretches, key=len)
    return float(_TRIED[widest[(len(widest) - 1) // 2]])
