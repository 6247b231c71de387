"""A review as one HTML file: nothing else is needed to read, print or send it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.errors import PhotoError
from core.evidence.verdict import VERDICTS
from core.explain.explainer import Explainer
from core.explain.render import legend, png
from core.images.decode import PREVIEW, read_file
from core.models.card import Card
from core.review.listing import Listing
from core.review.result_row import SURE, Row
from core.review.sentences import class_name, in_short, percent, right_or_wrong
from core.review.summary import Summary
from core.review.worker import Settings, jpeg, overlay, reduced
from core.texts import Bilingual, translate

_HERE = Path(__file__).parent
_TEMPLATE = "report.html.jinja"
_SHOWN = 24  # photos with pictures
_LEAST = 6  # photos with pictures, where fewer are doubtful
_CLASSES = 12  # classes that a chart or a matrix has room for
_MISTAKES = 20  # mistakes that are listed in place of a larger matrix
_LISTED = 30  # classes that are listed
_NAMED = 20  # files named for each reason to be left out


@dataclass(frozen=True)
class Shown:
    """A photo with its pictures, as data URIs."""

    row: Row
    photo: str
    overlay: str


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: its name, and what it is made of."""

    name: Bilingual
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(count for _, count in self.parts)


def write_report(
    file: Path,
    summary: Summary,
    listing: Listing,
    explainer: Explainer,
    settings: Settings,
    head: dict[str, Any],
) -> None:
    """Write the report, in English and Japanese.

    The most doubtful photos are drawn anew, now that the most heat of all is known.

    Args:
        file: Where.
        summary: The review's.
        listing: Its photos.
        explainer: That explained them.
        settings: How.
        head: As in the manifest.
    """
    card = explainer.card
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader(_HERE),
    )
    environment.globals |= {
        "t": lambda key, **facts: _both(translate(key, **facts)),
        "translate": translate,
        "both": _both,
        "percent": percent,
        "named": lambda name: class_name(name, card),
    }
    layers = [explainer.layer(name).grid for name in head["parameters"]["question"]["layers"]]
    grid = max(layers) if settings.request.upsampling == 1 else None
    page = environment.get_template(_TEMPLATE).render(
        summary=summary,
        listing=listing,
        card=card,
        head=head,
        title=Bilingual(card.title.get("en", explainer.name), card.title.get("ja", explainer.name)),
        sentence=in_short(summary, card),
        right=right_or_wrong("right.interval", summary) if summary.known else None,
        classes=_classes(summary),
        mistakes=_mistakes(summary),
        answers=_answers(summary, card),
        looks=_looks(summary, card),
        verdicts=VERDICTS,
        shown=list(_shown(summary, listing, explainer, settings)),
        sure=percent(SURE).replace(".0", ""),
        legend=_uri("image/png", png(legend(settings.colors))),
        grid=grid and f"{grid[0]} × {grid[1]}",
        named_files=_NAMED,
        class_list=_class_list(card),
    )
    file.write_text(page + "\n", "utf-8", newline="\n")


def _both(said: Bilingual) -> Markup:
    """A text in both languages, of which the style sheet shows one."""
    if said.en == said.ja:
        return Markup("{}").format(said.en)
    return Markup('<span lang="en">{}</span><span lang="ja">{}</span>').format(said.en, said.ja)


def _class_list(card: Card) -> Bilingual:
    """The model's classes, as far as anybody reads on."""
    some, more = card.classes[:_LISTED], " …" if len(card.classes) > _LISTED else ""
    return Bilingual(
        ", ".join(each.en for each in some) + more, "、".join(e.ja for e in some) + more
    )


def _classes(summary: Summary) -> list[str]:
    """The classes of the matrix; none if there are too many for one."""
    occurring = {name for pair in summary.confusion for name in pair}
    return (
        [name for name in summary.classes if name in occurring]
        if len(occurring) <= _CLASSES
        else []
    )


def _mistakes(summary: Summary) -> list[tuple[str, str, int]]:
    wrong = [(t, s, count) for (t, s), count in summary.confusion.items() if t != s]
    return sorted(wrong, key=lambda each: (-each[2], each[:2]))[:_MISTAKES]


def _common(summary: Summary) -> tuple[list[str], list[str]]:
    """The classes that have bars of their own, and the rest."""
    answered = [name for name in summary.classes if summary.predicted[name]]
    common = sorted(answered, key=lambda name: -summary.predicted[name])[:_CLASSES]
    return [name for name in answered if name in common], [
        name for name in answered if name not in common
    ]


def _answers(summary: Summary, card: Card) -> list[Bar]:
    """How often each class was answered, rightly or wrongly."""

    def bar(name: Bilingual, members: list[str]) -> Bar:
        of = [(t, s, n) for (t, s), n in summary.confusion.items() if s in members]
        right = sum(count for true, said, count in of if true == said)
        wrong = sum(count for true, said, count in of if true != said)
        unknown = sum(summary.predicted[each] for each in members) - right - wrong
        return Bar(name, (("right", right), ("wrong", wrong), ("unknown", unknown)))

    common, rest = _common(summary)
    others = [bar(translate("counts.others", count=len(rest)), rest)] if rest else []
    return [bar(class_name(name, card), [name]) for name in common] + others


def _looks(summary: Summary, card: Card) -> list[Bar]:
    """What the model looked at: in all photos, then by the class that it answered."""

    def bar(name: Bilingual, members: list[str]) -> Bar:
        counts = summary.predicted_verdicts
        return Bar(
            name,
            tuple((each, sum(counts.get((m, each), 0) for m in members)) for each in VERDICTS),
        )

    if not summary.asked:
        return []
    common, rest = _common(summary)
    everything = bar(translate("counts.all"), list(summary.classes))
    others = [bar(translate("counts.others", count=len(rest)), rest)] if rest else []
    return [everything, *(bar(class_name(name, card), [name]) for name in common), *others]


def _shown(
    summary: Summary, listing: Listing, explainer: Explainer, settings: Settings
) -> Iterator[Shown]:
    """The most doubtful photos; a photo that is no longer what it was is passed over."""
    doubtful = sum(1 for row in summary.first if row.doubts)
    left, single = min(_SHOWN, max(_LEAST, doubtful)), explainer.on_one_core()
    for row in summary.first:
        if not left:
            return
        try:
            photo = read_file(listing.photos[row.number].path, longest=PREVIEW)
        except PhotoError:
            continue
        if photo.sha256 != row.sha256:
            continue
        (explained,) = single.explain([photo], settings.request)
        drawn = overlay(photo.rgb, explained, settings, summary.top)
        pictures = (_uri("image/jpeg", jpeg(each)) for each in (reduced(photo.rgb), drawn))
        yield Shown(row, *pictures)
        left -= 1


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
