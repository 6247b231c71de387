"""Tables and sentences of numbers that are known."""

from __future__ import annotations

from core.evidence.verdict import load_thresholds
from core.validation.methods import MethodScores
from core.validation.tables import (
    method_sentence,
    method_table,
    real_photo_table,
    reason_table,
    verdict_table,
)
from core.validation.verdict_counts import EXACT, count_verdicts
from tests.support.known_answers import ANSWERS


def counts(model):
    return count_verdicts(model, EXACT, ANSWERS, load_thresholds())


def row(method, error, gain=0.0):
    return MethodScores(method, error, 0.5, gain, gain, gain)


def test_verdicts_stand_in_columns():
    head, _, honest, mark = verdict_table([counts("honest"), counts("mark")]).splitlines()
    assert len(honest.split("|")) == len(mark.split("|")) == len(head.split("|"))
    cells = [cell.strip() for cell in honest.split("|")[1:-1]]
    assert cells[:7] == ["honest", "exact", "2", "2", "0", "0", "1"]
    assert cells[7].startswith("false alarm 40.0 % (11.8–76.9)")
    assert mark.split("|")[8].strip().startswith("40.0 %")
    assert "| rice-64 | 5 |" in real_photo_table([counts("rice-64")])


def test_reasons_are_sentences():
    assert "| no rice is surely found in the photo | 1 |" in reason_table([counts("honest")])


def test_the_best_method_is_named_with_what_it_is_better_by():
    noise = [0.0, 0.001, 0.002]
    sentence = method_sentence(
        {
            "grad-cam": [row("grad-cam", 0.5 + n, 0.2 + n / 2) for n in noise],
            "layer-cam": [row("layer-cam", 0.3 + n / 3, 0.1 + n / 4) for n in noise],
            "eigen-cam": [row("eigen-cam", 0.7 + n / 5, 0.3 + n) for n in noise],
        }
    )
    assert "better by deletion, insertion, agreement; worse by error" in sentence
    assert sentence.endswith("eigen-cam deserves to be the default instead of grad-cam.")


def test_equal_methods_are_named_and_what_is_not_known_is_a_dash():
    rows = [row("grad-cam", 0.1), row("grad-cam", 0.2)]
    table = {"grad-cam": rows, "hires-cam": rows, "eigen-cam": [row("e", 0.3), row("e", 0.4)]}
    assert "the same as grad-cam" in method_table(table)
    assert "| a | 1 | – |" in method_table({"a": [row("a", None)], "b": [row("b", 0.1)]})
