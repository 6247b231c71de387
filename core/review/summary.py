"""Statistics of a review: correct, doubtful and skipped photos."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.evidence.verdict import VERDICTS
from core.models.calibration import Bin, ReliabilityCounts
from core.review.result_row import DOUBTS, ResultRow
from core.utils.confidence_interval import wilson_interval

MOST_DOUBTFUL = 200
"""Rows that a summary keeps, of any number of photos."""

_FILES_NAMED = 100  # files that are named for each reason to be left out
_MAX_WORDS = 500  # different first words of names that are counted apart
# Of a group, to say "mostly": its part, and times its part of all photos.
_MAJORITY, _RATIO = 0.5, 1.5
DOUBTFUL = "doubtful"
"""Of `Summary.common`, beside the verdicts."""

_ALL = "all"
_FEWEST_PHOTOS = 5  # photos of a kind, for them to have anything in common


@dataclass(frozen=True)
class Group:
    """Common class and file-name prefix of a group of photos.

    Attributes:
        name: Their class: the true one where known, else the predicted one; "" if they differ.
        word: The word that their files' names begin with; likewise.
        count: How many of them.
    """

    name: str
    word: str
    count: int


@dataclass(frozen=True)
class LeftOut:
    """Photos that could not be read, for one reason.

    Attributes:
        code: The `PhotoError`'s.
        count: How many.
        files: The first hundred of them, each with its sentence.
    """

    code: str
    count: int
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Summary:
    """A review in numbers.

    Attributes:
        classes: The model's.
        photos: How many there are.
        explained: How many could be read.
        predicted: Of those, by class.
        confusion: By true and predicted class; only those whose folder names a class.
        reliability: Where the folder names a class: how many photos at each probability are right.
        verdicts: By `verdict.VERDICTS`; all 0 without evidence.
        predicted_verdicts: By predicted class and verdict.
        reasons: Why, by verdict and `verdict.REASONS`, the most frequent first.
        measured: Of how many it is known whether they are familiar to the model.
        unfamiliar: How many of them are not.
        doubts: By `result_row.DOUBTS`; a photo may count for several.
        doubtful: How many photos have any.
        common: What most photos have in common, by verdict, and of all that are `DOUBTFUL`.
        left_out: What could not be read, by reason.
        max_heat: The most heat in any photo.
        most_doubtful: The most doubtful rows, most doubtful first.
    """

    classes: tuple[str, ...]
    photos: int
    explained: int
    predicted: dict[str, int]
    confusion: dict[tuple[str, str], int]
    reliability: tuple[Bin, ...]
    verdicts: dict[str, int]
    predicted_verdicts: dict[tuple[str, str], int]
    reasons: dict[str, dict[str, int]]
    measured: int
    unfamiliar: int
    doubts: dict[str, int]
    doubtful: int
    common: dict[str, Group]
    left_out: tuple[LeftOut, ...]
    max_heat: float
    most_doubtful: tuple[ResultRow, ...]

    @property
    def labelled(self) -> int:
        """How many photos' folders name their class."""
        return sum(self.confusion.values())

    @property
    def correct(self) -> int:
        """How many of them are classified so."""
        return sum(count for (true, answer), count in self.confusion.items() if true == answer)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share that is right; only where there are any."""
        return wilson_interval(self.correct, self.labelled)

    @property
    def has_verdicts(self) -> bool:
        """Whether the review has evidence."""
        return any(self.verdicts.values())


def summarize(rows: Iterable[ResultRow], classes: tuple[str, ...]) -> Summary:
    """Count a review; memory does not grow with the number of rows.

    Args:
        rows: Read once, in order.
        classes: The model's.
    """
    counted = _Counter()
    for row in rows:
        counted.photos += 1
        counted.add_unread(row) if row.score is None else counted.add_explained(row)
    return counted.summary(classes)


@dataclass
class _Counter:
    """A summary in the making."""

    photos: int = 0
    doubtful: int = 0
    familiar: Counter[str] = field(default_factory=Counter)
    max_heat: float = 0.0
    predicted: Counter[str] = field(default_factory=Counter)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    reliability: ReliabilityCounts = field(default_factory=ReliabilityCounts)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    groups: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    most_doubtful: list[tuple[float, int, ResultRow]] = field(default_factory=list)

    def add_unread(self, row: ResultRow) -> None:
        self.reasons[row.code] += 1
        named = self.named.setdefault(row.code, [])
        if len(named) < _FILES_NAMED:
            named.append((row.file, row.error))

    def add_explained(self, row: ResultRow) -> None:
        self.predicted[row.predicted] += 1
        self.max_heat = max(self.max_heat, row.heat)
        self.doubts.update(row.doubts)
        self.doubtful += bool(row.doubts)
        self.familiar[row.familiar] += 1
        if row.true:
            self.confusion[row.true, row.predicted] += 1
            self.reliability.add(row.score or 0.0, row.true == row.predicted)
        if row.verdict:
            self.verdicts[row.predicted, row.verdict] += 1
        if row.reason:
            self.why[row.verdict, row.reason] += 1
        self._count_groups(row)
        keep = heapq.heappush if len(self.most_doubtful) < MOST_DOUBTFUL else heapq.heappushpop
        keep(self.most_doubtful, (row.doubt, -row.number, row))

    def _count_groups(self, row: ResultRow) -> None:
        """Count what a photo has in common with others."""
        word = _first_word(row.file)
        if len(self.words) < _MAX_WORDS:
            self.words.add(word)
        key = row.true or row.predicted, word if word in self.words else ""
        for kind in (_ALL, row.verdict, DOUBTFUL if row.doubts else ""):
            if kind:
                self.groups.setdefault(kind, Counter())[key] += 1

    def summary(self, classes: tuple[str, ...]) -> Summary:
        everything = self.groups.pop(_ALL, Counter())
        groups = {kind: most_common(each, everything) for kind, each in self.groups.items()}
        return Summary(
            classes=classes,
            photos=self.photos,
            explained=self.predicted.total(),
            predicted={name: self.predicted[name] for name in classes},
            confusion=dict(self.confusion),
            reliability=self.reliability.bins,
            verdicts={
                verdict: sum(self.verdicts[name, verdict] for name in classes)
                for verdict in VERDICTS
            },
            predicted_verdicts=dict(self.verdicts),
            reasons={
                verdict: dict(
                    sorted(
                        ((code, n) for (of, code), n in self.why.items() if of == verdict),
                        key=lambda each: (-each[1], each[0]),
                    )
                )
                for verdict in VERDICTS
            },
            measured=self.familiar["yes"] + self.familiar["no"],
            unfamiliar=self.familiar["no"],
            doubts={doubt: self.doubts[doubt] for doubt in DOUBTS},
            doubtful=self.doubtful,
            common={kind: group for kind, group in groups.items() if group is not None},
            left_out=tuple(
                LeftOut(code, self.reasons[code], tuple(self.named[code]))
                for code in sorted(self.named)
            ),
            max_heat=self.max_heat,
            most_doubtful=tuple(row for _, _, row in sorted(self.most_doubtful, reverse=True)),
        )


def most_common(
    members: Counter[tuple[str, str]], everything: Counter[tuple[str, str]]
) -> Group | None:
    """What most photos of a kind have in common, and other photos less often.

    Args:
        members: The photos of that kind, by class and first word of the name.
        everything: All photos, likewise.

    Returns:
        Class and word, or one of them; None if there is nothing.

    Example:
        >>> flash, dim = ("Ketan", "flash"), ("Ketan", "noflash")
        >>> other = ("IR64", "noflash")
        >>> most_common(Counter({dim: 9, other: 1}), Counter({flash: 20, dim: 20, other: 20}))
        Group(name='Ketan', word='noflash', count=9)
    """
    total, overall = members.total(), everything.total()
    if total < _FEWEST_PHOTOS:
        return None
    by_class = _marginal(everything, (True, False))
    for parts in ((True, True), (True, False), (False, True)):
        of_all = _marginal(everything, parts)
        (name, word), count = max(
            _marginal(members, parts).items(), key=lambda item: (item[1], item[0])
        )
        most = count > _MAJORITY * total
        more = count / total >= _RATIO * of_all[name, word] / overall
        # Neither no word is telling, nor one that all photos of the class have.
        telling = not parts[1] or (bool(word) and of_all[name, word] != by_class[name, ""])
        if most and more and telling:
            return Group(name, word, count)
    return None


def _marginal(
    counts: Counter[tuple[str, str]], parts: tuple[bool, bool]
) -> Counter[tuple[str, str]]:
    merged: Counter[tuple[str, str]] = Counter()
    for (name, word), count in counts.items():
        merged[name if parts[0] else "", word if parts[1] else ""] += count
    return merged


def _first_word(file: str) -> str:
    """The letters that a file's name begins with."""
    found = re.match(r"[^\W\d_]+", PurePosixPath(file).stem)
    return found[0].casefold() if found else ""
