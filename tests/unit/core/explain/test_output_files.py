"""Pictures, arrays and the table on disk; names and cells come from strangers."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import LensError
from core.explain.output_files import (
    ASKED_COLUMNS,
    COLUMNS,
    describe_request,
    error_row,
    escape_formula,
    folder_names,
    mask_png,
    open_table,
    out_unwritable,
    provenance,
    remove_explanation,
    table_row,
    write_explanation,
    write_mask,
)
from core.explain.render import render_pictures
from core.explain.request import ExplainRequest
from tests.support.full_disk import no_file_larger_than
from tests.support.pooled_network import photo_of, pooled_explainer


@pytest.fixture(scope="module")
def photo():
    return photo_of(np.random.default_rng(4).integers(0, 256, (40, 60, 3)).astype(np.uint8))


@pytest.fixture(scope="module")
def explanation(photo):
    return pooled_explainer(np.eye(3)).explain([photo], ExplainRequest(contrast_class="b"))[0]


def test_an_explanation_is_three_pictures_and_its_raw_arrays(photo, explanation, tmp_path):
    drawn = render_pictures(photo.rgb, explanation, "a", 0.5)
    write_explanation(tmp_path / "new" / "one", drawn, explanation, "a")
    names = {file.name for file in (tmp_path / "new" / "one").iterdir()}
    assert names == {"original.png", "heatmap.png", "overlay.png", "maps.npz"}
    for name in ("original", "heatmap", "overlay"):
        with Image.open(tmp_path / "new" / "one" / f"{name}.png") as image:
            assert np.array_equal(np.asarray(image), getattr(drawn, name))
            assert image.text == provenance(explanation, "a")
    with np.load(tmp_path / "new" / "one" / "maps.npz") as arrays:
        for name in ("maps", "logits", "scores"):
            assert np.array_equal(arrays[name], getattr(explanation, name))
        assert arrays["classes"].tolist() == ["a", "b", "c"]
        assert arrays["mapped"].tolist() == ["a", "b", "c"]


def test_arrays_say_which_classes_the_maps_are_of(photo, explanation, tmp_path):
    some = replace(explanation, maps=explanation.maps[1:], mapped=("b", "c"))
    write_explanation(tmp_path, render_pictures(photo.rgb, some, "c", 0.5), some, "c")
    with np.load(tmp_path / "maps.npz") as arrays:
        assert arrays["mapped"].tolist() == ["b", "c"]
        assert len(arrays["maps"]) == 2


def test_a_mask_has_the_size_of_the_whole_photo(explanation, tmp_path):
    mask = np.zeros((20, 30), bool)
    mask[:10, :15] = True
    write_mask(tmp_path, mask, explanation)
    assert (tmp_path / "mask.png").read_bytes() == mask_png(mask, explanation)
    with Image.open(io.BytesIO(mask_png(mask, explanation))) as image:
        assert image.text["Photo SHA-256"] == explanation.sha256
        white = np.asarray(image.convert("L"))
    assert white.shape == (40, 60)
    assert np.array_equal(white == 255, mask.repeat(2, axis=0).repeat(2, axis=1))


def test_a_picture_says_where_it_came_from(explanation):
    assert provenance(explanation, "a") == {
        "Software": "Rice Lens",
        "Photo SHA-256": "0" * 64,
        "Model": "pooled",
        "Class": "a",
        "Question": "what speaks for a rather than b",
        "Method": "grad-cam of the logit at last, 2 x 2 cells",
    }


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ExplainRequest(), "what speaks for Ketan"),
        (ExplainRequest(negate=True), "what speaks against Ketan"),
        (ExplainRequest("eigen-cam"), "what the layer reacts to most, whatever the class"),
    ],
)
def test_a_request_is_described_in_words(request_, said):
    assert describe_request(request_, "Ketan") == said


def test_a_row_has_the_columns_of_the_table(explanation):
    row = table_row("a.jpg", explanation, "b")
    assert tuple(row) == COLUMNS + ASKED_COLUMNS
    assert (row["explains"], row["map"]) == ("logit", "zero")  # of b rather than b
    assert table_row("a.jpg", explanation, "a")["map"] == ""
    assert (row["file"], row["target"], row["layer"], row["grid"]) == ("a.jpg", "b", "last", "2x2")
    assert row["predicted"] == explanation.predicted
    assert row["score"] == pytest.approx(explanation.scores.max(), abs=1e-6)
    assert row["error"] == ""
    assert row["method"] == explanation.request.method


@pytest.mark.parametrize(
    ("request_", "cells"),
    [
        (ExplainRequest(), ("", "")),
        (ExplainRequest(negate=True), ("", "yes")),
        (ExplainRequest(contrast_class="b"), ("b", "")),
        (ExplainRequest(contrast_class="b", negate=True), ("b", "yes")),
    ],
)
def test_a_row_says_what_was_compared(photo, request_, cells):
    (explained,) = pooled_explainer(np.eye(3)).explain([photo], request_)
    row = table_row("a.jpg", explained, "a")
    assert (row["versus"], row["against"]) == cells


def test_a_row_says_what_is_explained_and_that_a_map_is_zero(explanation):
    silent = replace(explanation, maps=0 * explanation.maps, head="mixture")
    row = table_row("a.jpg", silent, "b")
    assert (row["explains"], row["map"]) == ("log probability", "zero")
    assert provenance(silent, "b")["Method"].startswith("grad-cam of the log probability at")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|x", "%"]
)
def test_no_cell_is_a_formula(cell):
    assert not str(escape_formula(cell)).lstrip().startswith(("=", "+", "-", "@"))


def test_the_table_has_its_columns_also_for_photos_that_failed(tmp_path):
    with open_table(tmp_path / "new" / "t.csv") as add:
        add([error_row("=x.jpg", 'broken, "so"')])
    with (tmp_path / "new" / "t.csv").open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    assert header == list(COLUMNS)
    said = {name: cell for name, cell in zip(header, row, strict=True) if cell}
    assert said == {"file": "'=x.jpg", "error": 'broken, "so"'}


def test_a_table_holds_whole_rows_whatever_ends_the_work(tmp_path):
    table = tmp_path / "t.csv"
    with no_file_larger_than(100), open_table(table, ("file", "number")) as add:
        add([{"file": "a.jpg", "number": 1}])
        whole = table.read_bytes()
        with pytest.raises(OSError, match="too large"):
            add([{"file": "b.jpg", "number": 2}, {"file": "c" * 100, "number": 3}])
        assert table.read_bytes() == whole == b"file,number\na.jpg,1\n"
        add([{"file": "d.jpg"}])
    assert table.read_bytes() == whole + b"d.jpg,\n"


def test_two_at_once_do_not_write_into_one_table(tmp_path):
    pytest.importorskip("fcntl")
    with open_table(tmp_path / "a.csv") as add:
        add([error_row("first.jpg", "empty")])
        with (
            pytest.raises(LensError, match="Another process is writing"),
            open_table(tmp_path / "a.csv"),
        ):
            pytest.fail("it was opened")
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 2
    with open_table(tmp_path / "a.csv"):
        assert len((tmp_path / "a.csv").read_text().splitlines()) == 1  # it begins anew


def test_a_name_in_another_encoding_stands_in_the_table(tmp_path):
    with open_table(tmp_path / "t.csv", ("file",)) as add:
        add([{"file": os.fsdecode(b"rice-\xff.jpg")}, {"file": "もち米.jpg"}])
    assert (tmp_path / "t.csv").read_text("utf-8") == "file\nrice-\\udcff.jpg\nもち米.jpg\n"


def test_an_error_of_writing_says_what_is_done():
    error = out_unwritable(Path("out"), OSError(28, "No space left on device"), 3)
    assert error.facts == {"done": 3}
    assert str(error).startswith("out cannot be written to (No space left on device). 3 photos")
    assert "done" not in str(out_unwritable(Path("out"), OSError("short")))


def test_only_what_was_written_of_a_photo_is_removed(photo, explanation, tmp_path):
    drawn = render_pictures(photo.rgb, explanation, "a", 0.5)
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_explanation(folder, drawn, explanation, "a")
    (tmp_path / "two" / "notes.txt").write_text("somebody's")
    for name in ("one", "two", "never"):
        remove_explanation(tmp_path / name)
    assert [file.name for file in tmp_path.rglob("*")] == ["two", "notes.txt"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", ".", "", "a\\b", "con:x", "x" * 400, "米" * 400, "\x00\n.jpg", "/"],
)
def test_a_photos_name_is_never_a_path(name, tmp_path):
    (folder,) = folder_names([name])
    assert folder == (tmp_path / folder).name
    assert (tmp_path / folder).resolve().parent == tmp_path.resolve()
    (tmp_path / folder).mkdir()


def test_two_photos_of_one_name_do_not_overwrite_each_other():
    names = folder_names(["a/IMG.jpg", "b/IMG.png", "c/img.jpg", "IMG_2.jpg"])
    assert len({name.casefold() for name in names}) == 4
    assert names[0] == "IMG"
