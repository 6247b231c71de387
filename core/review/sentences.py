"""What a review says in words, in every language at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.evidence.verdict import BACKGROUND, BOTH, RICE, UNCLEAR
from core.models.card import Card
from core.review.summary import DOUBTFUL, Group, Summary

LANGUAGES = ("en", "ja")


@dataclass(frozen=True)
class Said:
    """The same in English and in Japanese."""

    en: str
    ja: str


@cache
def texts() -> dict[str, dict[str, str]]:
    """All texts: by key and language."""
    return json.loads(Path(__file__).with_name("texts.json").read_text("utf-8"))


def say(key: str, **facts: object) -> Said:
    """A text with its facts put in; whole numbers get their thousands parted.

    Args:
        key: In `texts.json`.
        **facts: By name; a `Said` goes into each language as it is there.

    Example:
        >>> say("title", photos=10000)
        Said(en='Review of 10,000 photos', ja='写真10,000枚の点検結果')
    """
    return Said(*(texts()[key][each].format(**_in(each, facts)) for each in LANGUAGES))


def percent(share: float) -> str:
    """A share as people read it; what is not all is never said to be.

    Example:
        >>> percent(0.98765), percent(1), percent(0.99999), percent(0.0001)
        ('98.8%', '100%', '99.9%', '0.1%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(99.9, max(0.1, 100 * share)):.1f}%"


def class_name(name: str, card: Card) -> Said:
    """What to call a class."""
    for each in card.classes:
        if each.name == name:
            return Said(each.en, each.ja)
    return Said(name, name)


def in_short(summary: Summary, card: Card) -> Said:
    """What there is to say of the whole set, in a few sentences.

    Args:
        summary: The review.
        card: The model's, for the classes' names.
    """
    if not summary.explained:
        return say("short.nothing")
    photos, counts = summary.explained, summary.verdicts
    said = []
    if summary.asked:
        said.append(say("short.rice", count=counts[RICE], photos=photos))
        if counts[BACKGROUND]:
            mostly = _mostly(summary.mostly.get(BACKGROUND), card)
            said.append(say("short.background", count=counts[BACKGROUND], mostly=mostly))
        if counts[BOTH] or counts[UNCLEAR]:
            said.append(say("short.rest", both=counts[BOTH], unclear=counts[UNCLEAR]))
    if summary.known:
        said.append(right_or_wrong("short.right", summary))
    if summary.doubtful:
        mostly = _mostly(summary.mostly.get(DOUBTFUL), card)
        said.append(say("short.doubtful", count=summary.doubtful, photos=photos, mostly=mostly))
    else:
        said.append(say("short.sound"))
    if summary.photos > summary.explained:
        said.append(say("short.left_out", count=summary.photos - summary.explained))
    return Said(" ".join(each.en for each in said), "".join(each.ja for each in said))


def right_or_wrong(key: str, summary: Summary) -> Said:
    """How often the model is right, where that is known."""
    low, high = (percent(end) for end in summary.interval)
    share = percent(summary.right / summary.known)
    return say(key, right=summary.right, known=summary.known, share=share, low=low, high=high)


def _mostly(group: Group | None, card: Card) -> Said:
    if group is None:
        return Said("", "")
    name = class_name(group.name, card)
    if group.name and group.word:
        return say("mostly.both", name=name, word=group.word)
    return say("mostly.class", name=name) if group.name else say("mostly.word", word=group.word)


def _in(language: str, facts: dict[str, object]) -> dict[str, object]:
    return {name: _fact(language, fact) for name, fact in facts.items()}


def _fact(language: str, fact: object) -> object:
    if isinstance(fact, Said):
        return getattr(fact, language)
    return f"{fact:,}" if isinstance(fact, int) else fact
