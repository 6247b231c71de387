"""The table of what core says: whole in both languages, and nothing in it that nobody says."""

from __future__ import annotations

import re

import pytest

from core.evidence import badge, verdict
from core.explain.request import METHOD_NAMES, SCORES
from core.images.preprocess import GEOMETRIES
from core.models.card import CARD_FILE, read_card
from core.models.registry import find_model, list_models
from core.review.result_row import DOUBTS
from core.texts import LANGUAGES, Bilingual, Count, count_noun, texts, translate
from tests.conftest import ROOT


def card_texts():
    """What the shipped models' cards say in words: what they were trained on, kinds of networks."""
    for name in list_models():
        card = read_card(find_model(name) / CARD_FILE)
        yield from (data["name"] for data in card.training["data"])
        if " " in card.architecture:
            yield card.architecture


# Keys that the code puts together.
FAMILIES = {
    "reason.": set(verdict.REASONS),
    "trusted.": set(badge.REASONS),
    "verdict.": set(verdict.VERDICTS),
    "doubt.": set(DOUBTS),
    "method.": set(METHOD_NAMES),
    "score.": set(SCORES),
    "geometry.": set(GEOMETRIES),
    "card.": set(card_texts()),
    "gap.": {"accuracy", "untested", "ground", "elsewhere", "looks", "separator"},
}


@pytest.mark.parametrize("key", list(texts()))
def test_a_text_is_there_in_both_languages_with_the_same_facts(key):
    text = texts()[key]
    assert tuple(text) == LANGUAGES
    assert all(each.strip() for each in text.values())
    english, japanese = (set(re.findall(r"{(\w+)[:}]", each)) for each in text.values())
    assert english == japanese


@pytest.mark.parametrize("family", list(FAMILIES))
def test_what_has_a_code_has_a_text_and_no_more(family):
    keys = {key.removeprefix(family) for key in texts() if key.startswith(family)}
    assert keys == FAMILIES[family]


def test_every_text_is_said_somewhere():
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "core").rglob("*.jinja")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    unused = {key for key in texts() if f'"{key}"' not in code}
    unused -= {family + name for family, names in FAMILIES.items() for name in names}
    put_together = ("left_out.", "made.evidence.")
    assert not [key for key in unused if not key.startswith(put_together)]


def test_facts_are_put_in_in_each_language():
    assert translate("tile.photos") == Bilingual("photos", "写真")
    both = translate("mostly.class", name=Bilingual("Ketan", "もち米"))
    assert "Ketan" in both.en
    assert "もち米" in both.ja
    with pytest.raises(KeyError):
        translate("no.such.text")


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [
        (1, "photo", "1 photo"),
        (0, "photo", "0 photos"),
        (12345, "class", "12,345 classes"),
        (2, "variety", "2 varieties"),
        (1, "class folder", "1 class folder"),
        (2, "class folder", "2 class folders"),
    ],
)
def test_a_count_with_its_noun(count, noun, said):
    assert count_noun(count, noun) == said


def test_a_text_gives_a_count_its_noun_or_none():
    assert "{n:photo} and {n}".format(n=Count(1)) == "1 photo and 1"
    assert str(Count(3)) == "3"
