"""The verdict below the pictures."""

from __future__ import annotations

import pytest

from dashboard.i18n.translate import Texts
from tests.support.evidence_page import (
    GRAINS,
    TABLE,
    CountedNetwork,
    core_says,
    dropped,
    png,
    text,
)
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
def test_the_verdict_stands_below_the_pictures_unasked(
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
    judged, heat = known.verdict, known.localization
    assert judged.rice_alone == pytest.approx(1)
    shares = [
        round(100 * share)
        for share in (judged.rice_alone, judged.background_alone, heat.share, heat.chance)
    ]
    assert say.plain(
        "deciding", target="green", rice=say.plain("percent", value=shares[0]),
        background=say.plain("percent", value=shares[1]),
    ) in text(at)  # fmt: skip
    assert say.plain(
        "attended", share=say.plain("percent", value=shares[2]),
        chance=say.plain("percent", value=shares[3]),
    ) in text(at)  # fmt: skip
