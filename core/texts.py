"""Texts of `core` in both languages, by key, from `texts.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ja")
_PLURALS = {"class": "classes", "variety": "varieties"}


@dataclass(frozen=True)
class Bilingual:
    """The same in English and in Japanese."""

    en: str
    ja: str


@cache
def texts() -> dict[str, dict[str, str]]:
    """All texts: by key and language."""
    return json.loads(Path(__file__).with_name("texts.json").read_text("utf-8"))


def translate(key: str, **facts: object) -> Bilingual:
    """A text with its facts put in; whole numbers get their thousands separated.

    Where a text gives a number its noun, as in `{photos:photo}`, that is in the plural, or not.

    Args:
        key: In `texts.json`.
        **facts: By name; a `Bilingual` goes into each language as it is there.

    Example:
        >>> translate("title", photos=10000)
        Bilingual(en='Review of 10,000 photos', ja='写真10,000枚の点検結果')
    """
    return Bilingual(
        *(
            texts()[key][language].format(
                **{name: _fact(language, fact) for name, fact in facts.items()}
            )
            for language in LANGUAGES
        )
    )


def card_text(text: str) -> Bilingual:
    """A text of a model's card: what the shipped cards hold in both languages, else as it is.

    Example:
        >>> card_text("6 convolutions").ja, card_text("my own data").ja
        ('畳み込み6層', 'my own data')
    """
    known = texts().get(f"card.{text}", {})
    return Bilingual(*(known.get(language, text) for language in LANGUAGES))


def _fact(language: str, fact: object) -> object:
    if isinstance(fact, Bilingual):
        return getattr(fact, language)
    return Count(fact) if isinstance(fact, int) else fact


def count_noun(count: int, noun: str) -> str:
    """How many there are of a thing.

    Args:
        count: How many, from 0 on.
        noun: The thing, one of it; words may stand before the noun.

    Example:
        >>> count_noun(1, "class folder"), count_noun(1200, "class"), count_noun(0, "photo")
        ('1 class folder', '1,200 classes', '0 photos')
    """
    *before, last = noun.split(" ")
    plural = " ".join([*before, _PLURALS.get(last, f"{last}s")])
    return f"{count:,} {noun if count == 1 else plural}"


class Count(int):
    """A whole number that a text may give its noun, in place of a format.

    Example:
        >>> "{n:photo}, {m:class}; {n}".format(n=Count(1), m=Count(2000))
        '1 photo, 2,000 classes; 1'
    """

    def __format__(self, noun: str) -> str:
        """As `count_noun`; without a noun the number alone."""
        return count_noun(int(self), noun) if noun else f"{int(self):,}"
