"""What commands share: the photos of a folder, progress, numbers, and what a model lacks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.cli.shared import (
    fraction,
    photo_files,
    positive_float,
    positive_int,
    print_assumptions,
    progress_bar,
)
from core.models.card import Card, Input, class_names


def test_a_folder_stands_for_its_photos_at_any_depth(tmp_path):
    for name in ("b/x.JPG", "a.png", "b/notes.txt", "c/d/y.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [file.relative_to(tmp_path).as_posix() for file in photo_files(tmp_path)]
    assert found == ["a.png", "b/x.JPG", "c/d/y.webp"]
    assert photo_files(tmp_path / "any.file") == [tmp_path / "any.file"]


def test_progress_changes_nothing():
    assert list(progress_bar([1, 2, 3], "counting")) == [1, 2, 3]


def test_assumptions_are_named_on_stderr(capsys):
    card = Card(class_names(["a", "b"]), Input(8, 8))
    print_assumptions(SimpleNamespace(name="mine", card=card))
    assert capsys.readouterr().err == ""
    card = replace(card, assumptions=("values 0-1",))
    print_assumptions(SimpleNamespace(name="mine", card=card))
    assert capsys.readouterr().err == "mine came without a card; assumed: values 0-1\n"


@pytest.mark.parametrize(
    ("number", "good", "bad"),
    [
        (fraction, ("0", "0.5", "1"), ("-0.1", "1.1", "nan", "half")),
        (positive_int, ("1", "12"), ("0", "-1", "1.5", "many")),
        (positive_float, ("0.1", "12"), ("0", "-1", "inf", "nan", "many")),
    ],
)
def test_numbers_within_their_range(number, good, bad):
    assert [number(text) for text in good] == [float(text) for text in good]
    for text in bad:
        with pytest.raises((argparse.ArgumentTypeError, ValueError)):
            number(text)
