"""Counts against counting by hand, and the sentence for the whole set."""

from __future__ import annotations

import csv
import json
from collections import Counter

import numpy as np
import pytest

from core.models.card import Card, Input, class_names
from core.review.result_row import ResultRow
from core.review.sentences import summary_sentence
from core.review.summary import MOST_DOUBTFUL, most_common, summarize
from core.utils.confidence_interval import wilson_interval

CLASSES = ("Basmati", "IR64", "Ketan")
CARD = Card(class_names(list(CLASSES), {"Ketan": {"ja": "もち米"}}), Input(64, 64))


def made(number, true, predicted, verdict="", score=0.9, word="x"):
    evidence = {"verdict": verdict} if verdict else {}
    file = f"{true or 'some'}/{word}{number}.jpg"
    return ResultRow(
        number, file, true, "00", predicted, score, "?", 1 - score, heat=number / 10,
        evidence=evidence,
    )  # fmt: skip


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
    assert summary["doubtful"]["photos"] == sum(bool(row["doubt"]) for row in rows)
    assert [each["reason"] for each in summary["left_out"]["photos"]] == ["empty", "wrong_kind"]
    assert summary["left_out"]["links"] == {"count": 1, "files": ["link.jpg"]}
    assert summary["left_out"]["other_files"] == 1
    assert summary["verdicts"] is None


def test_verdicts_and_what_most_of_them_have_in_common_are_said():
    rows = [made(n, "Basmati", "Basmati", "rice", word="flash") for n in range(40)]
    rows += [made(n, "Ketan", "Ketan", "rice", word="flash") for n in range(40, 61)]
    rows += [made(n, "Ketan", "Ketan", "background", word="dim") for n in range(61, 75)]
    rows += [made(n, "IR64", "Ketan", "unclear", word="dim") for n in range(75, 90)]
    summary = summarize(rows, CLASSES)
    assert summary.verdicts == {"rice": 61, "background": 14, "both": 0, "unclear": 15}
    assert summary.predicted_verdicts["Ketan", "background"] == 14
    assert summary.max_heat == 8.9
    said = summary_sentence(summary, CARD)
    assert said.en.startswith(
        "On 61 of 90 photos the model looks at the rice. On 14 it looks at the background: mostly "
        "photos of Ketan whose names begin with “dim”. On 0 it uses both, and on 15 the check is "
        "inconclusive. It is right on 75 of the 90 photos whose folder names the variety (83.3%; "
        "95% "
    )
    assert "もち米" in said.ja


def test_the_most_doubtful_are_kept_of_any_number():
    rng = np.random.default_rng(0)
    rows = [made(n, "", "IR64", score=float(s)) for n, s in enumerate(rng.uniform(0.5, 1, 5000))]
    summary = summarize(iter(rows), CLASSES)
    expected = sorted(rows, key=lambda row: (-row.doubt, row.number))[:MOST_DOUBTFUL]
    assert list(summary.most_doubtful) == expected
    assert summary.labelled == 0


def test_nothing_is_said_to_be_mostly_so_where_all_photos_are():
    one = Counter({("Ketan", "img"): 10})
    assert most_common(one, one) is None
    assert (
        most_common(Counter({("Ketan", "img"): 4}), Counter({("Ketan", "img"): 4, ("a", "b"): 90}))
        is None
    )
    spread = Counter({(name, "img"): 5 for name in CLASSES})
    assert most_common(spread, spread) is None
    ketan = most_common(Counter({("Ketan", "img"): 9, ("IR64", "img"): 1}), spread)
    assert (ketan.name, ketan.word) == ("Ketan", "")
    word = most_common(
        Counter({("Ketan", "dim"): 3, ("IR64", "dim"): 3, ("Basmati", "dim"): 3}),
        Counter({(name, word): 10 for name in CLASSES for word in ("dim", "flash")}),
    )
    assert (word.name, word.word) == ("", "dim")


def test_many_unreadable_files_are_counted_and_some_named():
    rows = [ResultRow(n, f"{n}.jpg", code="empty", error="It is empty.") for n in range(300)]
    (reason,) = summarize(rows, CLASSES).left_out
    assert (reason.count, len(reason.files)) == (300, 100)
    assert "None" in summary_sentence(summarize(rows, CLASSES), CARD).en
