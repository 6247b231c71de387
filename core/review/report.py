"""HTML report of a review: one self-contained file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import PhotoError
from core.evidence.verdict import VERDICTS
from core.explain.explainer import Explainer
from core.explain.render import legend
from core.images.decode import PREVIEW, read_file
from core.images.encode import encode_jpeg, encode_png
from core.images.resize import shrink_to
from core.models.card import Card
from core.review.html_page import data_uri, open_template
from core.review.listing import Listing
from core.review.result_row import SURE, ResultRow
from core.review.sentences import accuracy_sentence, class_name, percent, summary_sentence
from core.review.summary import Summary
from core.review.worker import PICTURE_SIDE, ReviewSettings, draw_overlay
from core.texts import Bilingual, translate

_TEMPLATE = Path(__file__).with_name("report.html.jinja")
_MOST_PHOTOS = 24  # photos with pictures
_LEAST_PHOTOS = 6  # photos with pictures, where fewer are doubtful
_MOST_CLASSES = 12  # classes that a chart or a matrix has room for
_MOST_MISTAKES = 20  # mistakes that are listed in place of a larger matrix
_CLASSES_LISTED = 30  # classes that are listed
_FILES_NAMED = 20  # files named for each reason to be left out


@dataclass(frozen=True)
class ReportPhoto:
    """A photo with its pictures, as data URIs."""

    row: ResultRow
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
    settings: ReviewSettings,
    head: dict[str, Any],
) -> None:
    """Write the report, in English and Japanese.

    The most doubtful photos are drawn again, as the most heat in any photo is known now.

    Args:
        file: Where.
        summary: The review's.
        listing: Its photos.
        explainer: That explained them.
        settings: How.
        head: As in the manifest.
    """
    card = explainer.card
    layers = [explainer.layer(name).map_grid for name in head["parameters"]["question"]["layers"]]
    grid = max(layers) if settings.request.upsampling == 1 else None
    page = open_template(_TEMPLATE).render(
        named=lambda name: class_name(name, card),
        summary=summary,
        listing=listing,
        card=card,
        head=head,
        title=Bilingual(card.title.get("en", explainer.name), card.title.get("ja", explainer.name)),
        heading=_heading(summary),
        sentence=summary_sentence(summary, card),
        right=accuracy_sentence("right.interval", summary) if summary.labelled else None,
        classes=_matrix_classes(summary),
        mistakes=_mistakes(summary),
        answers=_prediction_bars(summary, card),
        looks=_verdict_bars(summary, card),
        verdicts=VERDICTS,
        shown=list(_most_doubtful(summary, listing, explainer, settings)),
        sure=percent(SURE).replace(".0", ""),
        legend=data_uri("image/png", encode_png(legend(settings.colors))),
        grid=grid and f"{grid[0]} × {grid[1]}",
        named_files=_FILES_NAMED,
        class_list=_class_list(card),
    )
    file.write_text(page + "\n", "utf-8", newline="\n")


def _heading(summary: Summary) -> Bilingual:
    """How many photos were read, as the sentences count them, and how many files were not."""
    unread = summary.photos - summary.explained
    if not unread:
        return translate("title", photos=summary.photos)
    return translate("title.some", photos=summary.explained, unread=unread)


def _class_list(card: Card) -> Bilingual:
    """The names of the model's classes, the first thirty."""
    some, more = card.classes[:_CLASSES_LISTED], " …" if len(card.classes) > _CLASSES_LISTED else ""
    return Bilingual(
        ", ".join(each.en for each in some) + more, "、".join(e.ja for e in some) + more
    )


def _matrix_classes(summary: Summary) -> list[str]:
    """The classes of the matrix; none if there are too many for one."""
    occurring = {name for pair in summary.confusion for name in pair}
    return (
        [name for name in summary.classes if name in occurring]
        if len(occurring) <= _MOST_CLASSES
        else []
    )


def _mistakes(summary: Summary) -> list[tuple[str, str, int]]:
    wrong = [(t, s, count) for (t, s), count in summary.confusion.items() if t != s]
    return sorted(wrong, key=lambda each: (-each[2], each[:2]))[:_MOST_MISTAKES]


def _common(summary: Summary) -> tuple[list[str], list[str]]:
    """The classes that have bars of their own, and the rest."""
    answered = [name for name in summary.classes if summary.predicted[name]]
    common = sorted(answered, key=lambda name: -summary.predicted[name])[:_MOST_CLASSES]
    return [name for name in answered if name in common], [
        name for name in answered if name not in common
    ]


def _prediction_bars(summary: Summary, card: Card) -> list[Bar]:
    """How often each class was answered, rightly or wrongly."""

    def bar(name: Bilingual, members: list[str]) -> Bar:
        of = [(t, s, n) for (t, s), n in summary.confusion.items() if s in members]
        right = sum(count for true, answer, count in of if true == answer)
        wrong = sum(count for true, answer, count in of if true != answer)
        unknown = sum(summary.predicted[each] for each in members) - right - wrong
        return Bar(name, (("right", right), ("wrong", wrong), ("unknown", unknown)))

    common, rest = _common(summary)
    others = [bar(translate("counts.others", count=len(rest)), rest)] if rest else []
    return [bar(class_name(name, card), [name]) for name in common] + others


def _verdict_bars(summary: Summary, card: Card) -> list[Bar]:
    """What the model looked at: in all photos, then by the class that it answered."""

    def bar(name: Bilingual, members: list[str]) -> Bar:
        counts = summary.predicted_verdicts
        return Bar(
            name,
            tuple((each, sum(counts.get((m, each), 0) for m in members)) for each in VERDICTS),
        )

    if not summary.has_verdicts:
        return []
    common, rest = _common(summary)
    everything = bar(translate("counts.all"), list(summary.classes))
    others = [bar(translate("counts.others", count=len(rest)), rest)] if rest else []
    return [everything, *(bar(class_name(name, card), [name]) for name in common), *others]


def _most_doubtful(
    summary: Summary, listing: Listing, explainer: Explainer, settings: ReviewSettings
) -> Iterator[ReportPhoto]:
    """The most doubtful photos; a photo that is no longer what it was is passed over."""
    doubtful = sum(1 for row in summary.most_doubtful if row.doubts)
    left, single = min(_MOST_PHOTOS, max(_LEAST_PHOTOS, doubtful)), explainer.single_threaded()
    for row in summary.most_doubtful:
        if not left:
            return
        try:
            photo = read_file(listing.photos[row.number].path, longest=PREVIEW)
        except PhotoError:
            continue
        if photo.sha256 != row.sha256:
            continue
        (explained,) = single.explain([photo], settings.request)
        drawn = draw_overlay(photo.rgb, explained, settings, summary.max_heat)
        pictures = shrink_to(photo.rgb, PICTURE_SIDE), drawn
        yield ReportPhoto(row, *(data_uri("image/jpeg", encode_jpeg(each)) for each in pictures))
        left -= 1
