"""`explain --evidence`: more columns, and the mask that they rest on, beside the pictures."""

from __future__ import annotations

import csv
import shutil

import cv2
import numpy as np
import pytest

from core.__main__ import main
from core.evidence.baselines import compute_baselines
from core.evidence.collect import collect_evidence
from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.explain.open_explainer import open_explainer
from core.explain.output_files import COLUMNS
from core.images.decode import PREVIEW, read_file
from core.models.registry import find_model
from core.segmentation.rice_mask import find_rice
from core.texts import texts

SAMPLE = "assets/samples/ketan-scattered-slate.jpg"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    shutil.copy(SAMPLE, folder / "rice.jpg")
    blank = np.full((90, 120, 3), 120, np.uint8)
    cv2.imwrite(str(folder / "blank.png"), blank)
    (folder / "bad.jpg").write_bytes(b"%PDF-1.7 no photo")
    photos = [str(folder / name) for name in ("rice.jpg", "blank.png", "bad.jpg")]
    out = folder / "out"
    options = ["--model", "rice-64", "--class", "Ketan", "--evidence", "--out", str(out)]
    assert main(["explain", *photos, *options]) == 1
    with (out / "explanations.csv").open(encoding="utf-8", newline="") as file:
        return folder, list(csv.DictReader(file))


def test_the_table_has_the_evidence(written):
    folder, (asked, blank, bad) = written
    assert list(asked) == [*COLUMNS, *EVIDENCE_COLUMNS]
    explainer, photo = (
        open_explainer(find_model("rice-64")),
        read_file(folder / "rice.jpg", longest=PREVIEW),
    )
    (explained,) = explainer.explain([photo])
    mask = find_rice(photo.rgb).mask()
    *_, last = collect_evidence(
        explainer, photo, explained, mask, "Ketan", compute_baselines(explainer)
    )
    found = last.evidence
    for column, expected in (
        ("attention", found.localization.share),
        ("chance", found.localization.chance),
        ("p_class", found.probability),
        ("p_without_background", found.counterfactuals.without_background),
        ("p_without_rice", found.counterfactuals.rice_removed.probability),
        ("occlusion_agreement", found.occlusion_agreement),
    ):
        assert float(asked[column]) == pytest.approx(expected, abs=2e-3), column
    assert (asked["badge"], asked["verdict"]) == (found.badge.level, found.verdict.looks_at)
    assert texts()[f"reason.{found.verdict.reason}"]["en"] in asked["reason"]
    assert texts()[f"believed.{found.badge.reason}"]["en"] in asked["reason"]
    assert float(asked["chance"]) < 0.4 < float(asked["p_class"])
    assert (blank["verdict"], blank["attention"], blank["p_without_rice"]) == ("unclear", "", "")
    assert all(bad[column] == "" for column in EVIDENCE_COLUMNS)


def test_the_mask_lies_beside_the_pictures_at_full_size(written):
    folder, _ = written
    mask = cv2.imread(str(folder / "out" / "rice" / "mask.png"), cv2.IMREAD_GRAYSCALE)
    original = cv2.imread(str(folder / "out" / "rice" / "original.png"))
    exact = cv2.imread(SAMPLE.replace(".jpg", ".mask.png"), cv2.IMREAD_GRAYSCALE) > 0
    assert mask.shape == original.shape[:2] == exact.shape
    assert set(np.unique(mask)) == {0, 255}
    assert (exact & (mask > 0)).sum() / (exact | (mask > 0)).sum() > 0.7
    blank = cv2.imread(str(folder / "out" / "blank" / "mask.png"), cv2.IMREAD_GRAYSCALE)
    assert blank.shape == (90, 120)


def test_without_asking_there_is_none(tmp_path):
    assert main(["explain", SAMPLE, "--model", "rice-64", "--out", str(tmp_path)]) == 0
    with (tmp_path / "explanations.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(COLUMNS)
    assert not list(tmp_path.rglob("mask.png"))
