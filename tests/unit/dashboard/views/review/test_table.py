"""The table of a review."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.card import Card, Input, class_names
from core.review.result_row import ResultRow
from dashboard.i18n.translate import Texts
from dashboard.views.review.table import Line, as_table, most_doubtful_first


def line(number, score, second, true="", problem=""):
    row = ResultRow(
        number,
        f"{number}.jpg",
        true=true,
        predicted="Ketan",
        score=score,
        second="IR64",
        second_score=second,
    )
    return Line(row, str(number), f"{number}.jpg", problem)


def test_a_map_that_is_out_of_the_ordinary_says_so():
    say, card = Texts("en"), Card(class_names(["IR64", "Ketan"]), Input(64, 64))
    usual = line(0, 0.95, 0.03)
    rows = (
        replace(usual.row, explains=explains, map=zero)
        for explains, zero in (("logit", ""), ("logit", "zero"), ("log probability", ""))
    )
    lines = [replace(usual, row=row) for row in rows]
    assert list(as_table(say, card, lines, {})["Heatmap"]) == [
        "",
        "zero: it says nothing",
        "explains the logarithm of the probability",
    ]
    assert "Heatmap" not in as_table(say, card, lines[:1], {})


def test_the_most_doubtful_come_first_and_what_could_not_be_read_last():
    sure, near = line(0, 0.95, 0.03), line(1, 0.5, 0.45)
    wrong, broken = line(2, 0.9, 0.05, true="IR64"), line(3, None, None, problem="is no photo")
    ordered = most_doubtful_first([broken, sure, near, wrong])
    assert [each.row.number for each in ordered] == [2, 1, 0, 3]


def test_the_table_shows_the_lead_that_it_is_ordered_by():
    say, card = Texts("en"), Card(class_names(["IR64", "Ketan"]), Input(64, 64))
    scores = [(0.447, 0.375), (0.515, 0.375), (0.41, 0.375), (0.491, 0.4875)]
    ordered = most_doubtful_first([line(number, *each) for number, each in enumerate(scores)])
    shown = as_table(say, card, ordered, {"3": "data:,"})
    assert list(shown.columns)[:4] == ["Picture", "Photo", "Doubts", "Lead over the second"]
    leads = list(shown[say.plain("review.column.lead")])
    assert leads == sorted(leads)
    assert list(shown[say.plain("review.column.score")]) == pytest.approx([49.1, 41, 44.7, 51.5])


def test_the_table_has_no_column_that_nobody_knows_anything_of():
    say, card = Texts("ja"), Card(class_names(["IR64", "Ketan"]), Input(64, 64))
    plain = as_table(say, card, [line(0, 0.95, 0.03)], {})
    known = as_table(say, card, [line(0, 0.95, 0.03, true="IR64")], {})
    assert say.plain("review.column.true") not in plain
    assert list(known[say.plain("review.column.true")]) == ["IR64"]
    assert list(known[say.plain("review.column.score")]) == [95.0]
    assert list(known[say.plain("review.column.doubt")]) == [say.plain("review.doubt.wrong")]
