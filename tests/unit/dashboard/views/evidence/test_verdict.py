"""The verdict beside the answer, and its numbers."""

from __future__ import annotations

import pytest

from core.evidence.counterfactuals import ClassScore, Counterfactuals
from core.evidence.verdict import decide_verdict
from dashboard.i18n.translate import Texts
from dashboard.views.evidence.verdict import deciding_numbers
from tests.support.evidence_page import (
    GRAINS,
    TABLE,
    CountedNetwork,
    core_says,
    dropped,
    png,
    text,
)
from tests.support.known_answers import class_score, counterfactuals
from tests.support.known_networks import DARK, GREEN, GREY, known_baselines
from tests.support.page import (
    choose,
    drop,
    page,
)


@pytest.mark.parametrize(
    ("where", "threshold", "colours", "verdict", "reason"),
    [
        (GRAINS, 0.2, (GREEN, DARK), "rice", "rice_suffices"),
        (TABLE, 0.2, (GREY, GREEN), "background", "stays_without_rice"),
        (GRAINS, -0.3, (GREEN, DARK), "unclear", "says_so_to_nothing"),
        (TABLE, 0.2, (GREEN, DARK), "unclear", "unsure"),
    ],
)
def test_the_verdict_stands_beside_the_answer_unasked(
    serve, where, threshold, colours, verdict, reason, monkeypatch
):
    network = CountedNetwork(where, threshold=threshold)
    serve(model=network)
    monkeypatch.setattr(
        "core.evidence.baselines.compute_baselines", lambda asked: known_baselines(network.asked)
    )
    at = drop(page("en"), ("a.png", png(*colours)))
    if reason == "unsure":
        choose(at, "target", "green")
    say = Texts("en")
    sentence = say.plain(f"reason.{reason}", target="green")
    assert say.plain(f"verdict.{verdict}", reason=sentence) in text(at)


def test_the_numbers_are_cores(rice_network):
    at = dropped()
    say, (_, known) = Texts("en"), core_says(rice_network, png())
    asked, heat = known.counterfactuals, known.localization
    assert known.verdict.rice_alone == pytest.approx(1)
    assert say.plain(
        "deciding", target="green", photo=say.percent(asked.original.probability),
        left=say.percent(asked.rice_removed.probability), how=say.plain("deciding.removed"),
        others=say.percent(asked.without_background),
    ) in text(at)  # fmt: skip
    share, chance = (
        say.plain("percent", value=round(100 * of)) for of in (heat.share, heat.chance)
    )
    assert say.plain("attended", share=share, chance=chance) in text(at)


def test_two_parts_that_say_nothing_each_are_not_called_both():
    counterfactuals = Counterfactuals(
        ClassScore(0.9, 2.2), None, None, (ClassScore(0.12, -2.0),), ClassScore(0.1, -2.2),
        (ClassScore(0.1, -2.2),), None, None, (ClassScore(0.1, -2.2),), {}, {"light": 0.1}, {},
    )  # fmt: skip
    decided = decide_verdict(counterfactuals)
    assert decided.reason == "needs_both"
    said = deciding_numbers(Texts("en"), counterfactuals, decided, "green").replace("\\", "")
    assert said == "green: 90% in the photo; 10% without the rice; 12% on other backgrounds."


@pytest.mark.parametrize(
    ("emptied", "others", "blank", "said"),
    [
        (ClassScore(0.58, 0.3), ClassScore(0.12, -2.0), -2.2, "12% with other rice"),
        (ClassScore(0.12, -2.0), ClassScore(0.58, 0.3), -2.2, "12% without the rice"),
        (
            ClassScore(0.58, 0.3),
            ClassScore(0.61, 0.4),
            1.0,
            "58% without the rice (empty tables: 73%)",
        ),
    ],
)
def test_that_is_said_which_decided_and_what_explains_it(emptied, others, blank, said):
    """Beside "looks at the rice", 58% without the rice would be a riddle."""
    asked = Counterfactuals(
        ClassScore(0.9, 2.2), None, None, (ClassScore(0.86, 1.8),), emptied,
        (others,), None, None, (class_score(blank),), {}, {"light": 0.1}, {},
    )  # fmt: skip
    decided = decide_verdict(asked)
    assert decided.reason == "rice_suffices"
    numbers = deciding_numbers(Texts("en"), asked, decided, "green").replace("\\", "")
    assert numbers == f"green: 90% in the photo; {said}; 86% on other backgrounds."


def test_where_colours_count_too_the_two_that_differ_most_are_told():
    asked = counterfactuals(whole=2.2, on_others=2, colours=(3.0, -1.0))
    decided = decide_verdict(asked)
    assert (decided.looks_at, decided.reason) == ("both", "goes_with_colour")
    said = deciding_numbers(Texts("en"), asked, decided, "green").replace("\\", "")
    assert said == ("green: 90% in the photo; 95.3% on one coloured background, 27% on another.")


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("blurred", "green: 99.8% in the photo; 26% when it is blurred a little."),
        ("sky", "green: 99.8% in the photo; 26% in the light of the sky."),
    ],
)
def test_a_condition_is_told_by_the_change_that_takes_most_of_the_class(lost, said):
    asked = counterfactuals(lost=lost, follows=0.9)
    decided = decide_verdict(asked)
    assert decided.looks_at == "condition"
    numbers = deciding_numbers(Texts("en"), asked, decided, "green").replace("\\", "")
    assert numbers.replace("27%", "26%") == said


def test_what_is_said_of_another_class_than_the_answer_names_it(rice_network):
    at, named = dropped("en"), Texts("en").plain("of_class", target="other")
    assert named not in text(at)
    choose(at, "target", "other")
    assert f"{named} **" in text(at)
