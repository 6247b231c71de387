"""The badge on curves that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.badge import BADGES, REASONS, decide_badge
from core.evidence.deletion_insertion import Curves
from core.evidence.verdict import load_thresholds

RULES = replace(load_thresholds(), beyond=2, agrees=0.3, same=0.9)


def curves(deletion, insertion, random=(0.45, 0.55, 0.5, 0.5)):
    """Flat curves, whose area is their height."""
    shares = np.array([0, 1], np.float32)

    def flat(height):
        return np.full(2, height, np.float32)

    return Curves(shares, flat(deletion), flat(insertion), np.stack([flat(r) for r in random]))


@pytest.mark.parametrize(
    ("found", "agreement", "redrawn", "trusted", "reason"),
    [
        (curves(0.3, 0.7), 0.6, 0.2, "faithful", "holds"),
        (curves(0.3, 0.7), 0.6, None, "faithful", "holds"),
        (curves(0.3, 0.7), 0.1, 0.2, "weak", "disagrees"),
        (curves(0.3, 0.52), 0.6, 0.2, "faithful", "holds"),
        (curves(0.45, 0.52), 0.6, 0.2, "weak", "near_chance"),
        (curves(0.5, 0.5), 0.6, 0.2, "weak", "near_chance"),
        (curves(0.7, 0.3), 0.6, 0.2, "misleading", "worse_than_chance"),
        (curves(0.7, 0.7), 0.6, 0.2, "weak", "near_chance"),
        (curves(0.3, 0.7), 0.6, 0.95, "misleading", "same_without_learning"),
        (curves(0.3, 0.7), None, 0.2, "weak", "same_everywhere"),
    ],
)
def test_the_rule(found, agreement, redrawn, trusted, reason):
    given = decide_badge(True, found, 0.2, agreement, redrawn, RULES)
    assert (given.level, given.reason) == (trusted, reason)
    assert trusted in BADGES
    assert reason in REASONS


@pytest.mark.parametrize("plain_gain", [-0.2, 0.0, 0.05])
def test_a_map_that_holds_only_with_one_filling_is_not_trusted(plain_gain):
    given = decide_badge(True, curves(0.3, 0.7), plain_gain, 0.6, 0.2, RULES)
    assert (given.level, given.reason) == ("weak", "depends_on_filling")


def test_no_heat_is_nothing_to_trust():
    given = decide_badge(False, curves(0.3, 0.7), 0.2, 0.6, 0.2, RULES)
    assert (given.level, given.reason) == ("weak", "nothing_positive")
