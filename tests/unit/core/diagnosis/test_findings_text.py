"""Findings in words: a claim where the photos can decide, none where they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.diagnosis.conventions import Convention, ConventionResult, Findings, list_conventions
from core.diagnosis.find_convention import Answer
from core.diagnosis.findings_text import answers_text, findings_text, saved_text
from core.diagnosis.labelled_photos import LabelledPhotos
from core.models.card import Card, Input, class_names

SAID = Card(class_names(["Basmati", "IR64"]), Input(8, 8, "imagenet", "squash"))
ASSUMED = replace(SAID, assumptions=("that it takes imagenet",))
KNOWN = LabelledPhotos(SAID.names, (), assumed=False)


def findings(best, candidates=1, sound=True, scenes=40):
    """The best convention first, and so many that are not rejected."""
    ways = sorted(list_conventions(SAID.input), key=lambda way: way != best)
    results = tuple(
        ConventionResult(way, 36 - number, 0.2 + number / 10, number >= candidates)
        for number, way in enumerate(ways)
    )
    return Findings(results, 40, scenes, 20, sound, 0.001)


def text(found, card=SAID, known=KNOWN):
    written = findings_text(found, known, card)
    assert max(map(len, written.splitlines())) <= 80
    return " ".join(written.split())


OWN, OTHER = Convention("imagenet", "rgb", "squash"), Convention("0-1", "bgr", "crop")


def test_a_card_that_is_right_is_confirmed():
    said = text(findings(OWN))
    assert said.startswith("40 photos with known class, shown in every usual way: numbers colours")
    assert "imagenet RGB squash 36 of 40 0.20 <- its card" in said
    claim = "Evidently it was trained on numbers as imagenet in RGB, as its card says: right on 36"
    assert claim in said
    assert "p = 0.001" in said
    assert "of 12 scenes" in text(findings(OWN, scenes=12))


def test_a_card_that_is_wrong_is_contradicted():
    said = text(findings(OTHER))
    right = next(each.right for each in findings(OTHER).results if each.convention == OWN)
    assert "Its card says imagenet, RGB, squash, but with 0-1, BGR, crop it is right" in said
    assert f"right on 36 of 40 photos instead of {right}: evidently it was trained so" in said


def test_an_assumption_is_called_one():
    assert "It was assumed that it takes imagenet" in text(findings(OTHER), ASSUMED)
    assert "as was assumed: right on" in text(findings(OWN), ASSUMED)
    assert "<- assumed" in text(findings(OWN), ASSUMED)
    folders = replace(KNOWN, assumed=True)
    assert "they are the folders in alphabetical order" in text(findings(OWN), ASSUMED, folders)


def test_photos_that_cannot_decide_claim_nothing():
    said = text(findings(OTHER, sound=False))
    assert "These photos cannot tell what it was trained with: no convention" in said
    assert "(20 of 40)" in said
    assert "Evident" not in said


def test_candidates_that_are_too_close_are_named():
    said = text(findings(OTHER, candidates=30))
    assert "Too close to each other are: 0-1 in BGR; 0-255 in RGB" in said
    assert "What its card says is among them." in said
    assert "what its card says is worse" in text(findings(OTHER, candidates=2))


def test_what_is_left_open_is_named():
    same_numbers = sorted(
        findings(OWN).results, key=lambda each: each.convention.values != "imagenet"
    )
    found = replace(
        findings(OWN),
        results=tuple(
            replace(each, rejected=number >= 6) for number, each in enumerate(same_numbers)
        ),
    )
    said = text(found)
    assert "These photos cannot tell the order of the colours (RGB or BGR) nor how photos" in said
    assert "were brought to its shape (squash, letterbox or crop)." in said


@pytest.mark.parametrize(
    ("counts", "said"),
    [((1, 0), "A photo with unknown class"), ((3, 1), "4 photos with unknown class")],
)
def test_answers_to_photos_of_unknown_class_claim_nothing(counts, said):
    answers = [Answer(OWN, counts, 0.9), Answer(OTHER, counts, 0.5)]
    written = answers_text(answers, SAID)
    assert written.startswith(said)
    assert "imagenet  RGB         90%  Basmati" in written
    assert written.count("<- its card") == 1
    assert "show nothing about the convention" in " ".join(written.split())


def test_what_was_saved_is_listed():
    corrected = replace(SAID, input=Input(8, 8, "0-1", "crop", order="bgr"))
    said = " ".join(saved_text(SAID, corrected, Path("card.json")).split())
    changes = "numbers: imagenet -> 0-1; order of the colours: rgb -> bgr; geometry: squash -> crop"
    assert said == f"Saved to card.json. {changes}."
    assert "Nothing changed" in saved_text(SAID, SAID, Path("card.json"))
    renamed = replace(corrected, classes=class_names(["a", "b"]))
    new = " ".join(saved_text(ASSUMED, renamed, Path("card.json")).split())
    assert "a new card" in new
    assert "classes: Basmati, IR64 -> a, b" in new
    assert "What the photos left open is written as assumed: 8 x 8 pixels, crop." in new
