"""Photo files in, pictures, arrays and a table out."""

from __future__ import annotations

import csv
import weakref
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from core.errors import PhotoError
from core.evidence.baselines import compute_baselines
from core.evidence.collect import VERDICT, collect_evidence
from core.evidence.table_columns import EVIDENCE_COLUMNS
from core.explain.cam import grad_cam
from core.explain.output_files import ASKED_COLUMNS, COLUMNS
from core.explain.render import render_pictures
from core.explain.request import ExplainRequest
from core.images import decode, size_limits
from core.images.decode import PREVIEW, read_file
from core.images.memory_budget import MAX_MEMORY, MemoryBudget
from core.images.preprocess import fit, normalize
from core.review import explain_files as explain_files_module
from core.review.explain_files import ExplainSettings, explain_files, explain_stream
from core.segmentation.rice_mask import find_rice
from core.texts import texts
from tests.conftest import ROOT
from tests.support.photo_files import twelve_bits
from tests.support.photo_folders import write_photo


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two of one name, one in Japanese, and a file that is none, the second."""
    top = tmp_path_factory.mktemp("photos")
    sizes = {"heap.jpg": (60, 90), "sub/heap.png": (80, 40), "もち米.png": (50, 50)}
    for seed, (name, size) in enumerate(sizes.items()):
        write_photo(top / name, seed, size)
    (top / "=bad.jpg").write_bytes(b"%PDF-1.7 no photo")
    return [top / name for name in ("heap.jpg", "=bad.jpg", "sub/heap.png", "もち米.png")]


def read_png(file):
    return cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), 1)[..., ::-1]


def table(out):
    with (out / "explanations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_photo_gets_its_pictures_and_arrays(photos, shipped, tmp_path):
    out = tmp_path / "out"
    ((file, error),) = explain_files(photos, shipped, ExplainSettings(blend=0.3), out)
    assert file.name == "=bad.jpg"
    assert isinstance(error, PhotoError)
    assert sorted(each.name for each in out.iterdir()) == sorted(
        ["heap", "heap_2", "もち米", "explanations.csv"]
    )
    for file, folder in ((photos[0], "heap"), (photos[2], "heap_2"), (photos[3], "もち米")):
        photo = read_file(file)
        (explained,) = shipped.explain([photo])
        drawn = render_pictures(photo.rgb, explained, explained.predicted, 0.3)
        for name in ("original", "heatmap", "overlay"):
            assert (read_png(out / folder / f"{name}.png") == getattr(drawn, name)).all()
        arrays = np.load(out / folder / "maps.npz", allow_pickle=False)
        assert arrays["maps"].shape == (3, 2, 2)
        assert arrays["maps"].dtype == np.float32
        assert arrays["maps"] == pytest.approx(explained.maps, abs=1e-5)
        assert arrays["logits"].shape == arrays["scores"].shape == (3,)
        assert arrays["classes"].tolist() == ["Basmati", "IR64", "Ketan"]


@pytest.mark.parametrize(("shared", "times"), [(False, 1), (True, 2)])
def test_a_photo_is_read_once_unless_all_are_needed_first(
    photos, shipped, tmp_path, monkeypatch, shared, times
):
    read = []
    file_bytes = decode.file_bytes
    monkeypatch.setattr(decode, "file_bytes", lambda file: read.append(file) or file_bytes(file))
    settings = ExplainSettings(shared=shared, evidence=VERDICT)
    explain_files(photos, shipped, settings, tmp_path / "out")
    assert sorted(read) == sorted(photos * times)


def test_pictures_are_gone_before_the_memory_for_them_is_another_photos(
    shipped, tmp_path, monkeypatch
):
    drawn, gone = [], []

    def watched(rgb, *given):
        pictures = render_pictures(rgb, *given)
        drawn.append([weakref.ref(each) for each in (rgb, pictures.overlay)])
        return pictures

    class Spy(MemoryBudget):
        @contextmanager
        def reserve(self, amount):
            with super().reserve(amount):
                yield
                gone.extend(each() is None for picture in drawn for each in picture)

    monkeypatch.setattr(decode, "DECODERS", Spy(MAX_MEMORY))
    monkeypatch.setattr(explain_files_module, "render_pictures", watched)
    write_photo(tmp_path / "wide.png", 1, (40, PREVIEW + 1))
    explain_files([tmp_path / "wide.png"], shipped, ExplainSettings(), tmp_path / "out")
    assert gone == [True, True]


def test_a_stream_keeps_the_order_and_names_what_is_no_photo(photos, shipped):
    many = photos * 4
    results = list(explain_stream(many, shipped, ExplainRequest()))
    assert len(results) == len(many)
    for file, result in zip(many, results, strict=True):
        if file.name == "=bad.jpg":
            assert isinstance(result, PhotoError)
        else:
            assert result.sha256 == read_file(file).sha256
    assert list(explain_stream([], shipped, ExplainRequest())) == []


def test_the_table_has_a_row_a_photo(photos, shipped, tmp_path):
    explain_files(photos, shipped, ExplainSettings(target="IR64"), tmp_path / "out")
    good, bad, *_ = rows = table(tmp_path / "out")
    assert len(rows) == 4
    assert list(good) == [*COLUMNS, *ASKED_COLUMNS]
    assert good["file"] == str(photos[0])
    assert good["sha256"] == read_file(photos[0]).sha256
    assert (good["target"], good["grid"], good["layer"]) == ("IR64", "2x2", "top_activation")
    assert good["predicted"] in ("Basmati", "IR64", "Ketan")
    assert 1 / 3 <= float(good["score"]) <= 1
    assert good["error"] == ""
    assert "PDF" in bad["error"]
    assert bad["sha256"] == ""
    assert not list((tmp_path / "out").rglob("mask.png"))


def test_a_shared_scale_makes_photos_comparable(photos, shipped, tmp_path):
    good = [photos[0], photos[2], photos[3]]
    settings = ExplainSettings("Ketan", blend=1, shared=True)
    explain_files(good, shipped, settings, tmp_path / "out")
    folders = [tmp_path / "out" / name for name in ("heap", "heap_2", "もち米")]
    top = max(np.load(folder / "maps.npz")["maps"][2].max() for folder in folders)
    assert top > 0
    for file, folder in zip(good, folders, strict=True):
        photo = read_file(file)
        (explained,) = shipped.explain([photo])
        expected = render_pictures(photo.rgb, explained, "Ketan", 1, top=top).heatmap
        written = read_png(folder / "heatmap.png")
        assert np.abs(written.astype(int) - expected).max() <= 2


def test_formulas_and_tables_agree(photos, shipped):
    photo = read_file(photos[0])
    (explained,) = shipped.explain([photo])
    shown = fit(photo.rgb, explained.placement)
    values = shipped.card.input.values
    ran = shipped.forward(normalize(shown[None], values))
    assert explained.maps == pytest.approx(grad_cam(ran.activations, ran.gradients)[0], abs=1e-5)


def test_the_table_has_the_evidence(explained_with_evidence, few, shipped):
    blank, rice, none = table(explained_with_evidence)
    assert list(rice) == [*COLUMNS, *ASKED_COLUMNS, *EVIDENCE_COLUMNS]
    assert rice["target"] == "Ketan"
    photo = read_file(few / "Ketan" / "rice.jpg", longest=PREVIEW)
    (explained,) = shipped.explain([photo])
    mask = find_rice(photo.rgb).mask()
    baselines = compute_baselines(shipped)
    *_, last = collect_evidence(shipped, photo, explained, mask, "Ketan", baselines)
    found = last.evidence
    for column, expected in (
        ("attention", found.localization.share),
        ("chance", found.localization.chance),
        ("p_class", found.probability),
        ("p_without_background", found.counterfactuals.without_background),
        ("p_without_rice", found.counterfactuals.rice_removed.probability),
        ("occlusion_agreement", found.occlusion_agreement),
    ):
        assert float(rice[column]) == pytest.approx(expected, abs=2e-3), column
    assert (rice["badge"], rice["verdict"]) == (found.badge.level, found.verdict.looks_at)
    assert texts()[f"reason.{found.verdict.reason}"]["en"] in rice["reason"]
    assert texts()[f"trusted.{found.badge.reason}"]["en"] in rice["reason"]
    assert float(rice["chance"]) < 0.4 < float(rice["p_class"])
    assert (blank["verdict"], blank["attention"], blank["p_without_rice"]) == ("unclear", "", "")
    assert all(none[column] == "" for column in EVIDENCE_COLUMNS)


def test_the_mask_lies_beside_the_pictures_at_full_size(explained_with_evidence):
    out = explained_with_evidence
    mask = cv2.imread(str(out / "rice" / "mask.png"), cv2.IMREAD_GRAYSCALE)
    original = cv2.imread(str(out / "rice" / "original.png"))
    drawn = ROOT / "assets" / "samples" / "ketan-scattered-slate.mask.png"
    exact = cv2.imread(str(drawn), cv2.IMREAD_GRAYSCALE) > 0
    assert mask.shape == original.shape[:2] == exact.shape
    assert set(np.unique(mask)) == {0, 255}
    assert (exact & (mask > 0)).sum() / (exact | (mask > 0)).sum() > 0.7
    blank = cv2.imread(str(out / "blank" / "mask.png"), cv2.IMREAD_GRAYSCALE)
    assert blank.shape == (90, 120)


def test_the_table_says_by_which_depth_a_photo_was_read(shipped, tmp_path):
    explain_files([twelve_bits(tmp_path / "a.tif")], shipped, ExplainSettings(), tmp_path / "out")
    assert [row["assumed_bits"] for row in table(tmp_path / "out")] == ["12"]


def test_pictures_of_a_larger_photo_are_drawn_at_the_most_that_is_drawn(
    shipped, tmp_path, monkeypatch
):
    write_photo(tmp_path / "large.png", 1, (60, 240))
    monkeypatch.setattr(size_limits, "MAX_DRAWN", 3600)
    explain_files([tmp_path / "large.png"], shipped, ExplainSettings(), tmp_path / "out")
    for name in ("original", "heatmap", "overlay"):
        assert read_png(tmp_path / "out" / "large" / f"{name}.png").shape == (30, 120, 3)
