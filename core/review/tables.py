"""Review tables as CSV and Parquet, written in batches."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.explain.output_files import escape_formula
from core.review.result_row import ResultRow, cells, columns

if TYPE_CHECKING:
    import pyarrow

_BATCH = 4096  # rows
# The columns of numbers; all others are text. A new one stands in `result_row.OWN_COLUMNS`, too, or
# in the `COLUMNS` or `EVIDENCE_COLUMNS` that are put before and after those.
_NUMERIC = {
    *(
        "score",
        "second_score",
        "assumed_bits",
        "familiarity",
        "attention",
        "chance",
        "p_class",
        "p_without_background",
    ),
    *("p_without_rice", "p_with_other_rice", "p_favouring_colour", "p_opposing_colour"),
    "occlusion_agreement",
}


def write_csv(file: Path, rows: Iterable[ResultRow], evidence: bool) -> None:
    """Write the table as CSV (UTF-8); no cell can act as a formula.

    Args:
        file: Where.
        rows: Read once.
        evidence: Whether they have evidence.
    """
    names = columns(evidence)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            values = cells(row)
            writer.writerow([escape_formula(values.get(name)) for name in names])


def write_parquet(file: Path, rows: Iterable[ResultRow], evidence: bool) -> None:
    """Write the same table as Parquet: texts as they are, numbers as float64, null for nothing.

    Args:
        file: Where.
        rows: Read once.
        evidence: Whether they have evidence.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(columns(evidence))
    # Opened here: pyarrow takes no name that is not UTF-8.
    with file.open("wb") as out, pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for some in _batches(iter(rows)):
            # An empty text is nothing, too: so both tables have their gaps in the same places.
            values = [
                {name: cell for name, cell in cells(row).items() if cell != ""} for row in some
            ]
            writer.write_table(pa.Table.from_pylist(values, schema))


def _schema(names: tuple[str, ...]) -> pyarrow.Schema:
    import pyarrow as pa

    return pa.schema([(name, pa.float64() if name in _NUMERIC else pa.string()) for name in names])


def _batches(rows: Iterator[ResultRow]) -> Iterator[list[ResultRow]]:
    while some := list(islice(rows, _BATCH)):
        yield some
