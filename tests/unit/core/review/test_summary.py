"""Counts, groups and the most doubtful photos, on rows made by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.review.result_row import ResultRow
from core.review.summary import MOST_DOUBTFUL, Group, most_common, summarize

CLASSES = ("Basmati", "IR64", "Ketan")


def made(number, true, predicted, verdict="", score=0.9, word="x"):
    evidence = {"verdict": verdict} if verdict else {}
    file = f"{true or 'some'}/{word}{number}.jpg"
    return ResultRow(
        number, file, true, "00", predicted, score, "?", 1 - score, heat=number / 10,
        evidence=evidence,
    )  # fmt: skip


def test_verdicts_are_counted_with_what_most_of_them_have_in_common():
    rows = [made(n, "Basmati", "Basmati", "rice", word="flash") for n in range(40)]
    rows += [made(n, "Ketan", "Ketan", "rice", word="flash") for n in range(40, 61)]
    rows += [made(n, "Ketan", "Ketan", "background", word="dim") for n in range(61, 75)]
    rows += [made(n, "IR64", "Ketan", "unclear", word="dim") for n in range(75, 90)]
    summary = summarize(rows, CLASSES)
    assert summary.verdicts == {
        "rice": 61,
        "background": 14,
        "both": 0,
        "condition": 0,
        "unclear": 15,
    }
    assert summary.predicted_verdicts["Ketan", "background"] == 14
    assert summary.max_heat == 8.9
    assert summary.common["background"] == Group("Ketan", "dim", 14)


def test_photos_of_known_class_are_counted_at_their_probability():
    rows = [made(n, "Ketan", "Ketan" if n < 9 else "IR64", score=0.95) for n in range(10)]
    rows += [made(10, "IR64", "Ketan", score=0.62), made(11, "", "Ketan", score=0.55)]
    first, second = summarize(rows, CLASSES).reliability
    assert (first.low, first.photos, first.right) == (0.6, 1, 0)
    assert (second.low, second.high, second.photos, second.right) == (0.9, 1.0, 10, 0.9)
    assert second.confidence == pytest.approx(0.95)


def test_the_most_doubtful_are_kept_of_any_number():
    rng = np.random.default_rng(0)
    rows = [made(n, "", "IR64", score=float(s)) for n, s in enumerate(rng.uniform(0.5, 1, 5000))]
    summary = summarize(iter(rows), CLASSES)
    expected = sorted(rows, key=lambda row: (-row.doubt, row.number))[:MOST_DOUBTFUL]
    assert list(summary.most_doubtful) == expected
    assert summary.labelled == 0


def test_a_group_has_nothing_in_common_that_all_photos_have():
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
