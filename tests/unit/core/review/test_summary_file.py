"""`summary.json` against counting the table by hand."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from core.models.card import Card, Input, class_names
from core.review.listing import Listing
from core.review.result_row import ResultRow
from core.review.summary import summarize
from core.review.summary_file import summary_json
from core.utils.confidence_interval import wilson_interval

CLASSES = ("Basmati", "IR64", "Ketan")


def test_counts_are_those_of_the_table(reviewed):
    with (reviewed / "photos.csv").open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if not row["error"]]
    summary = json.loads((reviewed / "summary.json").read_text("utf-8"))
    assert (summary["photos"], summary["explained"]) == (72, 70)
    assert summary["predicted"] == {
        name: sum(row["predicted"] == name for row in rows) for name in CLASSES
    }
    known = [row for row in rows if row["true"]]
    right = sum(row["true"] == row["predicted"] for row in known)
    accuracy = summary["accuracy"]
    assert (accuracy["photos"], accuracy["right"]) == (len(known), right)
    assert accuracy["interval"] == pytest.approx(wilson_interval(right, len(known)), abs=1e-6)
    confusion = summary["confusion"]
    pairs = Counter((row["true"], row["predicted"]) for row in known)
    for true, counts in zip(confusion["classes"], confusion["counts"], strict=True):
        assert counts == [pairs[true, said] for said in confusion["classes"]]
    assert sum(each["photos"] for each in summary["reliability"]) == len(known)
    sums = [each["photos"] * each["right"] for each in summary["reliability"]]
    assert sum(sums) == pytest.approx(right, abs=1e-3)
    assert summary["doubtful"]["photos"] == sum(bool(row["doubt"]) for row in rows)
    assert [each["reason"] for each in summary["left_out"]["photos"]] == ["empty", "wrong_kind"]
    assert summary["left_out"]["links"] == {"count": 1, "files": ["link.jpg"]}
    assert summary["left_out"]["other_files"] == 1
    assert summary["verdicts"] is None


def test_what_is_not_known_is_null():
    card = Card(class_names(list(CLASSES)), Input(64, 64))
    rows = [ResultRow(0, "a.jpg", predicted="Ketan", score=0.9)]
    summary = summary_json(summarize(rows, CLASSES), Listing(()), card)
    unknown = ("accuracy", "confusion", "reliability", "verdicts", "reasons")
    assert [summary[name] for name in unknown] == [None] * 5
    assert summary["familiar"] is None
    assert list(summary) == [
        *("sentence", "photos", "explained", "left_out", "predicted", "accuracy", "confusion"),
        *("reliability", "verdicts", "reasons", "familiar", "doubtful"),
    ]
    assert set(summary["left_out"]) == {"photos", "links", "other_files"}
    assert set(summary["doubtful"]) == {"photos", "by_reason", "mostly"}


def test_unfamiliar_photos_are_counted_among_those_measured_and_are_all_to_be_checked():
    card = Card(class_names(list(CLASSES)), Input(64, 64))
    rows = [
        ResultRow(number, "a.jpg", predicted="Ketan", score=0.9, familiar=familiar)
        for number, familiar in enumerate(["yes", "no", "no", ""])
    ]
    summary = summary_json(summarize(rows, CLASSES), Listing(()), card)
    assert summary["familiar"] == {"measured": 3, "unfamiliar": 2}
    assert summary["doubtful"]["photos"] == summary["doubtful"]["by_reason"]["unfamiliar"] == 2
    assert (
        "look like none of those that the model learned from: 2 of 3." in summary["sentence"]["en"]
    )
    assert "Please check 2 of 4 photos yourself" in summary["sentence"]["en"]
    assert "3枚のうち2枚は、AIが学んだどの写真とも違って" in summary["sentence"]["ja"]


def test_groups_and_verdicts_are_named_as_in_the_table():
    evidence = {"verdict": "background"}
    rows = [
        ResultRow(n, f"dim{n}.jpg", "Ketan", "00", "Ketan", 0.9, evidence=evidence)
        for n in range(6)
    ]
    rows += [ResultRow(n, f"sun{n}.jpg", "IR64", "00", "IR64", 0.9) for n in range(6, 20)]
    card = Card(class_names(list(CLASSES)), Input(64, 64))
    summary = summary_json(summarize(rows, CLASSES), Listing((), ("link.jpg",), 3), card)
    assert summary["verdicts"] == {
        "rice": 0, "background": 6, "both": 0, "condition": 0, "unclear": 0,
    }  # fmt: skip
    group = {"class": "Ketan", "name_begins": "", "photos": 6}
    assert summary["doubtful"]["mostly"]["background"] == group
    assert summary["left_out"]["links"] == {"count": 1, "files": ["link.jpg"]}
    assert summary["left_out"]["other_files"] == 3
