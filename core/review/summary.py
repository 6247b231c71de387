"""What a review found over all photos: how often right, what is doubtful, what was left out."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.evidence.verdict import VERDICTS
from core.interval import wilson
from core.review.row import DOUBTS, Row

MOST_DOUBTFUL = 200
"""Rows that a summary keeps, of any number of photos."""

_NAMED = 100  # files that are named for each reason to be left out
_WORDS = 500  # different first words of names that are told apart
_PART, _TIMES = 0.5, 1.5  # of a group, to say "mostly": its part, and times its part of all photos
_FEWEST = 5  # photos of which anything is said to be mostly so


@dataclass(frozen=True)
class Group:
    """What most photos of a kind have in common.

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
        verdicts: By `verdict.VERDICTS`; all 0 if the model was not asked.
        predicted_verdicts: By predicted class and verdict.
        doubts: By `row.DOUBTS`; a photo may count for several.
        doubtful: How many photos have any.
        mostly: What most photos have in common that are doubtful; by verdict, too.
        left_out: What could not be read, by reason.
        top: The most heat in any photo.
        first: The most doubtful rows, most doubtful first.
    """

    classes: tuple[str, ...]
    photos: int
    explained: int
    predicted: dict[str, int]
    confusion: dict[tuple[str, str], int]
    verdicts: dict[str, int]
    predicted_verdicts: dict[tuple[str, str], int]
    doubts: dict[str, int]
    doubtful: int
    mostly: dict[str, Group]
    left_out: tuple[LeftOut, ...]
    top: float
    first: tuple[Row, ...]

    @property
    def known(self) -> int:
        """How many photos' folders name their class."""
        return sum(self.confusion.values())

    @property
    def right(self) -> int:
        """How many of them are called so."""
        return sum(count for (true, said), count in self.confusion.items() if true == said)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share that is right; only where any is known."""
        return wilson(self.right, self.known)

    @property
    def asked(self) -> bool:
        """Whether the model was asked what it looks at."""
        return any(self.verdicts.values())


def summarize(rows: Iterable[Row], classes: tuple[str, ...]) -> Summary:
    """Count a review; memory does not grow with the number of rows.

    Args:
        rows: Read once, in order.
        classes: The model's.
    """
    counts: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    verdicts: Counter[str] = Counter()
    predicted_verdicts: Counter[tuple[str, str]] = Counter()
    doubts: Counter[str] = Counter()
    groups: dict[str, Counter[tuple[str, str]]] = {"": Counter()}
    left_out: dict[str, list[tuple[str, str]]] = {}
    reasons: Counter[str] = Counter()
    words: set[str] = set()
    top = 0.0
    first: list[tuple[float, int, Row]] = []
    for row in rows:
        counts["photos"] += 1
        if row.score is None:
            reasons[row.code] += 1
            named = left_out.setdefault(row.code, [])
            if len(named) < _NAMED:
                named.append((row.file, row.error))
            continue
        counts["explained"] += 1
        predicted[row.predicted] += 1
        top = max(top, row.heat)
        if row.true:
            confusion[row.true, row.predicted] += 1
        if row.verdict:
            verdicts[row.verdict] += 1
            predicted_verdicts[row.predicted, row.verdict] += 1
        doubts.update(row.doubts)
        word = _word(row.file)
        if len(words) < _WORDS:
            words.add(word)
        key = row.true or row.predicted, word if word in words else ""
        for kind in (
            "",
            *(["doubtful"] if row.doubts else []),
            *([row.verdict] * bool(row.verdict)),
        ):
            groups.setdefault(kind, Counter())[key] += 1
        counts["doubtful"] += bool(row.doubts)
        entry = row.doubt, -row.number, row
        if len(first) < MOST_DOUBTFUL:
            heapq.heappush(first, entry)
        else:
            heapq.heappushpop(first, entry)
    everything = groups.pop("")
    return Summary(
        classes=classes,
        photos=counts["photos"],
        explained=counts["explained"],
        predicted={name: predicted[name] for name in classes},
        confusion=dict(confusion),
        verdicts={name: verdicts[name] for name in VERDICTS},
        predicted_verdicts=dict(predicted_verdicts),
        doubts={name: doubts[name] for name in DOUBTS},
        doubtful=counts["doubtful"],
        mostly={
            kind: group
            for kind, members in groups.items()
            if (group := mostly(members, everything)) is not None
        },
        left_out=tuple(
            LeftOut(code, reasons[code], tuple(left_out[code])) for code in sorted(left_out)
        ),
        top=top,
        first=tuple(row for _, _, row in sorted(first, reverse=True)),
    )


def mostly(members: Counter[tuple[str, str]], everything: Counter[tuple[str, str]]) -> Group | None:
    """What most photos of a kind have in common, and other photos less often.

    Args:
        members: The photos of that kind, by class and first word of the name.
        everything: All photos, likewise.

    Returns:
        The most that can be said; None if nothing can.

    Example:
        >>> flash, dim = ("Ketan", "flash"), ("Ketan", "noflash")
        >>> other = ("IR64", "noflash")
        >>> mostly(Counter({dim: 9, other: 1}), Counter({flash: 20, dim: 20, other: 20}))
        Group(name='Ketan', word='noflash', count=9)
    """
    total, overall = members.total(), everything.total()
    if total < _FEWEST:
        return None
    for parts in ((True, True), (True, False), (False, True)):
        kinds = [_merged(each, parts) for each in (members, everything)]
        (name, word), count = max(kinds[0].items(), key=lambda item: (item[1], item[0]))
        part, part_of_all = count / total, kinds[1][name, word] / overall
        says_nothing = parts[1] and not word
        # A word that all photos of the class have says no more than the class.
        says_more = (
            not all(parts) or kinds[1][name, word] < _merged(everything, (True, False))[name, ""]
        )
        if part > _PART and part >= _TIMES * part_of_all and says_more and not says_nothing:
            return Group(name, word, count)
    return None


def _merged(counts: Counter[tuple[str, str]], parts: tuple[bool, bool]) -> Counter[tuple[str, str]]:
    merged: Counter[tuple[str, str]] = Counter()
    for (name, word), count in counts.items():
        merged[name if parts[0] else "", word if parts[1] else ""] += count
    return merged


def _word(file: str) -> str:
    """The letters that a file's name begins with."""
    found = re.match(r"[^\W\d_]+", PurePosixPath(file).stem)
    return found[0].casefold() if found else ""
