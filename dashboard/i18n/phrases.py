"""Phrases for what a map shows: captions, alt texts, locations, file names."""

from __future__ import annotations

from core.explain.cam import CLASS_AGNOSTIC
from core.explain.request import OWN, ExplainRequest
from core.models.card import Card
from dashboard.i18n.translate import Texts

FOR, AGAINST, RATHER, ANY = KINDS = ("for", "against", "rather", "any")
"""Kinds of requests: for a class, against it, for it rather than another; or of no class."""
_WAIT = 1.5  # seconds that are worth a word
_SHORT = 10  # seconds that are named one by one


def kind(request: ExplainRequest) -> str:
    """One of `KINDS`; ANY where the method knows no class."""
    if request.method in CLASS_AGNOSTIC:
        return ANY
    return RATHER if request.contrast_class else AGAINST if request.negate else FOR


def shows(
    say: Texts, card: Card, request: ExplainRequest, target: str, family: str = "shows"
) -> str:
    """What bright places show, such as "the evidence for Ketan", as plain text.

    Args:
        say: The texts.
        card: The model's.
        request: What the map answers.
        target: The class.
        family: Of texts: "shows", or "nowhere" for the sentence that there is nothing bright.
    """
    other = request.contrast_class
    return say.plain(
        f"{family}.{kind(request)}",
        target=say.of_class(target, card),
        other=say.of_class(other, card) if other else "",
    )


def cells(say: Texts, grid: tuple[int, int]) -> str:
    """A grid, as plain text."""
    return say.plain("cells", rows=grid[0], columns=grid[1])


def duration(say: Texts, seconds: float) -> str:
    """How long a request takes, as plain text; empty where nobody has to wait."""
    if seconds < _WAIT:
        return ""
    if seconds < 60:
        rounded = round(seconds) if seconds < _SHORT else 5 * round(seconds / 5)
        return say.plain("duration.seconds", seconds=rounded)
    return say.plain("duration.minutes", minutes=round(seconds / 60))


def file_stem(say: Texts, request: ExplainRequest, target: str, grid: tuple[int, int]) -> str:
    """What a picture shows, short enough for a file's name; the defaults go without saying.

    Classes go by their own names, as in the tables that `core` writes.
    """
    named = say.plain(f"file.{kind(request)}", target=target, other=request.contrast_class or "")
    method = request.method if request.method != OWN else ""
    size = "x".join(map(str, grid)) if request.layers or request.upsampling > 1 else ""
    return "_".join(filter(None, (named, method, size)))
