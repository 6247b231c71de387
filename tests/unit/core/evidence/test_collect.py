"""All evidence on networks that are known to look at the rice, beside it, at both, at the light."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from core.evidence.collect import (
    FULL,
    VERDICT,
    MaskedPhoto,
    collect_evidence,
    collect_table_evidence,
)
from core.evidence.conditions import CHANGES
from core.evidence.masked_input import to_model_input
from core.evidence.occlusion import blur
from core.evidence.verdict import load_thresholds
from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from tests.support import known_networks
from tests.support.known_networks import (
    DARK,
    GREEN,
    GREY,
    SIDE,
    cells,
    green,
    known_baselines,
    of_pixels,
    photo,
    rice,
)

MOST = 133  # "about a hundred" forward passes
MAGENTA = (160, 60, 160)
WHOLE = np.ones((SIDE, SIDE))
GRAINS = rice()
TABLE = WHOLE * (np.arange(SIDE) < 32) * ~GRAINS  # the left part; another colour may lie beside it


class Counting:
    """The same explainer, keeping every photo that it is shown."""

    def __init__(self, asked):
        self.network, self.seen = asked.network, []
        counting = SimpleNamespace(
            head="softmax", layers=self.network.layers, forward=self.forward, logits=self.logits
        )
        self.explainer = Explainer(asked.name, asked.card, counting)

    def forward(self, inputs, layer, classes=None):
        self.seen += list(inputs)
        return self.network.forward(inputs, layer, classes)

    def logits(self, inputs):
        self.seen += list(inputs)
        return self.network.logits(inputs)


def evidence(asked, shown, mask=GRAINS, wanted=None, baselines=None, problem=""):
    (explanation,) = asked.explain([shown], wanted or ExplainRequest())
    baselines = baselines or known_baselines(asked)
    *_, last = collect_evidence(asked, shown, explanation, mask, "green", baselines, problem)
    return last.evidence


def even(where):
    return where / where.sum()


def patches():
    """Cells of different green, on average above what the network below needs."""
    levels = np.random.default_rng(5).integers(0, 160, (7, 7)).astype(np.uint8)
    rgb = np.full((SIDE, SIDE, 3), 60, np.uint8)
    rgb[..., 1] += cells(levels)
    return of_pixels(rgb)


@pytest.mark.parametrize(
    ("where", "threshold", "colours", "looks_at", "reason"),
    [
        (GRAINS, 0.2, (GREEN, DARK, DARK), "rice", "rice_suffices"),
        (GRAINS, 0.2, (GREEN, GREY, MAGENTA), "rice", "rice_suffices"),
        (TABLE, 0.2, (GREY, GREEN, GREEN), "background", "stays_without_rice"),
        (TABLE, 0.2, (GREEN, GREEN, MAGENTA), "background", "stays_without_rice"),
        (WHOLE, 0.05, (GREEN, GREEN, GREEN), "background", "stays_without_rice"),
        (even(GRAINS) + even(TABLE), 0.1, (GREEN, GREEN, GREEN), "both", "either_suffices"),
        (even(GRAINS) + even(TABLE), 0.1, (GREEN, GREEN, MAGENTA), "both", "either_suffices"),
        (even(GRAINS) + 0.3 * even(TABLE), 0.2, (GREEN, GREY, GREY), "both", "goes_with_colour"),
        (even(GRAINS) - even(TABLE), 0.3, (GREEN, MAGENTA, MAGENTA), "both", "needs_both"),
        (GRAINS, -0.3, (GREEN, DARK, DARK), "unclear", "says_so_to_nothing"),
        (TABLE, 0.2, (GREEN, DARK, DARK), "unclear", "unsure"),
    ],
)
def test_the_verdict_finds_what_a_network_looks_at(where, threshold, colours, looks_at, reason):
    found = evidence(known_networks.explainer(where, threshold=threshold), photo(GRAINS, *colours))
    assert (found.verdict.looks_at, found.verdict.reason) == (looks_at, reason)


def test_the_erase_tests_are_the_networks_own_answers():
    """The network sees the grains' places alone, so each answer can be told by hand."""
    found = evidence(known_networks.explainer(GRAINS, threshold=0.2), photo(GRAINS, GREEN, DARK))
    z = 60 * (100 / 255 - 0.2)
    for each in (
        found.counterfactuals.blurred_background,
        found.counterfactuals.mean_background,
        *found.counterfactuals.other_backgrounds,
    ):
        assert each.log_odds == pytest.approx(z, abs=1e-2)
    assert (
        found.probability
        == found.counterfactuals.original.probability
        == pytest.approx(1 / (1 + np.exp(-z)))
    )
    assert found.counterfactuals.without_background == pytest.approx(found.probability)
    # What fills the hole in a grey table is grey.
    assert found.counterfactuals.rice_removed.log_odds == pytest.approx(-12, abs=0.5)
    assert found.verdict.rice_alone == pytest.approx(1)
    assert found.verdict.background_alone == pytest.approx(0, abs=0.02)
    assert found.localization.share == pytest.approx(1)
    assert found.localization.chance == pytest.approx(4 / 49)


def test_a_class_activation_map_of_a_linear_network_is_faithful():
    asked, shown = known_networks.explainer(WHOLE, threshold=0.2), patches()
    found = evidence(asked, shown)
    lost = green(shown.rgb / 255.0) - green(blur(shown.rgb) / 255.0)
    expected = 60 * (lost * asked.network.weight).reshape(7, 8, 7, 8).sum(axis=(1, 3))
    assert found.occlusion == pytest.approx(expected, abs=2e-3)
    assert found.occlusion_agreement > 0.8
    assert found.curves.deletion_gain > 0 < found.curves.insertion_gain
    assert (found.badge.level, found.badge.reason) == ("faithful", "holds")


def test_the_map_of_another_network_is_not_trusted():
    """A network that looks beside the rice, with the map of one that looks at it."""
    asked, other = (known_networks.explainer(where, threshold=0.1) for where in (TABLE, GRAINS))
    shown = photo(GRAINS, GREEN, GREEN)
    (explanation,), (wrong,) = asked.explain([shown]), other.explain([shown])
    told = replace(explanation, maps=wrong.maps)
    *_, last = collect_evidence(asked, shown, told, GRAINS, "green", known_baselines(asked))
    assert last.evidence.localization.share == pytest.approx(1)
    assert last.evidence.verdict.looks_at == "background"
    assert last.evidence.badge.level != "faithful"


def test_a_map_that_stays_without_learning_is_misleading():
    asked = known_networks.explainer(GRAINS, threshold=0.2)
    same = known_baselines(asked, known_networks.explainer(GRAINS, threshold=0.9))
    found = evidence(asked, photo(GRAINS, GREEN, DARK), baselines=same)
    assert found.randomized_agreement == pytest.approx(1)
    assert (found.badge.level, found.badge.reason) == ("misleading", "same_without_learning")


def test_nothing_that_speaks_for_a_class_is_a_result():
    found = evidence(known_networks.explainer(GRAINS, threshold=-0.5), photo(GRAINS, MAGENTA, DARK))
    assert found.localization.share is None
    assert found.badge.reason == "nothing_positive"


@pytest.mark.parametrize("problem", ["", "no_rice", "not_separable"])
def test_without_a_mask_the_map_is_still_checked(problem):
    asked = known_networks.explainer(GRAINS, threshold=0.2)
    mask = GRAINS if problem else GRAINS & False
    found = evidence(asked, photo(GRAINS, GREEN, DARK), mask, problem=problem)
    asked = found.counterfactuals
    assert found.localization is None
    if problem != "not_separable":  # else all is asked of what may be rice
        assert (asked.other_backgrounds, asked.rice_removed, asked.other_rice) == ((), None, ())
    assert asked.complete  # in how it was taken: for that nobody needs to know where the rice is
    assert (found.verdict.looks_at, found.verdict.reason) == ("unclear", problem or "no_rice")
    assert found.badge
    assert found.robustness


def test_it_reports_as_it_goes_and_can_be_stopped():
    asked, shown = known_networks.explainer(GRAINS, threshold=0.2), photo(GRAINS, GREEN, DARK)
    (explanation,) = asked.explain([shown])
    baselines = known_baselines(asked)
    steps = list(collect_evidence(asked, shown, explanation, GRAINS, "green", baselines))
    done = [step.done for step in steps]
    assert (done[0], done[-1]) == (0, steps[-1].total)
    assert all(0 <= after - before <= 16 for before, after in pairwise(done))
    passes = {step.total for step in steps if step.evidence.verdict is None}
    assert passes == {next(step.done for step in steps if step.evidence.verdict)}
    assert steps[0].evidence.localization
    ready = [
        next(n for n, step in enumerate(steps) if getattr(step.evidence, name) is not None)
        for name in ("counterfactuals", "verdict", "occlusion", "curves", "badge", "robustness")
    ]
    assert ready == sorted(ready)
    assert steps[ready[1]].done <= 16
    counted = Counting(asked)
    going = collect_evidence(counted.explainer, shown, explanation, GRAINS, "green", baselines)
    for _ in range(3):
        next(going)
    going.close()
    assert len(counted.seen) <= 32


@pytest.mark.parametrize("method", ["grad-cam", "score-cam"])
def test_a_photo_takes_about_a_hundred_passes(method):
    asked, shown = known_networks.explainer(GRAINS, threshold=0.2), photo(GRAINS, GREEN, DARK)
    counted, other = Counting(asked), Counting(known_networks.explainer(TABLE))
    baselines = known_baselines(asked, other.explainer)
    (explanation,) = asked.explain([shown], ExplainRequest(method))
    *_, last = collect_evidence(counted.explainer, shown, explanation, GRAINS, "green", baselines)
    if method == "grad-cam":
        assert len(counted.seen) + len(other.seen) == last.total
    assert last.total == last.done <= MOST


def table_cases(asked):
    """About the rice, about the table, without a mask that may be relied on, and without rice."""
    shown = [photo(GRAINS, GREEN, DARK), photo(GRAINS, GREEN, GREEN)]
    explained = asked.explain(shown)
    given = [
        (0, GRAINS, ""),
        (1, GRAINS, ""),
        (0, GRAINS, "not_separable"),
        (0, GRAINS & False, ""),
    ]

    def masked(which, mask, problem):
        seen = to_model_input(shown[which].rgb, mask, explained[which].placement)
        return MaskedPhoto(explained[which], seen, "green", problem)

    return [(shown[which], mask, masked(which, mask, problem)) for which, mask, problem in given]


def test_a_table_has_each_photos_own_evidence_up_to_the_verdict():
    asked = known_networks.explainer(GRAINS, threshold=0.2)
    baselines, cases = known_baselines(asked), table_cases(asked)
    counted = Counting(asked)
    masked = (each for *_, each in cases)
    table = collect_table_evidence(counted.explainer, masked, baselines)
    line = load_thresholds().follows
    followed = sum(baselines.follows[of] >= line for of, _ in CHANGES.values())
    assert len(counted.seen) == 3 * 8 + 2 * 2 + 4 * followed  # eight need rice, two its outline
    for (shown, mask, case), found in zip(cases, table, strict=True):
        whole = evidence(asked, shown, mask, baselines=baselines, problem=case.problem)
        assert (found.verdict, found.localization) == (whole.verdict, whole.localization)
        assert (found.occlusion, found.curves, found.badge) == (None, None, None)
    assert [found.verdict.reason for found in table[2:]] == ["not_separable", "no_rice"]
    assert collect_table_evidence(asked, [], baselines) == []


def test_the_full_evidence_of_a_table_has_the_same_verdicts_and_a_badge():
    asked = known_networks.explainer(GRAINS, threshold=0.2)
    baselines, cases = known_baselines(asked), table_cases(asked)
    quick, full = (
        collect_table_evidence(asked, [each for *_, each in cases], baselines, level)
        for level in (VERDICT, FULL)
    )
    for (shown, mask, case), one, other in zip(cases, quick, full, strict=True):
        whole = evidence(asked, shown, mask, baselines=baselines, problem=case.problem)
        assert other.verdict == one.verdict
        assert other.badge == whole.badge
        assert other.occlusion_agreement == pytest.approx(whole.occlusion_agreement)


@pytest.mark.parametrize(
    "wanted",
    [
        ExplainRequest(upsampling=2),
        ExplainRequest(contrast_class="other"),
        ExplainRequest("score-cam"),
    ],
)
def test_other_questions_about_a_linear_network_have_the_same_answer(wanted):
    """Green rather than the only other class is the same question, too."""
    asked, shown = known_networks.explainer(WHOLE, threshold=0.2), patches()
    plain, found = (evidence(asked, shown, wanted=each) for each in (ExplainRequest(), wanted))
    assert found.occlusion == pytest.approx(plain.occlusion, abs=1e-4)
    assert found.occlusion_agreement == pytest.approx(plain.occlusion_agreement, abs=0.1)
    assert found.verdict == plain.verdict


def test_what_speaks_against_a_class_is_held_against_its_fall():
    asked, shown = known_networks.explainer(WHOLE, threshold=0.2), patches()
    plain, found = (
        evidence(asked, shown, wanted=ExplainRequest(negate=negate)) for negate in (False, True)
    )
    assert found.occlusion == pytest.approx(-plain.occlusion)
    assert found.occlusion_agreement == pytest.approx(plain.occlusion_agreement)
    assert found.verdict == plain.verdict


@pytest.mark.parametrize("geometry", ["letterbox", "crop"])
def test_black_bars_are_no_part_of_the_photo(geometry):
    """A wide photo: above and below it are bars, or its ends are cut off."""
    asked = known_networks.explainer(WHOLE, geometry, threshold=0.02)
    mask = np.zeros((112, 224), bool)
    mask[40:72, 96:128] = True
    rgb = np.where(mask[..., None], np.array(GREEN), np.array(DARK)).astype(np.uint8)
    rgb += np.random.default_rng(0).integers(0, 9, (112, 224, 1)).astype(np.uint8)
    counted, baselines = Counting(asked), known_baselines(asked)
    (explanation,) = asked.explain([of_pixels(rgb)])
    *_, last = collect_evidence(
        counted.explainer, of_pixels(rgb), explanation, mask, "green", baselines
    )
    found, bars = last.evidence, np.isnan(last.evidence.occlusion).all(axis=1)
    if geometry == "letterbox":
        assert bars.tolist() == [True, False, False, False, False, False, True]
        assert all(not seen[:14].any() and not seen[42:].any() for seen in counted.seen)
        assert found.localization.chance == pytest.approx(mask.mean(), rel=0.01)
    else:
        assert not bars.any()
        assert found.localization.chance == pytest.approx(mask.sum() / 112**2, rel=0.01)
