"""A certificate in one sentence, and which of two models to ship."""

from __future__ import annotations

from core.diagnosis.certify import AS_IT_IS, OTHER, SAME, Certificate
from core.review.sentences import percent
from core.texts import Bilingual, translate
from core.utils.confidence_interval import wilson_interval
from core.utils.paired_test import mcnemar_exact

LEVEL = 0.05
"""Chance below which a difference counts."""


def accuracy(found: Certificate, ground: str) -> tuple[str, str, str]:
    """The share that is right and its 95 % interval, in words; dashes where nothing was asked."""
    right, count = found.counts(ground)
    if not count:
        return "–", "–", "–"
    low, high = (percent(round(end, 9)) for end in wilson_interval(right, count))
    return percent(right / count), low, high


def certificate_sentence(found: Certificate) -> Bilingual:
    """How often the model is right, and whether the ground tells it more than it should."""
    share, low, high = accuracy(found, AS_IT_IS)
    facts = {"share": share, "low": low, "high": high}
    if not found.on(OTHER):
        return translate("certificate.unmixed", **facts)
    facts |= {"same": accuracy(found, SAME)[0], "other": accuracy(found, OTHER)[0]}
    matters = found.ground_matters < LEVEL
    return translate("certificate.ground" if matters else "certificate.rice", **facts)


def compare(one: Certificate, other: Certificate, ground: str) -> tuple[int, int, float]:
    """On how many of their common photos only the one is right, only the other, and the p-value."""
    theirs = {photo.file: photo for photo in other.on(ground)}
    pairs = [(photo, theirs[photo.file]) for photo in one.on(ground) if photo.file in theirs]
    first = sum(a.right(ground) and not b.right(ground) for a, b in pairs)
    second = sum(b.right(ground) and not a.right(ground) for a, b in pairs)
    return first, second, mcnemar_exact(first, second)


def ship_sentence(one: Certificate, other: Certificate) -> Bilingual:
    """Which of two models to ship: the one that is right where the ground says otherwise.

    Where the photos as they are and those on other grounds contradict each other, both are said;
    where neither shows a difference, that is.
    """
    better = {}
    for ground in (AS_IT_IS, OTHER):
        first, second, chance = compare(one, other, ground)
        if chance < LEVEL:
            better[ground] = one if first > second else other
    if not better:
        return translate("certificate.either", one=one.name, other=other.name)
    ship = better.get(OTHER) or better[AS_IT_IS]
    ground = OTHER if OTHER in better else AS_IT_IS
    left = other if ship is one else one
    facts = {
        "ship": ship.name,
        "left": left.name,
        "share": accuracy(ship, ground)[0],
        "less": accuracy(left, ground)[0],
    }
    if len(set(map(id, better.values()))) == 2:
        facts |= {"own": accuracy(ship, AS_IT_IS)[0], "more": accuracy(left, AS_IT_IS)[0]}
        return translate("certificate.contradiction", **facts)
    elsewhere = ground == OTHER
    return translate("certificate.ship.other" if elsewhere else "certificate.ship.own", **facts)
