"""Each check on a network that is known: what it shows the model, and what it concludes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.checks import (
    CheckContext,
    check_deletion_insertion,
    check_occlusion,
    check_other_changes,
    check_robustness,
    check_verdict,
    check_weight_randomization,
)
from core.evidence.conditions import CHANGES
from core.evidence.deletion_insertion import RANDOM_ORDERS, STEPS
from core.evidence.masked_input import to_model_input
from core.evidence.results import Evidence
from core.evidence.robustness import PERTURBATIONS
from core.evidence.verdict import decide_verdict, load_thresholds
from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from tests.support.known_networks import (
    CELLS,
    DARK,
    GREEN,
    SIDE,
    explainer,
    known_baselines,
    photo,
    rice,
)

CHECKS = {
    "verdict": lambda context: check_verdict(context, BASELINES),
    "other_changes": lambda context: check_other_changes(context, BASELINES),
    "occlusion": check_occlusion,
    "deletion_insertion": check_deletion_insertion,
    "weight_randomization": lambda context: check_weight_randomization(
        context, BASELINES.randomized
    ),
    "robustness": check_robustness,
}
ASKED = explainer(rice(), threshold=0.2)
BASELINES = known_baselines(ASKED)
FOLLOWED = [
    name
    for name, (condition, _) in CHANGES.items()
    if BASELINES.follows[condition] >= load_thresholds().follows
]
INPUTS = {
    "verdict": 3 + 1 + 4 + 2 + len(FOLLOWED),
    "other_changes": 1 + 1 + len(CHANGES) - len(FOLLOWED),
    "occlusion": CELLS**2,
    "deletion_insertion": 1 + (4 + RANDOM_ORDERS) * (STEPS - 1),
    "weight_randomization": 3,
    "robustness": len(PERTURBATIONS),
}


def context():
    shown = photo(rice(), GREEN, DARK)
    (explanation,) = ASKED.explain([shown])
    masked = to_model_input(shown.rgb, rice(), explanation.placement)
    return CheckContext(ASKED, masked, explanation, 0)


def run(check):
    return check.run(Evidence("5" * 64, "looking", ExplainRequest(), "green", 0.9))


@pytest.mark.parametrize("name", CHECKS)
def test_inputs_are_photos_in_the_models_size(name):
    check = CHECKS[name](context())
    assert len(check.inputs) == INPUTS[name]
    assert {(each.shape, each.dtype.name) for each in check.inputs} == {((SIDE, SIDE, 3), "uint8")}


# Of the randomized weights, each input is for a copy of its own.
@pytest.mark.parametrize("name", [name for name in CHECKS if name != "weight_randomization"])
def test_batches_make_no_difference(name):
    check = CHECKS[name](context())
    whole = list(check.predict(np.stack(check.inputs)))
    single = [each for one in check.inputs for each in check.predict(one[None])]
    assert len(whole) == len(single)
    for one, other in zip(whole, single, strict=True):
        assert getattr(one, "scores", one) == pytest.approx(getattr(other, "scores", other))


def test_a_verdict_stays_when_the_rest_is_asked_and_each_change_has_a_picture():
    own = context()
    first = run(CHECKS["verdict"](own))
    assert first.verdict.looks_at == "rice"
    asked = first.counterfactuals
    assert not asked.complete
    assert (asked.blurred_background, asked.mean_background) == (None, None)
    assert set(asked.changed) == set(FOLLOWED) < set(CHANGES)
    assert len(asked.other_backgrounds) == 3
    assert len(asked.other_rice) == 4
    assert asked.rice_removed.probability < 0.01
    assert asked.with_other_rice < 0.01
    whole = CHECKS["other_changes"](own).run(first)
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
    for name in ("verdict", "occlusion", "deletion_insertion"):
        before, after = run(CHECKS[name](own)), run(CHECKS[name](changed))
        assert after.verdict == before.verdict
        assert after.occlusion == pytest.approx(before.occlusion)
        if name == "deletion_insertion":
            assert after.curves.deletion == pytest.approx(before.curves.deletion)
    asked, mine = (run(CHECKS["verdict"](each)).counterfactuals.original for each in (changed, own))
    assert asked.log_odds == mine.log_odds
    assert asked.probability == pytest.approx(1 / (1 + np.exp(-mine.log_odds / temperature)))
    assert asked.probability == pytest.approx(explanation.scores[0])


def test_occlusion_finds_the_cells_that_the_network_looks_at():
    found = run(check_occlusion(context()))
    lost = found.occlusion > 0.1 * found.occlusion.max()
    assert (lost == rice()[::8, ::8]).all()
    assert found.occlusion_agreement > 0.4


def test_deletion_and_insertion_start_and_end_at_the_same_two_photos():
    found = run(check_deletion_insertion(context())).curves
    assert found.deletion[0] == pytest.approx(found.insertion[-1])
    assert found.deletion[-1] == pytest.approx(found.insertion[0])
    assert found.gain > 0


def test_a_map_that_is_costly_is_not_computed_again():
    class Costly(Explainer):
        def forward_passes(self, request):
            return 1000

    costly = replace(context(), explainer=Costly("costly", ASKED.card, ASKED.network))
    assert CHECKS["weight_randomization"](costly).inputs == []
    assert run(check_robustness(costly)).robustness.similarity is None
    assert run(check_robustness(context())).robustness.similarity is not None


def test_maps_of_changed_photos_are_asked_for_the_class_in_question():
    class Recorded(Explainer):
        def explain(self, photos, request):
            asked.append(request.classes)
            return super().explain(photos, request)

    asked = []
    run(check_robustness(replace(context(), explainer=Recorded("r", ASKED.card, ASKED.network))))
    assert asked == [("green",)]


def test_randomized_weights_end_in_a_badge():
    before = check_deletion_insertion(context()).run(run(check_occlusion(context())))
    found = CHECKS["weight_randomization"](context()).run(before)
    assert 0 <= found.randomized_agreement < 0.9
    assert found.badge.level in ("faithful", "weak")
