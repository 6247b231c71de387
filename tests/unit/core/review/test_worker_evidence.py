"""What the model looks at, in a review: the same as `explain --evidence` says, and counted."""

from __future__ import annotations

import csv
import json
import shutil

from core.__main__ import main
from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.texts import texts
from tests.conftest import ROOT
from tests.unit.core.review.conftest import MODEL, write_photo


def read(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_the_evidence_is_that_of_explain_and_counted_by_verdict(tmp_path):
    photos = tmp_path / "photos"
    (photos / "Ketan").mkdir(parents=True)
    for sample in sorted((ROOT / "assets" / "samples").glob("ketan*.jpg"))[:2]:
        shutil.copy(sample, photos / "Ketan")
    write_photo(photos / "blank.png", 0)
    base = ["--model", MODEL, "--evidence", "--out"]
    assert main(["review", str(photos), *base, str(tmp_path / "review")]) == 0
    assert main(["explain", str(photos), *base, str(tmp_path / "explain")]) == 0
    explained = {row["sha256"]: row for row in read(tmp_path / "explain" / "explanations.csv")}
    rows = read(tmp_path / "review" / "photos.csv")
    assert len(rows) == len(explained) == 3
    for row in rows:
        for name in EVIDENCE_COLUMNS:
            told, said = row[name], explained[row["sha256"]][name]
            try:
                assert abs(float(told) - float(said)) < 1e-3, name
            except ValueError:
                assert told == said, name
    summary = json.loads((tmp_path / "review" / "summary.json").read_text("utf-8"))
    verdicts = [row["verdict"] for row in rows]
    assert summary["verdicts"] == {name: verdicts.count(name) for name in summary["verdicts"]}
    assert sum(summary["verdicts"].values()) == 3
    assert summary["sentence"]["en"].startswith(f"On {verdicts.count('rice')} of 3 photos")
    report = (tmp_path / "review" / "report.html").read_text("utf-8")
    assert texts()["counts.verdicts"]["ja"] in report
    assert (
        "thresholds"
        in json.loads((tmp_path / "review" / "manifest.json").read_text())["parameters"]
    )
