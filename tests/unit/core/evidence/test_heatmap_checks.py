"""The checks of whether a heatmap can be trusted, on a network that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.deletion_insertion import RANDOM_ORDERS, STEPS
from core.evidence.heatmap_checks import (
    check_deletion_insertion,
    check_occlusion,
    check_robustness,
    check_weight_randomization,
)
from core.evidence.robustness import PERTURBATIONS
from core.explain.explainer import Explainer
from tests.support.checked_photo import ASKED, BASELINES, context, run
from tests.support.known_networks import CELLS, SIDE, rice

CHECKS = {
    "occlusion": check_occlusion,
    "deletion_insertion": check_deletion_insertion,
    "weight_randomization": lambda context: check_weight_randomization(
        context, BASELINES.randomized
    ),
    "robustness": check_robustness,
}
INPUTS = {
    "occlusion": CELLS**2,
    "deletion_insertion": 1 + (4 + RANDOM_ORDERS) * (STEPS - 1),
    "weight_randomization": 3,
    "robustness": len(PERTURBATIONS),
}


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
