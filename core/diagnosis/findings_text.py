"""Findings about a model as plain text for 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill

from core.diagnosis.calibration_text import calibration_text
from core.diagnosis.conventions import Convention, ConventionResult, Findings
from core.diagnosis.find_convention import Answer
from core.diagnosis.labelled_photos import LabelledPhotos
from core.explain.familiarity import FEWEST, Familiarity
from core.images.preprocess import GEOMETRIES
from core.models.card import Card
from core.texts import count_noun

_WIDTH = 80
_NAMED = 3  # classes that a row of answers names
_LEGEND = (
    "imagenet: 0-1, less ImageNet's mean, over its deviation, as the efficientnet package does. "
    "caffe: 0-255 in the other order, less ImageNet's mean."
)


def findings_text(found: Findings, known: LabelledPhotos, card: Card) -> str:
    """Describe which convention a model was trained with, by photos of known class.

    Args:
        found: The findings.
        known: The photos.
        card: The model's card, before any change.
    """
    scenes = "" if found.scenes == found.photos else f" of {count_noun(found.scenes, 'scene')}"
    head = (
        f"{count_noun(found.photos, 'photo')}{scenes} with known class, shown in every usual way:"
    )
    table = "\n".join(_table(found, card))
    verdict = [*_verdict(found, known, card), _LEGEND]
    measured = found.calibration if found.sound else None  # where it is right at all
    said = [calibration_text(measured)] if measured else []
    return "\n\n".join([head, table, *map(_wrapped, verdict), *said])


def answers_text(answers: Sequence[Answer], card: Card) -> str:
    """Describe how a model classifies photos of unknown class under each convention.

    Args:
        answers: One a number convention and order of colours.
        card: The model's card.
    """
    count = sum(answers[0].counts)
    lines = [
        f"{count} photos with unknown class; what the answer would be:" if count > 1
        else "A photo with unknown class; what the answer would be:",
        "",
        f"  {'numbers':9} {'colours':8} {'sure':>6}  answers",
    ]  # fmt: skip
    for answer in answers:
        way = answer.convention
        own = (way.values, way.order) == (card.input.values, card.input.order)
        lines.append(
            f"  {way.values:9} {_colours(way, card):8} {answer.confidence:6.0%}  "
            + _answered(answer, card)
            + (f"  <- {_source(card)}" if own else "")
        )
    claim = (
        "Being sure is no sign of being right: these photos show nothing about the convention. Put "
        "photos into folders named as their classes, and the right one can be found."
    )
    return "\n".join([*lines, "", _wrapped(claim)])


def saved_text(before: Card, after: Card, file: Path) -> str:
    """Describe what saving the findings changed in a model's card."""
    names = {"values": "numbers", "order": "order of the colours", "geometry": "geometry"}
    changes = [
        f"{name}: {getattr(before.input, part)} -> {getattr(after.input, part)}"
        for part, name in names.items()
        if getattr(before.input, part) != getattr(after.input, part)
    ]
    if before.temperature != after.temperature:
        changes.append(f"temperature: {before.temperature:g} -> {after.temperature:g}")
    if before.names != after.names:
        changes.append(f"classes: {', '.join(before.names)} -> {', '.join(after.names)}")
    if not before.assumptions:
        return _wrapped(f"Saved to {file}. {'; '.join(changes) or 'Nothing changed'}.")
    given = after.input
    return _wrapped(
        f"Saved to {file}, a new card. Against what was assumed: "
        f"{'; '.join(changes) or 'no change'}. What the photos left open is written as "
        f"assumed: {given.height} x {given.width} pixels, {given.geometry}."
    )


def familiarity_text(learned: Familiarity | None) -> str:
    """Say what was saved of the photos that are familiar to a model."""
    if learned is None:
        return _wrapped(
            f"What is familiar to it is not saved: {FEWEST} photos of two scenes at least are "
            "needed."
        )
    return _wrapped(
        f"Saved what {len(learned.pooled)} photos look like to it: from now on, a photo that is "
        "unlike all of them is called unfamiliar."
    )


def _answered(answer: Answer, card: Card) -> str:
    """The most frequent answers, each with how many photos it is given to."""
    ranked = sorted(zip(answer.counts, card.names, strict=True), key=lambda row: -row[0])
    given = [(count, name) for count, name in ranked if count]
    if given[0][0] == 1 and len(given) == 1:
        return given[0][1]
    more = len(given) - _NAMED
    named = ", ".join(f"{name} {count}" for count, name in given[:_NAMED])
    return named + (f" and {more} more" if more > 0 else "")


def _table(found: Findings, card: Card) -> Iterator[str]:
    yield f"  {'numbers':9} {'colours':8} {'geometry':20} {'right':>12} {'log loss':>9}"
    rows: dict[tuple[str, str, bool], list[ConventionResult]] = {}
    for each in found.results:  # best first, and so are the rows, and what stands in a row
        rows.setdefault(_row(each), []).append(each)
    for key, row in rows.items():
        way, right = row[0].convention, f"{row[0].right} of {found.photos}"
        geometry = _either([each.convention.geometry for each in row])
        mark = f"  <- {_source(card)}" if key == _row(found.result_of(card.input)) else ""
        yield (
            f"  {way.values:9} {_colours(way, card):8} {geometry:20} {right:>12} "
            f"{row[0].loss:9.2f}{mark}"
        )


def _row(each: ConventionResult) -> tuple[str, str, bool]:
    """Geometries share a row unless one of them is beaten by the others."""
    return each.convention.values, each.convention.order, each.rejected


def _verdict(found: Findings, known: LabelledPhotos, card: Card) -> Iterator[str]:
    if known.assumed:
        yield (
            "The model's classes have no names. Assumed: they are the folders in alphabetical "
            f"order, as Keras numbers them: {', '.join(known.names)}."
        )
    own, best = found.result_of(card.input), found.closest_to(card.input)
    if not found.sound:
        yield (
            "These photos cannot tell what it was trained with: no convention makes it right more "
            f"often, beyond chance, than one answer for all ({found.chance} of {found.photos}). "
            "Are the folders named as what they show, and are there several classes?"
        )
        return
    if not found.clear:
        close = dict.fromkeys(_way(each.convention, card) for each in found.candidates)
        yield (
            "These photos cannot tell what it was trained with. Too close to each other are: "
            f"{'; '.join(close)}. "
            + (
                f"Right on {own.right}, what {_source(card)} says is worse. "
                if own.rejected
                else f"What {_source(card)} says is among them. "
            )
            + "Photos of more scenes may decide it."
        )
        return
    yield _claim(own, best, found, card)
    yield from _left_open(found)
    yield (
        "Evident is what has a smaller log loss than all that differ from it (sign-flip test by "
        f"scene, corrected for their number: p = {found.p_value:.3f}), is right on more photos "
        "than they (p < 0.05), and on more than by chance."
    )


def _claim(own: ConventionResult, best: ConventionResult, found: Findings, card: Card) -> str:
    right = f"right on {best.right} of {count_noun(found.photos, 'photo')}"
    if own == best:
        order_known = len({each.convention.order for each in found.candidates}) == 1
        way = _way(best.convention, card) if order_known else best.convention.values
        so = "as was assumed" if card.assumptions else "as its card says"
        return f"Evidently it was trained on numbers as {way}, {so}: {right}."
    parts = ("values", "order", "geometry")
    changed = [each for each in parts if _part(own, each) != _part(best, each)]
    said, evident = (", ".join(_part(each, name) for name in changed) for each in (own, best))
    says = "It was assumed that it takes" if card.assumptions else "Its card says"
    return (
        f"{says} {said}, but with {evident} it is {right} instead of {own.right}: evidently it "
        "was trained so."
    )


def _left_open(found: Findings) -> Iterator[str]:
    orders = {each.convention.order for each in found.candidates}
    geometries = list(dict.fromkeys(each.convention.geometry for each in found.candidates))
    undecided = ["the order of the colours (RGB or BGR)"] if len(orders) > 1 else []
    if len(geometries) > 1:
        undecided.append(f"how photos were brought to its shape ({_listed(geometries)})")
    if undecided:
        yield f"These photos cannot tell {' nor '.join(undecided)}."


def _part(each: ConventionResult, name: str) -> str:
    text = str(getattr(each.convention, name))
    return text.upper() if name == "order" else text


def _way(way: Convention, card: Card) -> str:
    return f"{way.values} in {_colours(way, card)}"


def _colours(way: Convention, card: Card) -> str:
    return way.order.upper() if card.input.channels == 3 else "grey"


def _source(card: Card) -> str:
    return "assumed" if card.assumptions else "its card"


def _either(geometries: list[str]) -> str:
    return "any" if len(geometries) == len(GEOMETRIES) else _listed(geometries)


def _listed(words: list[str]) -> str:
    """Two or more words with "or" before the last."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
