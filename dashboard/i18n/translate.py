"""Translation: the texts of the page in the reader's language, from `texts.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError
from core.models.card import Card
from core.texts import Count, card_text

TEXTS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("texts.json").read_text("utf-8")
)
TABLES = {
    language: {key: text[language] for key, text in TEXTS.items()}
    for language in TEXTS["language.own_name"]
}
DEFAULT_LANGUAGE = "en"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=])")
# Emoji names, links, addresses and arrows are found in a second pass, after backslashes are gone.
_SECOND_PASS = re.compile(r"[:@]|www(?=\.)|[-<>=](?=[-<>=])", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escape(text: str) -> str:
    r"""Make a stranger's text stand for itself where Streamlit reads Markdown.

    Example:
        >>> escape("**bold** $x$")
        '\\*\\*bold\\*\\* \\$x\\$'
    """
    joined = _SECOND_PASS.sub(rf"\g<0>{_WORD_JOINER}", " ".join(text.splitlines()).strip())
    return _MARKDOWN.sub(r"\\\1", joined)


def unescape(text: str) -> str:
    r"""An escaped text for a place that shows every character as it is.

    Example:
        >>> unescape("99\\.9%")
        '99.9%'
    """
    return re.sub(r"\\(.)", r"\1", text).replace(_WORD_JOINER, "")


@dataclass(frozen=True)
class Texts:
    """The texts of one language.

    Attributes:
        language: One of `TABLES`.
    """

    language: str

    def __call__(self, key: str, **facts: object) -> str:
        """A text for a place that reads Markdown; the facts in it cannot act as any.

        Raises:
            KeyError: If there is no such text.
        """
        safe = {n: f if isinstance(f, int) else escape(str(f)) for n, f in facts.items()}
        return self.plain(key, **safe)

    def plain(self, key: str, **facts: object) -> str:
        """A text for a place that shows every character as it is.

        Example:
            >>> [Texts("en").plain("shelf.take", count=count) for count in (1, 2)]
            ['Open 1 photo', 'Open 2 photos']
        """
        counted = {n: Count(f) if isinstance(f, int) else f for n, f in facts.items()}
        return TABLES[self.language][key].format(**counted)

    def error(self, error: LensError) -> str:
        """What went wrong, as plain text; in English where the table has no sentence for it."""
        sentence = TABLES[self.language].get(f"errors.{error.code}")
        if sentence is None:
            return str(error)
        facts = dict(error.facts)
        if "kind" in facts:
            facts["what"] = self.plain(f"kinds.{facts['kind']}")
        return sentence.format(**facts)

    def of_card(self, text: str) -> str:
        """A text of a model's card, as plain text."""
        return str(getattr(card_text(text), self.language))

    def named(self, name: str) -> str:
        """What to call a thing that `core` names, as plain text; else its name."""
        return TABLES[self.language].get(f"names.{name}", name)

    def of_class(self, name: str, card: Card) -> str:
        """What to call a class, as plain text."""
        entry = card.classes[card.names.index(name)]
        return str(getattr(entry, self.language))

    def of_model(self, name: str, card: Card | None) -> str:
        """What to call a model, as plain text; `name` where it has no card, or that no title."""
        return card.title.get(self.language, name) if card else name

    def percent(self, share: float) -> str:
        """A share of 1 as per cent, finer near the ends, never rounded to certainty.

        Example:
            >>> [Texts("ja").percent(share) for share in (0.634, 0.0042, 0.99999, 1e-9)]
            ['63%', '0.4%', '99.9%以上', '0.1%未満']
        """
        if share < 0.0005:
            return self.plain("percent.below", value="0.1")
        if share >= 0.9995:
            return self.plain("percent.above", value="99.9")
        digits = 1 if share < 0.05 or share > 0.95 else 0
        return self.plain("percent", value=f"{100 * share:.{digits}f}")
