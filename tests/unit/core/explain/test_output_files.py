"""Names and cells that come from strangers; the table's columns."""

from __future__ import annotations

import csv

import pytest

from core.explain.output_files import COLUMNS, error_row, escape_formula, folder_names, write_table


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|x", "%"]
)
def test_no_cell_is_a_formula(cell):
    assert not str(escape_formula(cell)).lstrip().startswith(("=", "+", "-", "@"))


def test_the_table_has_its_columns_also_for_photos_that_failed(tmp_path):
    write_table(tmp_path / "new" / "t.csv", [error_row("=x.jpg", 'broken, "so"')])
    with (tmp_path / "new" / "t.csv").open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    assert header == list(COLUMNS)
    assert row[0] == "'=x.jpg"
    assert row[-1] == 'broken, "so"'
    assert set(row[1:-1]) == {""}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "", "a\\b", "con:x", "x" * 400, "\x00\n.jpg", "/"]
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
