"""A certificate in words: whether to rely on a model, and which of two to ship."""

from __future__ import annotations

from core.diagnosis.certify import AS_IT_IS, OTHER, SAME, Certificate
from core.evidence.verdict import BACKGROUND, CONDITION, RICE
from core.review.sentences import percent
from core.texts import Bilingual, translate
from core.utils.confidence_interval import wilson_interval
from core.utils.paired_test import mcnemar_exact

LEVEL = 0.05
"""Chance below which a difference counts."""

_RIGHT = 0.8  # share of photos that it must be right on, at the lower end of the interval
_LOOKS, _BLAMED = 0.5, 0.2  # shares of photos: at least on the rice, at most on anything else


def accuracy(found: Certificate, ground: str) -> tuple[str, str, str]:
    """The share that is right and its 95 % interval, in words; dashes where nothing was asked."""
    right, count = found.counts(ground)
    if not count:
        return "–", "–", "–"
    low, high = (percent(round(end, 9)) for end in wilson_interval(right, count))
    return percent(right / count), low, high


def reliance_gaps(found: Certificate) -> tuple[str, ...]:
    """What a model lacks to be relied on, on photos like those of its certificate; "" of nothing.

    It can be relied on where its 95 % interval (Wilson) shows that it is right on 80 % at least,
    on the photos as they are and with their rice on another variety's ground; where the ground
    makes no difference at 5 % (`ground_matters`); where it looks at the rice on half of the photos
    at least, and goes by the background or by how the photo was taken on a fifth at most. So a
    handful of photos never suffices: it takes 16 that are all right.

    Args:
        found: The certificate.

    Returns:
        Codes, each with a sentence in `core/texts.json`.
    """
    photos, looks = len(found.photos), found.verdicts
    gaps = {
        "accuracy": _least(found, AS_IT_IS) < _RIGHT,
        "untested": not found.on(OTHER),
        "ground": found.ground_matters < LEVEL,
        "elsewhere": found.ground_matters >= LEVEL and _least(found, OTHER) < _RIGHT,
        "looks": looks[RICE] < _LOOKS * photos or _blamed(looks) > _BLAMED * photos,
    }
    return tuple(name for name, lacks in gaps.items() if lacks)


def reliance_sentence(found: Certificate) -> Bilingual:
    """Whether a model can be relied on, yes or not yet, with the figures that decide it."""
    looks, gaps = found.verdicts, reliance_gaps(found)
    facts = {
        "low": accuracy(found, AS_IT_IS)[1],
        "other": accuracy(found, OTHER)[1],
        "line": percent(_RIGHT).replace(".0", ""),
        "rice": looks[RICE],
        "photos": len(found.photos),
        "blamed": _blamed(looks),
    }
    if not gaps:
        return translate("certificate.relied", **facts)
    separator = translate("gap.separator")
    said = [translate(f"gap.{gap}", **facts) for gap in gaps]
    reasons = Bilingual(
        separator.en.join(each.en for each in said), separator.ja.join(each.ja for each in said)
    )
    return translate("certificate.not_yet", reasons=reasons)


def _least(found: Certificate, ground: str) -> float:
    """The lower end of the interval of how often it is right; 1 where nothing was asked."""
    right, count = found.counts(ground)
    return wilson_interval(right, count)[0] if count else 1.0


def _blamed(looks: dict[str, int]) -> int:
    return looks[BACKGROUND] + looks[CONDITION]


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
