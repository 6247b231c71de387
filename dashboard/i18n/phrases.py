"""What a map shows, in words: for captions, alt texts, the place, and names of files."""

from __future__ import annotations

from core.explain.cam import CLASS_AGNOSTIC
from core.explain.request import ExplainRequest
from core.models.card import Card
from dashboard.components.display_options import Drawing
from dashboard.i18n.translate import Texts
from dashboard.state.explain_options import AGAINST, FOR, RATHER
from dashboard.state.session import PLAIN

ANY = "any"
KINDS = (FOR, AGAINST, RATHER, ANY)
_WAIT = 1.5  # seconds that are worth a word
_SHORT = 10  # seconds that are told one by one


def kind(request: ExplainRequest) -> str:
    """One of `KINDS`; ANY where the method knows no class."""
    if request.method in CLASS_AGNOSTIC:
        return ANY
    return RATHER if request.contrast_class else AGAINST if request.negate else FOR


def what(say: Texts, card: Card, how: Drawing, family: str = "shows") -> str:
    """What bright places show, such as "the evidence for Ketan", as plain text.

    Args:
        say: The texts.
        card: The model's.
        how: How the photo is drawn.
        family: Of texts: "shows", or "nowhere" for the sentence that there is nothing bright.
    """
    contrast_class = how.request.contrast_class
    return say.plain(
        f"{family}.{kind(how.request)}",
        target=say.of_class(how.target, card),
        other=say.of_class(contrast_class, card) if contrast_class else "",
    )


def cells(say: Texts, grid: tuple[int, int]) -> str:
    """A grid, as plain text."""
    return say.plain("cells", rows=grid[0], columns=grid[1])


def price(say: Texts, seconds: float) -> str:
    """What a question costs, as plain text; empty where nobody has to wait."""
    if seconds < _WAIT:
        return ""
    if seconds < 60:
        rounded = round(seconds) if seconds < _SHORT else 5 * round(seconds / 5)
        return say.plain("price.seconds", seconds=rounded)
    return say.plain("price.minutes", minutes=round(seconds / 60))


def file_stem(say: Texts, how: Drawing, grid: tuple[int, int]) -> str:
    """What a picture shows, short enough for a file's name; the defaults go without saying.

    Classes go by their own names, as in the tables that `core` writes.
    """
    request = how.request
    named = say.plain(
        f"file.{kind(request)}", target=how.target, other=request.contrast_class or ""
    )
    method = request.method if request.method != PLAIN.method else ""
    size = "x".join(map(str, grid)) if request.layers or request.upsampling > 1 else ""
    return "_".join(filter(None, (named, method, size)))
