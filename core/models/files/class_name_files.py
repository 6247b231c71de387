"""Reads class names from the usual files beside a model.

A stranger's files: what is read is bounded, links are not followed, and what cannot be used says
why instead of failing.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.models.card import ClassName, class_names
from core.models.files.rejections import printable
from core.texts import count_noun

FILES = (
    "class_indices.json", "class_names.json", "labels.txt", "labels.csv", "classes.txt",
    "class_names.txt",
)  # fmt: skip
"""In any case; an earlier one goes before a later one."""

_MOST_BYTES = 1 << 20
_MOST_CLASSES = 25_000  # ImageNet's largest set has 21,841
_MOST_ENTRIES = 100_000  # of a folder
_LONGEST = 200  # characters of a name
_HEADINGS = {"class", "classes", "class_name", "class_names", "label", "labels", "name", "names"}
_KEYS = ("classes", "class_names", "labels", "class_indices")  # that JSON may keep the names under


@dataclass(frozen=True)
class ClassNameFile:
    """What a file says of a model's classes.

    Attributes:
        path: The file.
        names: In the order of the outputs; empty where there is a problem.
        problem: Why it cannot be used, as the rest of a sentence that begins with its name.
        numbered: Whether it is plain text that numbers its lines, as Teachable Machine does.
    """

    path: Path
    names: tuple[str, ...] = ()
    problem: str = ""
    numbered: bool = False


def read_class_names(folder: Path) -> tuple[ClassNameFile, ...]:
    """The files of a folder that name classes, those that go first before the others.

    Args:
        folder: Where the model is.

    Returns:
        One for each of `FILES` that is there; none where the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            found = [
                Path(entry.path)
                for entry in islice(entries, _MOST_ENTRIES)
                if entry.name.casefold() in FILES and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return ()
    order = sorted(found, key=lambda file: (FILES.index(file.name.casefold()), file.name))
    return tuple(map(_read, order))


def _read(file: Path) -> ClassNameFile:
    try:
        with file.open("rb") as content:
            data = content.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"is larger than {_MOST_BYTES >> 20} MB")
        text, numbered = _decode(data), False
        ending = file.suffix.casefold()
        if ending == ".json":
            names = _from_json(text)
        elif ending == ".csv":
            names = _from_csv(text)
        else:
            names, numbered = _from_lines(text)
        names = [_checked(name) for name in names]
        _check_all(names)
    except OSError as error:
        return ClassNameFile(file, problem=f"cannot be read ({error.strerror})")
    except (ValueError, RecursionError, csv.Error) as error:
        return ClassNameFile(file, problem=str(error))
    return ClassNameFile(file, tuple(names), numbered=numbered)


def _decode(data: bytes) -> str:
    """Text in UTF-8 or UTF-16, with a byte order mark or without."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data:  # which no other text has
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError("is no text in UTF-8 or UTF-16") from error


def _from_json(text: str) -> list[str]:
    """Of a list of names, or of names with their numbers, whichever of the two is the key."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not readable JSON") from error
    if isinstance(value, dict):
        inner = (value[key] for key in _KEYS if isinstance(value.get(key), list | dict))
        value = next(inner, value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    if isinstance(value, dict) and all(_is_number(number) for number in value.values()):
        return _in_order([(int(number), name) for name, number in value.items()])
    if isinstance(value, dict) and all(_is_number(number) for number in value):
        return _in_order([(int(number), _last(name)) for number, name in value.items()])
    raise ValueError("is neither a list of names nor names with numbers")


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[0-9]{1,6}", value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _last(name: Any) -> str:
    """A name, or the last of several: ImageNet's list has each class's identifier before it."""
    last = name[-1] if isinstance(name, list) and name else name
    if not isinstance(last, str):
        raise ValueError("is neither a list of names nor names with numbers")
    return last


def _in_order(rows: list[tuple[int, str]]) -> list[str]:
    ordered = sorted(rows)
    if [number for number, _ in ordered] != list(range(len(ordered))):
        raise ValueError("does not number its classes from 0 on without a gap")
    return [name for _, name in ordered]


def _from_csv(text: str) -> list[str]:
    """Of a table of names, with a column of numbers or without, with headings or without."""
    separator = max(",;\t", key=text.count)
    rows = [
        [cell.strip() for cell in row]
        for row in csv.reader(text.splitlines(), delimiter=separator, strict=True)
        if any(cell.strip() for cell in row)
    ]
    width = min(map(len, rows), default=0)
    headings = [cell.casefold() for cell in rows[0]] if rows else []
    headed = bool(_HEADINGS & set(headings)) or (
        width > 1 and not any(map(_is_number, headings)) and _has_numbers(rows[1:], width)
    )
    body = rows[1:] if headed else rows
    numbers = [at for at in range(width) if body and all(_is_number(row[at]) for row in body)]
    names = [at for at in range(width) if at not in numbers] or numbers[1:] or numbers
    named = [at for at in names if headed and headings[at] in _HEADINGS]
    at = (named or names or [0])[0]
    if numbers and numbers[0] != at:
        return _in_order([(int(row[numbers[0]]), row[at]) for row in body])
    return [row[at] for row in body]


def _has_numbers(rows: list[list[str]], width: int) -> bool:
    return bool(rows) and any(all(_is_number(row[at]) for row in rows) for at in range(width))


def _from_lines(text: str) -> tuple[list[str], bool]:
    """A name a line, or number and name as Teachable Machine does; whether it was the latter.

    A line that numbers itself does so in order; "2 Row" alone would be a name.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    numbered = [re.match(rf"{number}[\s:,]+(.+)", line) for number, line in enumerate(lines)]
    named = [match[1] for match in numbered if match]
    whole = bool(lines) and len(named) == len(lines)
    return (named if whole else lines), whole


def _checked(name: str) -> str:
    if len(name) > _LONGEST:
        raise ValueError(f"has a name of {len(name)} characters")
    if not name.strip():
        raise ValueError("has a class without a name")
    return printable(name.strip())


def _check_all(names: list[str]) -> None:
    if not names:
        raise ValueError("names no class")
    if len(names) > _MOST_CLASSES:
        raise ValueError(f"names {count_noun(len(names), 'class')}")
    if len(set(names)) < len(names):
        raise ValueError("names a class twice")


def name_classes(
    files: Sequence[ClassNameFile], count: int
) -> tuple[tuple[ClassName, ...], tuple[str, ...]]:
    """A model's classes, and what is to be said of where their names come from.

    Args:
        files: From `read_class_names`.
        count: How many classes the model has.

    Example:
        >>> names, said = name_classes([], 2)
        >>> [each.name for each in names], said
        (['class 0', 'class 1'], ('its 2 classes have no names',))
    """
    unused: list[str] = []
    for file in files:
        if len(file.names) == count:
            said = f"its classes are called as {file.path.name} beside it says, in that order"
            return class_names(list(file.names)), (*unused, said)
        problem = file.problem or f"names {count_noun(len(file.names), 'class')}, not its {count}"
        unused.append(f"{file.path.name} {problem}")
    names = class_names([f"class {number}" for number in range(count)])
    return names, (*unused, f"its {count} classes have no names")
