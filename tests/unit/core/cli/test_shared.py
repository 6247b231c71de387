"""What commands share: the photos of a folder, progress, numbers, and what a model lacks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.cli.shared import (
    add_command,
    check_out,
    count,
    fraction,
    photo_files,
    positive_float,
    positive_int,
    print_assumptions,
    print_left_out,
    progress_bar,
    seed,
    when_interrupted,
)
from core.errors import LensError
from core.models.card import Card, Input, class_names


def test_a_folder_stands_for_its_photos_at_any_depth(tmp_path):
    for name in ("b/x.JPG", "a.png", "b/notes.txt", "c/d/y.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    files, missed = photo_files([tmp_path, tmp_path / "any.file"])
    found = [file.relative_to(tmp_path).as_posix() for file in files]
    assert found == ["a.png", "b/x.JPG", "c/d/y.webp", "any.file"]
    assert missed == []


def test_a_folder_without_photos_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    files, missed = photo_files([tmp_path / "empty", tmp_path / "a.jpg"])
    assert files == [tmp_path / "a.jpg"]
    assert missed == [(tmp_path / "empty", "there are no photos in this folder")]
    with pytest.raises(LensError, match=r"There are no photos.*\n.*empty"):
        photo_files([tmp_path / "empty"])


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "closed")))
        return iter([(str(top), [], ["a.jpg"])])

    monkeypatch.setattr("core.cli.shared.os.walk", walk)
    files, missed = photo_files([tmp_path])
    assert files == [tmp_path / "a.jpg"]
    assert missed == [(tmp_path / "closed", "the folder cannot be read (Permission denied)")]


def test_no_folder_of_photos_holds_what_is_written(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").touch()
    for out in (photos, photos / "out", photos / ".." / "photos" / "deep" / "out"):
        with pytest.raises(LensError, match="would be taken for photos next time"):
            photo_files([photos], out)
        assert photo_files([photos / "a.png"], out)[0] == [photos / "a.png"]
    assert photo_files([photos], tmp_path / "out")[0] == [photos / "a.png"]


def test_a_command_says_what_it_does_in_the_list_and_in_its_own_help():
    parser = argparse.ArgumentParser()
    listed = parser.add_subparsers()
    command = add_command(listed, "sow", "put rice into the ground", "plant")
    command.set_defaults(run="sow")
    assert "put rice into the ground" in parser.format_help()
    assert "Put rice into the ground." in command.format_help()
    assert parser.parse_args(["plant"]).run == "sow"


def test_a_folder_that_can_be_written_to_is_not_made_yet(tmp_path):
    check_out(tmp_path)
    check_out(tmp_path / "new" / "deep")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "in", tmp_path / ("x" * 300)):
        with pytest.raises(LensError, match="cannot be written to"):
            check_out(out)


def test_an_interruption_says_what_is_left():
    with pytest.raises(KeyboardInterrupt, match="half is done"), when_interrupted("half is done"):
        raise KeyboardInterrupt


def test_progress_changes_nothing():
    assert list(progress_bar([1, 2, 3], "counting")) == [1, 2, 3]


def test_each_file_that_is_left_out_is_one_line(capsys):
    print_left_out(
        [(Path("もち.jpg"), "empty"), (Path("a\n\x1b[31m\udcff.jpg"), LensError("x", "No."))]
    )
    assert capsys.readouterr().err == "もち.jpg: empty\na\\n\\x1b[31m\\udcff.jpg: No.\n"


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
        (count, ("0", "12"), ("-1", "1.5", "many")),
        (seed, ("0", "2147483647"), ("-1", "2147483648", "many")),
        (positive_float, ("0.1", "12"), ("0", "-1", "inf", "nan", "many")),
    ],
)
def test_numbers_within_their_range(number, good, bad):
    assert [number(text) for text in good] == [float(text) for text in good]
    for text in bad:
        with pytest.raises((argparse.ArgumentTypeError, ValueError)):
            number(text)
