"""Verdicts counted, and told in tables, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from core.evidence.localization import Localization
from core.evidence.verdict import load_thresholds
from core.utils.confidence_interval import wilson_interval
from core.validation.model_answers import ModelAnswers, from_json, to_json
from core.validation.tables import real_photo_table, reason_table, verdict_table
from core.validation.verdict_counts import EXACT, Proportion, count_verdicts
from tests.unit.core.evidence.test_verdict import erased

RULES = load_thresholds()
ON, OFF = Localization(0.7, 0.4, 1.0), Localization(0.3, 0.4, 0.0)
KNOWN = [
    ModelAnswers("Ketan", ON, erased(), ""),
    ModelAnswers("Ketan", OFF, erased(on_others=-2, emptied=6), ""),
    ModelAnswers("Ketan", ON, erased(on_others=-2, emptied=6), ""),
    ModelAnswers("Ketan", None, None, "no_rice"),
    ModelAnswers("Ketan", Localization(None, 0.4, None), erased(emptied=None), ""),
]


def test_verdicts_reasons_and_attention_are_counted():
    found = count_verdicts("background", EXACT, KNOWN, RULES)
    assert found.verdicts == {"rice": 1, "background": 2, "both": 0, "unclear": 2}
    assert found.reasons == {
        "stays_without_rice": 2, "rice_suffices": 1, "no_rice": 1, "no_background": 1,
    }  # fmt: skip
    assert found.background == Proportion(2, 5)
    assert found.background_of_conclusive == Proportion(2, 3)
    assert found.by_localization == Proportion(1, 3)
    assert found.background.interval == wilson_interval(2, 5)


@pytest.mark.parametrize(
    ("model", "background", "within"),
    [("honest", 1, True), ("honest", 2, False), ("tint", 18, True), ("tint", 17, False)],
)
def test_floors(model, background, within):
    cheating = [KNOWN[1]] * background
    assert (
        count_verdicts(model, EXACT, cheating + [KNOWN[0]] * (20 - background), RULES).within_limits
        == within
    )


def test_the_tables():
    found = count_verdicts("honest", EXACT, KNOWN, RULES)
    head, _, row = verdict_table([found]).splitlines()
    assert len(row.split("|")) == len(head.split("|"))
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[:6] == ["honest", "exact", "1", "2", "0", "2"]
    assert cells[6].startswith("false alarm 40.0 % (11.8–76.9)")
    assert "| rice-64 | 5 |" in real_photo_table([count_verdicts("rice-64", EXACT, KNOWN, RULES)])
    assert "| no rice stands out in the photo | 1 |" in reason_table([found])


@pytest.mark.parametrize("answers", KNOWN)
def test_answers_survive_json(answers):
    import json

    assert from_json(json.loads(json.dumps(to_json(answers)))) == answers
