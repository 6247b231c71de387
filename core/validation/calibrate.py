"""Where the rule draws its lines: derived from photos whose right verdict is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.evidence.verdict import BACKGROUND, RICE, Thresholds, Verdict, decide

HONEST = "honest"
CALLED_OUT = 0.90  # of a cheat's photos, at least
BLAMED = 0.05  # of the honest twin's photos, at most
_TRIED = np.round(np.arange(0.05, 0.951, 0.01), 2)

Verdicts = Mapping[str, Sequence[Verdict]]


def derive(known: Verdicts, rules: Thresholds) -> Thresholds:
    """Choose `stays` and `falls` so that the worst error is least.

    Errors are counted in units of what is allowed, so that none hides behind the number of another:
    a tenth of a cheat's photos where it is not called out, or of the honest twin's where it is not
    found to look at the rice; a twentieth where the honest twin is blamed, or a cheat found to look
    at the rice. `stays` is chosen first, with nothing asked of what the rice keeps; then `falls`.
    Where several are best, the middle of the widest stretch of them is taken: it is furthest from
    where errors begin.

    Args:
        known: For the honest twin and each cheat, by what was planted, verdicts with their numbers.
        rules: Thresholds that are not derived.

    Raises:
        ValueError: If the honest twin or every cheat is missing.
    """
    if HONEST not in known or len(known) < 2:
        raise ValueError(f"Lines are drawn between {HONEST} and at least one cheat.")
    rules = replace(rules, falls=0.0)
    rules = replace(rules, stays=_best(lambda line: worst(known, replace(rules, stays=line))))
    return replace(rules, falls=_best(lambda line: worst(known, replace(rules, falls=line))))


def worst(known: Verdicts, rules: Thresholds) -> float:
    """The worst error over all models, in units of what is allowed: above 1, some floor is missed.

    Args:
        known: As of `derive`.
        rules: By which thresholds.
    """
    errors = []
    for cue, told in known.items():
        right, wrong = (RICE, BACKGROUND) if cue == HONEST else (BACKGROUND, RICE)
        errors.append((1 - share(told, right, rules)) / (1 - CALLED_OUT))
        errors.append(share(told, wrong, rules) / BLAMED)
    return max(errors)


def share(told: Sequence[Verdict], looks_at: str, rules: Thresholds) -> float:
    """Share of photos with a verdict, the same numbers judged by other lines."""
    return sum(_looks_at(each, rules) == looks_at for each in told) / len(told)


def _looks_at(told: Verdict, rules: Thresholds) -> str:
    if told.rice_alone is None or told.light_alone is None:
        return told.looks_at
    return decide(told.rice_alone, told.background_alone, told.light_alone, rules)[0]


def _best(error: Callable[[float], float]) -> float:
    """The middle of the widest stretch of tried lines with the least error."""
    errors = np.array([error(float(line)) for line in _TRIED])
    best = np.flatnonzero(errors <= errors.min() + 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(stretches, key=len)
    return float(_TRIED[widest[(len(widest) - 1) // 2]])
