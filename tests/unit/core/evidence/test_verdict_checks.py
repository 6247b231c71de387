"""The checks of what a model looks at, on a network that is known: what is shown, what follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.check import CheckContext
from core.evidence.conditions import CHANGES
from core.evidence.heatmap_checks import check_deletion_insertion, check_occlusion
from core.evidence.verdict import decide_verdict, load_thresholds
from core.evidence.verdict_checks import check_other_changes, check_verdict
from core.explain.explainer import Explainer
from tests.support.checked_photo import ASKED, BASELINES, context, run
from tests.support.known_networks import DARK, GREEN, SIDE, photo, rice

CHECKS = {"verdict": check_verdict, "other_changes": check_other_changes}
FOLLOWED = [
    name
    for name, (condition, _) in CHANGES.items()
    if BASELINES.follows[condition] >= load_thresholds().follows
]
INPUTS = {
    "verdict": 3 + 1 + 4 + 2 + len(FOLLOWED),
    "other_changes": 1 + 1 + len(CHANGES) - len(FOLLOWED),
}


@pytest.mark.parametrize("name", CHECKS)
def test_inputs_are_photos_in_the_models_size(name):
    check = CHECKS[name](context(), BASELINES)
    assert len(check.inputs) == INPUTS[name]
    assert {(each.shape, each.dtype.name) for each in check.inputs} == {((SIDE, SIDE, 3), "uint8")}


@pytest.mark.parametrize("name", CHECKS)
def test_batches_make_no_difference(name):
    check = CHECKS[name](context(), BASELINES)
    whole = list(check.predict(np.stack(check.inputs)))
    single = [each for one in check.inputs for each in check.predict(one[None])]
    assert len(whole) == len(single)
    for one, other in zip(whole, single, strict=True):
        assert getattr(one, "scores", one) == pytest.approx(getattr(other, "scores", other))


def test_a_verdict_stays_when_the_rest_is_asked_and_each_change_has_a_picture():
    own = context()
    first = run(check_verdict(own, BASELINES))
    assert first.verdict.looks_at == "rice"
    asked = first.counterfactuals
    assert not asked.complete
    assert (asked.blurred_background, asked.mean_background) == (None, None)
    assert set(asked.changed) == set(FOLLOWED) < set(CHANGES)
    assert len(asked.other_backgrounds) == 3
    assert len(asked.other_rice) == 4
    assert asked.rice_removed.probability < 0.01
    assert asked.with_other_rice < 0.01
    whole = check_other_changes(own, BASELINES).run(first)
    assert whole.verdict == first.verdict == decide_verdict(whole.counterfactuals)
    assert whole.counterfactuals.complete
    assert list(whole.counterfactuals.changed) == list(CHANGES)
    assert set(whole.counterfactuals.pictures) == {
        "blurred_background", "mean_background", "other_backgrounds", "rice_removed",
        "other_rice", "favouring_colour", "opposing_colour",
        *CHANGES,
    }  # fmt: skip


@pytest.mark.parametrize("temperature", [0.3, 3.0])
def test_a_temperature_changes_what_people_read_and_no_verdict(temperature):
    card = replace(ASKED.card, temperature=temperature)
    other = Explainer(ASKED.name, card, ASKED.network)
    shown = photo(rice(), GREEN, DARK)
    (explanation,) = other.explain([shown])
    own = context()
    changed = CheckContext(other, own.input, explanation, 0)
    before, after = (run(check_verdict(each, BASELINES)) for each in (own, changed))
    assert after.verdict == before.verdict
    before, after = (run(check_occlusion(each)) for each in (own, changed))
    assert after.occlusion == pytest.approx(before.occlusion)
    before, after = (run(check_deletion_insertion(each)) for each in (own, changed))
    assert after.curves.deletion == pytest.approx(before.curves.deletion)
    asked, mine = (
        run(check_verdict(each, BASELINES)).counterfactuals.original for each in (changed, own)
    )
    assert asked.log_odds == mine.log_odds
    assert asked.probability == pytest.approx(1 / (1 + np.exp(-mine.log_odds / temperature)))
    assert asked.probability == pytest.approx(explanation.scores[0])
