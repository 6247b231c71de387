"""`audit` from the command line: what it says, and its exit codes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main


@pytest.fixture
def photos(tmp_path):
    """A brown table for one class and a blue one for the other, ten photos each."""
    rng = np.random.default_rng(0)
    for name, colour in (("a", (150, 90, 70)), ("b", (80, 120, 160))):
        (tmp_path / name).mkdir()
        for number in range(10):
            table = rng.normal(0, 8, (64, 64, 1)) + np.array(colour)
            Image.fromarray(table.astype(np.uint8)).save(tmp_path / name / f"{number}.jpg")
    return tmp_path


def test_it_says_what_gives_the_class_away(photos, capsys):
    assert main(["audit", str(photos)]) == 0
    said = capsys.readouterr().out
    assert "20 photos of 20 scenes, 2 classes" in said
    assert "The ground alone tells the class of 100% of the photos" in said


@pytest.mark.parametrize("left", [2, 4])
def test_too_few_photos_are_an_error_that_says_what_is_needed(photos, left, capsys):
    for number in range(left, 10):
        (photos / "b" / f"{number}.jpg").unlink()
    assert main(["audit", str(photos)]) == 2
    out, said = capsys.readouterr()
    assert not out
    assert f"it takes 5 scenes of each class, and b has {left}." in said
    assert "a has" not in said
    assert "Add photos of other heaps" in said


def test_files_that_cannot_be_read_are_named(photos, capsys):
    (photos / "a" / "broken.jpg").write_bytes(b"nothing")
    assert main(["audit", str(photos)]) == 1
    assert "broken.jpg: " in capsys.readouterr().err


def test_a_folder_that_is_missing_is_an_error(tmp_path, capsys):
    assert main(["audit", str(tmp_path / "absent")]) == 2
    assert "There is no folder" in capsys.readouterr().err
