"""The evidence's columns: rounded numbers, blanks where nothing is known, a reason in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evidence.badge import Badge
from core.evidence.localization import Localization
from core.evidence.results import Evidence
from core.evidence.table_columns import EVIDENCE_COLUMNS, evidence_cells
from core.evidence.verdict import Verdict, decide_verdict
from core.explain.request import ExplainRequest
from core.texts import translate
from tests.support.known_answers import counterfactuals

WEAK = Badge("weak", "near_chance")


def evidence(**known):
    return Evidence("5" * 64, "m", ExplainRequest(), "Ketan", 0.123456789, badge=WEAK, **known)


def test_all_that_is_known_stands_in_its_column():
    cells = evidence_cells(
        evidence(
            localization=Localization(2 / 3, 0.25, 1.0),
            counterfactuals=counterfactuals(on_others=0, emptied=0),
            verdict=Verdict("rice", "rice_suffices"),
            occlusion_agreement=float(np.float32(1 / 3)),
        )
    )
    assert tuple(cells) == EVIDENCE_COLUMNS
    assert cells["attention"] == 0.666667
    assert cells["chance"] == 0.25
    assert cells["p_class"] == 0.123457
    assert cells["p_without_background"] == pytest.approx(0.5)
    assert cells["p_without_rice"] == cells["p_with_other_rice"] == 0.5
    assert cells["p_favouring_colour"] is cells["p_opposing_colour"] is None  # not asked
    assert cells["occlusion_agreement"] == 0.333333
    assert (cells["badge"], cells["verdict"]) == ("weak", "rice")


def test_the_coloured_backgrounds_that_were_asked_about_stand_there():
    asked = counterfactuals(whole=2, on_others=2, colours=(0.0, -30.0))
    cells = evidence_cells(evidence(counterfactuals=asked, verdict=decide_verdict(asked)))
    assert (cells["verdict"], cells["p_favouring_colour"]) == ("both", 0.5)
    assert cells["p_opposing_colour"] == pytest.approx(0, abs=1e-6)


def test_what_is_not_known_is_blank():
    cells = evidence_cells(evidence(verdict=Verdict("unclear", "no_rice")))
    blank = {name for name, cell in cells.items() if cell is None}
    assert blank == {
        "attention", "chance", "p_without_background", "p_without_rice", "occlusion_agreement",
        "p_with_other_rice", "p_favouring_colour", "p_opposing_colour",
    }  # fmt: skip
    full = evidence(
        verdict=Verdict("both", "needs_both"), counterfactuals=counterfactuals(emptied=None)
    )
    assert evidence_cells(full)["p_without_rice"] is None


def test_without_a_badge_the_reason_is_the_verdicts():
    cells = evidence_cells(replace(evidence(verdict=Verdict("both", "needs_both")), badge=None))
    assert tuple(cells) == EVIDENCE_COLUMNS
    assert cells["badge"] is None
    assert cells["reason"] == translate("reason.needs_both").en


def test_the_reason_is_of_verdict_and_badge():
    reasons = {
        (verdict, badge): evidence_cells(
            Evidence(
                "5" * 64, "m", ExplainRequest(), "Ketan", 0.5,
                verdict=Verdict("unclear", verdict), badge=Badge("weak", badge),
            )
        )["reason"]
        for verdict in ("no_rice", "unsure")
        for badge in ("near_chance", "disagrees")
    }  # fmt: skip
    assert len(set(reasons.values())) == 4
    assert all(isinstance(reason, str) and len(reason) > 20 for reason in reasons.values())
