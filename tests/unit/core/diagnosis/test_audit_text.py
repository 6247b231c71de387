"""An audit in words: what gives the class away, and what cannot be told."""

from __future__ import annotations

from core.diagnosis.audit import Audit
from core.diagnosis.audit_text import _BETTER, WHAT, audit_text
from core.diagnosis.cues import Cue
from core.diagnosis.photo_features import GROUPS

GROUND = Cue("ground", 0.97, 0.33, 0.47, True)
FILE = Cue("file", 0.35, 0.33, 0.47, False)


def test_every_group_has_its_words():
    assert tuple(WHAT) == tuple(_BETTER) == GROUPS


def test_what_gives_the_class_away_is_named_with_its_chance_and_its_cure():
    text = audit_text(Audit(("a", "b", "c"), 1200, 90, 7, {}, (GROUND, FILE)))
    assert "1,200 photos of 90 scenes, 3 classes" in text
    assert "The ground alone tells the class of 97% of the photos (chance 33%)." in text
    assert "--cure" in text
    assert "the same tables" in text
    assert "the same width" not in text
    assert "In 7 photos rice fills the whole picture: there is no ground to compare." in text
    assert "It cannot tell" in text


def test_of_edges_the_sentence_is_in_the_plural():
    found = Cue("edges", 0.9, 0.5, 0.6, True)
    text = audit_text(Audit(("a", "b"), 30, 30, 0, {}, (found,)))
    assert "Edges and corners alone tell the class of 90%" in text


def test_honest_photos_and_few_scenes():
    text = audit_text(Audit(("a", "b", "c"), 90, 90, 0, {}, (FILE,)))
    assert "Nothing that was tried gives the class away" in text
    assert "--cure" not in text
    few = audit_text(Audit(("a", "b"), 12, 4, 0, {"b": 2}, ()))
    assert few.startswith("12 photos of 4 scenes, 2 classes")
    one = audit_text(Audit(("a", "b"), 1, 1, 1, {}, (FILE,)))
    assert one.startswith("1 photo of 1 scene, 2 classes")
    assert "In 1 photo rice fills" in one
    assert "cannot be told: it takes 5 scenes of each class, and b has 2." in few
    luck = audit_text(Audit(("a", "b"), 10, 10, 0, {}, (Cue("ground", 1.0, 0.5, 1.0, False),)))
    assert "cannot be told: of so few photos all may be right by luck." in luck
    assert "Nothing that was tried" not in luck
