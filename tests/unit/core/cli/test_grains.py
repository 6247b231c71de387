"""`grains` from the command line: counts on the terminal, files in a folder, errors with a code."""

from __future__ import annotations

import pytest
from PIL import Image

from core.__main__ import main
from tests.support.drawn_grains import scattered, table


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(table(*scattered(12))[0]).save(tmp_path / "grains.png")
    return tmp_path / "grains.png"


@pytest.fixture
def empty(tmp_path):
    Image.fromarray(table()[0]).save(tmp_path / "empty.png")
    return tmp_path / "empty.png"


def test_the_command_counts_and_says_so(photo, empty, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["grains", str(photo), str(empty), "--out", str(out), "--heat"]) == 1
    printed = capsys.readouterr()
    assert "12 grains, 12 of them classified" in printed.out
    assert "Karacadag" in printed.out
    assert f"{empty}: no grains were found" in printed.err
    assert (out / "grains.csv").is_file()
    assert len(list((out / "grains").iterdir())) == 12


def test_a_scale_adds_sizes_in_millimetres(photo, tmp_path):
    out = tmp_path / "out"
    assert main(["grains", str(photo), "--out", str(out), "--scale", "10"]) == 0
    assert "length_mm" in (out / "grains.csv").read_text("utf-8").splitlines()[0]


def test_what_cannot_be_done_is_said(photo, tmp_path, capsys):
    assert main(["grains", str(photo), "--out", str(tmp_path), "--model", "rice"]) == 2
    assert "There is no model" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["grains", str(photo), "--out", str(tmp_path), "--scale", "0"])


def test_a_model_of_whole_photos_is_said_to_be_the_wrong_one(photo, tmp_path, capsys):
    assert main(["grains", str(photo), "--out", str(tmp_path / "out"), "--model", "rice-64"]) == 0
    assert "no model of single grains" in capsys.readouterr().err
