"""Doubts and their order."""

from __future__ import annotations

from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.explain.output_files import COLUMNS
from core.review.result_row import ResultRow, cells, columns


def row(score, true="", verdict="", predicted="Ketan", familiar=""):
    evidence = {"verdict": verdict} if verdict else {}
    return ResultRow(
        0, "a.jpg", true, "00", predicted, score, "IR64", 1 - score, evidence=evidence,
        familiar=familiar,
    )  # fmt: skip


def test_each_doubt_is_named_the_gravest_first():
    assert row(0.99, "Ketan", "rice").doubts == ()
    assert row(0.6, "IR64", "background").doubts == ("wrong", "background", "unsure")
    assert row(0.99, "", "both").doubts == ("both",)
    assert row(0.99, "", "unclear").doubts == ("unclear",)
    assert row(0.97, familiar="no").doubts == ("unfamiliar",)
    assert row(0.97, familiar="yes").doubts == ()
    everything = ("wrong", "both", "unfamiliar", "unsure")
    assert row(0.6, "IR64", "both", familiar="no").doubts == everything
    assert ResultRow(0, "a.jpg", "Ketan", error="broken").doubts == ()


def test_wrong_answers_come_first_then_backgrounds_then_unfamiliar_photos_then_close_calls():
    ordered = [
        row(0.51, "IR64", "background"),
        row(0.99, "IR64", "rice"),
        row(0.51, "Ketan", "background", familiar="no"),
        row(0.51, "Ketan", "background"),
        row(0.99, "Ketan", "background"),
        row(0.99, "Ketan", "both", familiar="no"),
        row(0.7, "Ketan", "both"),
        row(0.99, "Ketan", "unclear"),
        row(0.99, "Ketan", "rice", familiar="no"),
        row(0.51, "Ketan", "rice"),
        row(0.99, "Ketan", "rice"),
        ResultRow(0, "a.jpg", error="broken"),
    ]
    found = [each.doubt for each in ordered]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def test_the_table_begins_with_the_columns_of_explain():
    assert columns(False)[: len(COLUMNS) + 1] == (*COLUMNS, "true")
    assert columns(True)[-len(EVIDENCE_COLUMNS) :] == EVIDENCE_COLUMNS
    assert set(cells(row(0.9))) == set(columns(False))
