"""The tables: the columns of explain and more, the same in CSV and Parquet, no formulas."""

from __future__ import annotations

import csv
import io
import os

import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.explain.output_files import COLUMNS
from core.review.result_row import ResultRow
from core.review.tables import write_csv, write_parquet


def read(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_a_row_a_photo_in_order_with_the_class_its_folder_names(reviewed):
    rows = read(reviewed / "photos.csv")
    assert len(rows) == 72
    assert tuple(rows[0])[: len(COLUMNS) + 1] == (*COLUMNS, "true")
    good = next(row for row in rows if row["file"] == "ketan/IMG_7.png")
    assert good["true"] == "Ketan"
    assert good["target"] == good["predicted"]
    assert good["error"] == ""
    assert (reviewed / good["picture"]).is_file()
    bad = next(row for row in rows if row["file"] == "IR64/scan.jpg")
    assert "PDF" in bad["error"]
    assert (bad["true"], bad["sha256"], bad["score"], bad["picture"]) == ("IR64", "", "", "")


def test_a_table_may_have_a_name_in_another_encoding(tmp_path):
    file = tmp_path / os.fsdecode(b"rice-\xff.parquet")
    try:
        file.touch()
    except OSError:
        pytest.skip("this system has no such names")
    write_parquet(file, [ResultRow(0, "a.jpg")], evidence=False)
    assert pd.read_parquet(io.BytesIO(file.read_bytes()))["file"].tolist() == ["a.jpg"]


def test_no_cell_is_a_formula(reviewed):
    rows = read(reviewed / "photos.csv")
    assert "'=HYPERLINK(1).jpg" in [row["file"] for row in rows]
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_parquet_holds_the_same_with_types(reviewed):
    table = pq.read_table(reviewed / "photos.parquet")
    assert str(table.schema.field("score").type) == "double"
    rows = read(reviewed / "photos.csv")
    assert table.column_names == list(rows[0])
    for row, said in zip(rows, table.to_pylist(), strict=True):
        for name, cell in row.items():
            value = said[name]
            if value is None:
                assert cell == ""
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell.removeprefix("'") == value


def test_many_rows_are_written_in_parts_and_read_as_one_table(tmp_path):
    def rows():
        for number in range(9000):
            yield ResultRow(number, f"{number}.jpg", score=0.5, evidence={"chance": 0.25})

    write_csv(tmp_path / "a.csv", rows(), evidence=True)
    write_parquet(tmp_path / "a.parquet", rows(), evidence=True)
    table = pd.read_parquet(tmp_path / "a.parquet")
    assert table["file"].tolist() == [f"{number}.jpg" for number in range(9000)]
    assert table["chance"].eq(0.25).all()
    assert table["badge"].isna().all()
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3
    assert len(read(tmp_path / "a.csv")) == 9000
