"""The checks behind a verdict."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.evidence.verdict import decide_verdict
from core.segmentation.rice_mask import Rice
from dashboard.i18n.translate import TABLES, Texts
from dashboard.views.evidence.checks import CHECKS, said_of_conditions
from dashboard.views.evidence.verdict import percent
from dashboard.work import rice_masks
from tests.support.evidence_page import (
    core_says,
    dropped,
    png,
    text,
    why,
)
from tests.support.known_answers import counterfactuals


def test_every_test_has_its_sentence_and_pictures_with_captions(rice_network):
    at = why(dropped("en"))
    words, say = text(at), Texts("en")
    for proof in CHECKS:
        assert TABLES["en"][f"check.{proof.name}.title"] in words
    _, known = core_says(rice_network, png())
    badge = say.plain(f"trusted.{known.badge.reason}", target="green")
    for once in (
        say.plain(f"badge.{known.badge.level}", reason=badge),
        TABLES["en"][f"verdict.{known.verdict.looks_at}"].split("{")[0],
    ):
        assert words.count(once) == 1
    said_of = {
        "target": "green",
        "score": say.percent(known.counterfactuals.rice_removed.probability),
    }
    assert say.plain("check.erased.rice_removed", **said_of) in words
    others = say.percent(known.counterfactuals.with_other_rice)
    assert say.plain("check.erased.other_rice", score=others) in words
    asked = known.counterfactuals
    left = {
        which: percent(say, getattr(asked, f"{which}_colour").log_odds / asked.original.log_odds)
        for which in ("favouring", "opposing")
    }
    assert say.plain("check.erased.colours", target="green", **left) in words
    for name in ("favouring_colour", "opposing_colour"):
        score = say.percent(getattr(known.counterfactuals, name).probability)
        assert say.plain(f"check.erased.{name}", target="green", score=score) in words
    facts = {"same": round(6 * known.robustness.same_class), "count": 6, "target": "green"}
    lowest = say.percent(known.robustness.lowest_score)
    assert say.plain("check.stable", lowest=lowest, **facts) in words
    captions = [image.alt for each in at.get("image") for image in each.proto.imgs]
    assert len([caption for caption in captions if "。" not in caption]) >= 2 + 6 + 2 + 6
    charts = at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")
    assert len(charts) == 2
    curve = json.loads(charts[0].proto.spec)["layer"][1]["encoding"]["color"]["scale"]["domain"]
    assert curve == [TABLES["en"]["curve.ours"], TABLES["en"]["curve.random"]]


def test_where_rice_fills_the_photo_no_background_is_shown_as_changed(rice_network, monkeypatch):
    def full(rgb) -> Rice:
        return Rice(np.ones(rgb.shape[:2], np.float32), 0.9, "")

    monkeypatch.setattr(rice_masks, "find_rice", full)
    words = text(why(dropped("en")))
    assert TABLES["en"]["check.erased.fills"] in words
    for picture in (
        "other_backgrounds",
        "blurred_background",
        "rice_removed",
        "other_rice",
        "opposing_colour",
    ):
        assert TABLES["en"][f"check.erased.{picture}"].split("{")[0] not in words
    # The network adds up how green pixels are.
    assert "With another exposure, at least half of the evidence for green is lost" in words


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "kept"),
        ({"lost": "darker", "follows": 0.2}, "lost"),
        ({"lost": "darker", "follows": 0.7}, "follows"),
        ({"lost": "darker", "follows": 0.7, "on_others": -2, "emptied": 6}, "beside"),
    ],
)
def test_what_is_said_of_conditions_is_what_the_verdict_says(answers, said):
    asked, say = counterfactuals(**answers), Texts("en")
    decided = decide_verdict(asked)
    sentence = said_of_conditions(say, "green", asked, decided).replace("\\", "")
    facts = {"condition": "exposure", "line": "40%", "follows": f"{answers.get('follows', 0):.0%}"}
    assert sentence == say.plain(f"check.taken.{said}", target="green", **facts)
    assert (decided.reason == "exposure") == (said == "follows")
