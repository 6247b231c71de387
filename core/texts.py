"""Texts of `core` in both languages, by key, from `texts.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ja")


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


def _fact(language: str, fact: object) -> object:
    if isinstance(fact, Bilingual):
        return getattr(fact, language)
    return f"{fact:,}" if isinstance(fact, int) else fact
