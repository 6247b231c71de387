"""A review summed up in words: every part of the sentence, where there is something to say."""

from __future__ import annotations

import pytest

from core.models.card import Card, Input, class_names
from core.review.result_row import ResultRow
from core.review.sentences import accuracy_sentence, class_name, percent, summary_sentence
from core.review.summary import summarize
from core.texts import Bilingual, translate

CLASSES = ("Basmati", "IR64", "Ketan")
CARD = Card(class_names(list(CLASSES), {"Ketan": {"ja": "もち米"}}), Input(64, 64))


def row(number, predicted="Ketan", true="", verdict="", score=0.9, word="x", reason=""):
    evidence = {"verdict": verdict, "reason_code": reason} if verdict else {}
    file = f"{word}{number}.jpg"
    return ResultRow(number, file, true, "00", predicted, score, evidence=evidence)


def sentence(rows):
    return summary_sentence(summarize(rows, CLASSES), CARD)


def test_verdicts_and_what_most_of_them_have_in_common_are_said():
    rows = [row(n, "Basmati", "Basmati", "rice", word="flash") for n in range(40)]
    rows += [row(n, "Ketan", "Ketan", "rice", word="flash") for n in range(40, 61)]
    rows += [row(n, "Ketan", "Ketan", "background", word="dim") for n in range(61, 75)]
    rows += [row(n, "Ketan", "IR64", "unclear", word="dim") for n in range(75, 90)]
    dim = translate("mostly.both", name=Bilingual("Ketan", "もち米"), word="dim")
    parts = [
        translate("short.rice", count=61, photos=90),
        translate("short.background", count=14, mostly=dim),
        translate("short.unclear", count=15, why=Bilingual("", "")),  # by an earlier version
        accuracy_sentence("short.right", summarize(rows, CLASSES)),
    ]
    said = sentence(rows)
    assert said.en.startswith(" ".join(part.en for part in parts))
    assert said.ja.startswith("".join(part.ja for part in parts))
    assert "75 of the 90" in parts[-1].en
    assert "83.3%" in parts[-1].en


def test_why_it_is_both_or_inconclusive_is_said_with_counts_where_there_are_several_reasons():
    rows = [row(n, verdict="both", reason="needs_both") for n in range(3)]
    rows += [row(n, verdict="both", reason="goes_with_colour") for n in range(3, 8)]
    rows += [row(n, verdict="unclear", reason="no_rice") for n in range(8, 10)]
    said, summary = sentence(rows), summarize(rows, CLASSES)
    colour, both, no_rice = (
        translate(f"reason.{code}") for code in ("goes_with_colour", "needs_both", "no_rice")
    )
    assert f"On 8 it looks at both: {colour.en} (5); {both.en} (3)." in said.en
    assert (
        f"8枚ではお米と背景の両方で判定しています（{colour.ja}：5枚。{both.ja}：3枚）。" in said.ja
    )
    assert f"On 2 the check is inconclusive: {no_rice.en}." in said.en
    assert f"2枚ではどちらとも言えません（{no_rice.ja}）。" in said.ja
    assert list(summary.reasons["both"].items()) == [("goes_with_colour", 5), ("needs_both", 3)]


@pytest.mark.parametrize(
    ("background", "rice", "said"), [(8, 32, True), (7, 33, False), (4, 0, False)]
)
@pytest.mark.parametrize("verdict", ["background", "condition", "both"])
def test_where_many_go_by_more_than_the_rice_the_cure_is_said(verdict, background, rice, said):
    rows = [row(n, verdict=verdict) for n in range(background)]
    rows += [row(n, verdict="rice") for n in range(background, background + rice)]
    found, cure = sentence(rows), translate("short.cure")
    assert (cure.en in found.en) is (cure.ja in found.ja) is said
    assert "--cure" in cure.en


def test_what_does_not_occur_is_not_said():
    said = sentence([row(n) for n in range(10)])
    assert said == translate("short.sound")
    assert sentence([ResultRow(0, "a.jpg", code="empty")]) == translate("short.nothing")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [row(n, CLASSES[n % 3], score=0.5, word="dim") for n in range(6)]
            + [row(n, CLASSES[n % 3]) for n in range(6, 30)],
            translate("mostly.word", word="dim"),
        ),
        (
            [row(n, "IR64", score=0.5) for n in range(6)] + [row(n) for n in range(6, 30)],
            translate("mostly.class", name="IR64"),
        ),
        ([row(n, score=0.5) for n in range(6)], Bilingual("", "")),
    ],
)
def test_doubtful_photos_have_their_word_or_class_in_common(rows, said):
    expected = translate("short.doubtful", count=6, photos=len(rows), mostly=said)
    assert sentence(rows) == expected


def test_doubtful_photos_that_are_marked_need_not_be_checked():
    rows = [row(n, "IR64", score=0.5) for n in range(6)] + [row(n) for n in range(6, 30)]
    summary = summarize(rows, CLASSES)
    nothing = Bilingual("", "")  # in common: those that are left are not known one by one
    left = translate("short.doubtful", count=4, photos=30, mostly=nothing)
    assert summary_sentence(summary, CARD, marked=2) == left
    none = translate("short.checked", count=6, photos=30)
    assert summary_sentence(summary, CARD, marked=6) == none


def test_files_that_were_left_out_are_counted():
    said = sentence([row(0), ResultRow(1, "a.jpg", code="empty")])
    assert said.en.endswith(translate("short.left_out", count=1).en)


def test_a_class_has_its_names_from_the_card():
    assert class_name("Ketan", CARD) == Bilingual("Ketan", "もち米")
    assert class_name("Arborio", CARD) == Bilingual("Arborio", "Arborio")


@pytest.mark.parametrize(("share", "said"), [(0.5, "50.0%"), (0, "0%"), (0.99951, "99.9%")])
def test_a_share_is_never_rounded_to_all_or_nothing(share, said):
    assert percent(share) == said
