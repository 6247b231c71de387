"""Summary of a review in a few sentences, in both languages."""

from __future__ import annotations

from core.evidence.verdict import BACKGROUND, BOTH, CONDITION, RICE, UNCLEAR
from core.models.card import Card
from core.review.summary import DOUBTFUL, Group, Summary
from core.texts import Bilingual, translate

_MANY, _FEWEST = 0.2, 5  # share, and number, of photos not judged by the rice that ask for a cure


def percent(share: float) -> str:
    """A share as people read it; never rounded to all or nothing.

    Example:
        >>> percent(0.98765), percent(1), percent(0.99999), percent(0.0001)
        ('98.8%', '100%', '99.9%', '0.1%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(99.9, max(0.1, 100 * share)):.1f}%"


def class_name(name: str, card: Card) -> Bilingual:
    """What to call a class."""
    for each in card.classes:
        if each.name == name:
            return Bilingual(each.en, each.ja)
    return Bilingual(name, name)


def summary_sentence(summary: Summary, card: Card, marked: int = 0) -> Bilingual:
    """A review summed up in a few sentences.

    Args:
        summary: The review.
        card: The model's, for the classes' names.
        marked: How many of the doubtful photos a reviewer has marked: they need no more checking.
    """
    if not summary.explained:
        return translate("short.nothing")
    photos, counts = summary.explained, summary.verdicts
    sentences = []
    if summary.has_verdicts:
        sentences.append(translate("short.rice", count=counts[RICE], photos=photos))
        if counts[BACKGROUND]:
            mostly = _common_trait(summary.common.get(BACKGROUND), card)
            sentences.append(translate("short.background", count=counts[BACKGROUND], mostly=mostly))
        if counts[CONDITION]:
            sentences.append(translate("short.condition", count=counts[CONDITION]))
        if counts[BOTH]:
            why = _reasons(summary, BOTH)
            sentences.append(translate("short.both", count=counts[BOTH], why=why))
        if counts[UNCLEAR]:
            why = _reasons(summary, UNCLEAR)
            sentences.append(translate("short.unclear", count=counts[UNCLEAR], why=why))
        beside = counts[BACKGROUND] + counts[CONDITION] + counts[BOTH]
        if beside >= max(_FEWEST, _MANY * photos):
            sentences.append(translate("short.cure"))
    if summary.unfamiliar:
        sentences.append(
            translate("short.unfamiliar", count=summary.unfamiliar, photos=summary.measured)
        )
    if summary.labelled:
        sentences.append(accuracy_sentence("short.right", summary))
    left = summary.doubtful - marked
    if left:
        # What all the doubtful ones have in common need not be so of those that are left.
        mostly = _common_trait(None if marked else summary.common.get(DOUBTFUL), card)
        sentences.append(translate("short.doubtful", count=left, photos=photos, mostly=mostly))
    elif marked:
        sentences.append(translate("short.checked", count=marked, photos=photos))
    else:
        sentences.append(translate("short.sound"))
    if summary.photos > summary.explained:
        sentences.append(translate("short.left_out", count=summary.photos - summary.explained))
    return Bilingual(
        " ".join(each.en for each in sentences), "".join(each.ja for each in sentences)
    )


def accuracy_sentence(key: str, summary: Summary) -> Bilingual:
    """How often the model is right, where that is known."""
    low, high = (percent(end) for end in summary.interval)
    share = percent(summary.correct / summary.labelled)
    return translate(
        key, right=summary.correct, known=summary.labelled, share=share, low=low, high=high
    )


def _reasons(summary: Summary, verdict: str) -> Bilingual:
    """Why a verdict was reached, each reason with its number of photos where there are several."""
    reasons = summary.reasons[verdict]
    if not reasons:
        return Bilingual("", "")
    said = [translate(f"reason.{code}") for code in reasons]
    if len(reasons) > 1:
        counted = zip(said, reasons.values(), strict=True)
        said = [translate("short.reason", reason=each, count=count) for each, count in counted]
    together = Bilingual("; ".join(each.en for each in said), "。".join(each.ja for each in said))
    return translate("short.reasons", reasons=together)


def _common_trait(group: Group | None, card: Card) -> Bilingual:
    if group is None:
        return Bilingual("", "")
    name = class_name(group.name, card)
    if group.name and group.word:
        return translate("mostly.both", name=name, word=group.word)
    return (
        translate("mostly.class", name=name)
        if group.name
        else translate("mostly.word", word=group.word)
    )
