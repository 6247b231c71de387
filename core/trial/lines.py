"""Where the rule draws its lines: derived from photos whose right verdict is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.evidence.verdict import BACKGROUND, RICE, Thresholds, Verdict, judged

HONEST = "honest"
CALLED_OUT = 0.90  # of a cheat's photos, at least
BLAMED = 0.05  # of the honest twin's photos, at most
_TRIED = np.round(np.arange(0.05, 0.951, 0.01), 2)

Verdicts = Mapping[str, Sequence[Verdict]]


def derive(known: Verdicts, rules: Thresholds) -> Thresholds:
    """Choose `stays` and `falls` so that the worst error is least.

    Errors are counted in units of what is allowed: a cheat that is not called out on a tenth of its
    photos is as bad as an honest model that is blamed on a twentieth. `stays` is what tells
    "background" from the rest, and has the least worst error of that kind. `falls` then tells
    "rice" from "both", and has the least worst error of the opposite kind: an honest model not
    found to look at the rice on a tenth, a cheat found to on a twentieth. Where several are best,
    the middle of the widest stretch of them is taken: it is furthest from where errors begin.

    Args:
        known: For the honest twin and each cheat, by what was planted, verdicts with their numbers.
        rules: Thresholds that are not derived.

    Raises:
        ValueError: If the honest twin or every cheat is missing.
    """
    if HONEST not in known or len(known) < 2:
        raise ValueError(f"Lines are drawn between {HONEST} and at least one cheat.")

    def confused(at: Thresholds) -> float:
        return max(
            share(known[HONEST], BACKGROUND, at) / BLAMED,
            *((1 - share(known[each], BACKGROUND, at)) / (1 - CALLED_OUT) for each in cheats),
        )

    def praised(at: Thresholds) -> float:
        return max(
            (1 - share(known[HONEST], RICE, at)) / (1 - CALLED_OUT),
            *(share(known[each], RICE, at) / BLAMED for each in cheats),
        )

    cheats = [cue for cue in known if cue != HONEST]
    rules = replace(rules, stays=_best(lambda line: confused(replace(rules, stays=line))))
    return replace(rules, falls=_best(lambda line: praised(replace(rules, falls=line))))


def rejudged(told: Verdict, rules: Thresholds) -> Verdict:
    """The same numbers by other lines; what could not be told stays so."""
    if told.rice_alone is None or told.light_alone is None:
        return told
    numbers = told.rice_alone, told.background_alone, told.light_alone
    return Verdict(*judged(*numbers, rules), *numbers)


def share(told: Sequence[Verdict], looks_at: str, rules: Thresholds) -> float:
    """Share of photos with a verdict, by some lines."""
    return sum(rejudged(each, rules).looks_at == looks_at for each in told) / len(told)


def _best(error: Callable[[float], float]) -> float:
    """The middle of the widest stretch of tried lines with the least error."""
    errors = np.array([error(float(line)) for line in _TRIED])
    best = np.flatnonzero(errors <= errors.min() + 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(stretches, key=len)
    return float(_TRIED[widest[(len(widest) - 1) // 2]])
