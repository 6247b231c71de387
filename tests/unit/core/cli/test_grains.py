"""`grains` from the command line: counts on the terminal, files in a folder, errors with a code."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from core.__main__ import main
from core.grain_counting import output_files
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


def test_a_scale_adds_sizes_in_millimetres(photo, tmp_path, capsys):
    printed = []
    for scale in ("10", "200/20"):  # pixels of a coin, and its millimetres
        out = tmp_path / f"out{len(printed)}"
        assert main(["grains", str(photo), "--out", str(out), "--scale", scale]) == 0
        assert "length_mm" in (out / "grains.csv").read_text("utf-8").splitlines()[0]
        printed.append(capsys.readouterr().out)
    assert "length: mean 6.1" in printed[0]
    assert printed[0] == printed[1]


def test_what_cannot_be_done_is_said(photo, tmp_path, capsys):
    assert main(["grains", str(photo), "--out", str(tmp_path), "--model", "rice"]) == 2
    assert "There is no model" in capsys.readouterr().err
    for scale in ("0", "480/0", "/20", "a coin"):
        with pytest.raises(SystemExit):
            main(["grains", str(photo), "--out", str(tmp_path), "--scale", scale])


def test_a_model_of_whole_photos_is_said_to_be_the_wrong_one(photo, tmp_path, capsys):
    assert main(["grains", str(photo), "--out", str(tmp_path / "out"), "--model", "rice-64"]) == 1
    printed = capsys.readouterr()
    assert "no model of single grains" in printed.err
    assert f"{photo}: {output_files.NOTES['varieties_unknown']}" in printed.err
    assert "12 of these not surely" in printed.out
    assert "interval" not in printed.out


def test_where_rice_and_background_look_alike_it_says_so_beside_the_count(
    photo, tmp_path, monkeypatch, capsys
):
    count = output_files.count_grains
    monkeypatch.setattr(
        output_files, "count_grains", lambda *given: replace(count(*given), problem="not_separable")
    )
    assert main(["grains", str(photo), "--out", str(tmp_path / "out")]) == 1
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first == "12 grains, 12 of them classified"
    assert second.startswith("not sure: in 1 photo rice and background look alike")
    assert "95 %" not in "".join(rest[:5])


def test_without_a_photo_nothing_is_done(tmp_path, capsys):
    (tmp_path / "none").mkdir()
    (tmp_path / "text.jpg").write_text("no photo")
    out = tmp_path / "out"
    assert main(["grains", str(tmp_path / "none"), "--out", str(out)]) == 2
    assert not out.exists()
    assert main(["grains", str(tmp_path / "text.jpg"), "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "There are no photos" in printed.err
    assert "text.jpg: This is a text file" in printed.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped; what is finished is listed in"),
        (OSError(28, "No space left on device"), 1, "(No space left on device). 1 photo done"),
    ],
)
def test_what_is_finished_is_listed_whatever_stops_it(
    photo, empty, tmp_path, monkeypatch, capsys, error, code, said
):
    draw, calls = output_files.draw_close_up, []

    def stops(grain, side):
        calls.append(grain)
        if len(calls) > 12:
            raise error
        return draw(grain, side)

    monkeypatch.setattr(output_files, "draw_close_up", stops)
    second = photo.with_name("second.png")
    shutil.copy(photo, second)
    out = tmp_path / "out"
    assert main(["grains", str(photo), str(second), "--out", str(out), "--heat"]) == code
    assert said in capsys.readouterr().err
    for name in ("grains.csv", "counts.csv"):
        with (out / name).open(encoding="utf-8", newline="") as file:
            assert {row["file"] for row in csv.DictReader(file)} == {str(photo)}
    assert not (out / "second.png").exists()
