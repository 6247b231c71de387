"""Pages of one file in both languages: their templates, and what these call."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from core.review.sentences import percent
from core.texts import Bilingual, card_text, translate

_HERE = Path(__file__).parent


@cache
def open_template(file: Path) -> Template:
    """A template of a page, compiled once; all that is put in is escaped.

    Args:
        file: It may extend page.html.jinja and import macros.html.jinja, which lie here.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader([file.parent, _HERE]),
    )
    environment.globals |= {
        "t": lambda key, **facts: in_both_languages(translate(key, **facts)),
        "translate": translate,
        "both": in_both_languages,
        "card_text": card_text,
        "percent": percent,
    }
    return environment.get_template(file.name)


def in_both_languages(text: Bilingual) -> Markup:
    """A text in both languages, of which the style sheet shows one.

    Example:
        >>> in_both_languages(Bilingual("<b>", "<b>"))
        Markup('&lt;b&gt;')
    """
    if text.en == text.ja:
        return Markup("{}").format(text.en)
    return Markup('<span lang="en">{}</span><span lang="ja">{}</span>').format(text.en, text.ja)


def data_uri(kind: str, data: bytes) -> str:
    """A file as an address that a page holds itself.

    Example:
        >>> data_uri("image/png", b"abc")
        'data:image/png;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
