"""A table that a spreadsheet can read, counts, and numbered pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.grain_counting import output_files
from core.grain_counting.count_grains import count_grains
from core.grain_counting.counts import count_varieties
from core.grain_counting.output_files import (
    ALL,
    COLUMNS,
    COUNT_COLUMNS,
    NOTES,
    SCALED,
    SIZES,
    write_grain_files,
)
from tests.support.drawn_grains import scattered, table


@pytest.fixture
def photos(tmp_path):
    files = []
    for name, grains in (
        ("=1+1.png", scattered(12)),
        ("b.png", [*scattered(6), (300, 400, 88, 30, 0)]),
        ("empty.png", []),
    ):
        files.append(tmp_path / "photos" / name)
        files[-1].parent.mkdir(exist_ok=True)
        Image.fromarray(table(*grains)[0]).save(files[-1])
    files.append(tmp_path / "photos" / "broken.jpg")
    files[-1].write_bytes(b"%PDF-1.4")
    return files


def test_tables_and_pictures_of_some_photos(photos, explainer, tmp_path):
    out = tmp_path / "out"
    grains, notes = write_grain_files(photos, explainer, out, scale=10.0, heat=True)
    counts = count_varieties(grains, explainer.card.names)
    assert (counts.classified, counts.not_separated, counts.grains) == (18, 1, 20)
    assert [file.name for file, _ in notes] == ["empty.png", "broken.jpg"]
    assert "PDF" in str(notes[1][1])
    rows = pd.read_csv(out / "grains.csv")
    assert list(rows.columns) == [*COLUMNS, *SCALED]
    assert len(rows) == 19
    second = rows[rows.file.str.endswith("b.png")]
    assert second.problem.tolist()[0] == "not_separated"  # the doubtful first
    assert second.grains.tolist()[0] == 2
    assert pd.isna(second["class"].tolist()[0])
    assert sorted(second.number) == list(range(1, 8))
    whole = rows[rows.problem.isna()]
    assert whole.length_px.between(57, 63).all()
    assert np.allclose(whole.length_mm, whole.length_px / 10, atol=0.01)
    assert np.allclose(whole.area_mm2, whole.area_px / 100, atol=0.01)
    of = pd.read_csv(out / "counts.csv")
    sizes = [f"{each}_{unit}" for unit in ("px", "mm") for each in SIZES]
    assert list(of.columns) == [*COUNT_COLUMNS, *sizes]
    everything = of[(of.file == ALL) & (of.what == "all")]
    assert everything.length_mean_px.tolist() == pytest.approx([whole.length_px.mean()], abs=0.1)
    assert everything.width_deviation_px.tolist() == pytest.approx([whole.width_px.std()], abs=0.1)
    assert everything.length_median_mm.tolist() == pytest.approx(
        [whole.length_mm.median()], abs=0.01
    )
    assert everything.grains.tolist() == [20]
    broken = of[(of.file == ALL) & (of.what == "broken")]
    assert (broken.pieces.tolist(), broken.share.tolist()) == ([0], [0.0])
    varieties = of[(of.file == ALL) & (of.what == "variety")]
    assert varieties.grains.sum() == 18
    assert varieties.share.sum() == pytest.approx(1, abs=1e-3)
    assert (varieties.share_low <= varieties.share).all()
    assert (varieties.share <= varieties.share_high).all()
    names = sorted(path.name for path in out.iterdir())
    assert names == ["=1+1", "=1+1.png", "b", "b.png", "counts.csv", "empty.png", "grains.csv"]
    assert len(list((out / "b").iterdir())) == 7


def test_a_name_of_a_file_is_no_formula(photos, explainer, tmp_path, monkeypatch):
    monkeypatch.chdir(photos[0].parent)
    write_grain_files([photos[0].relative_to(photos[0].parent)], explainer, tmp_path / "out")
    first = (tmp_path / "out" / "grains.csv").read_text("utf-8").splitlines()[1]
    assert first.startswith("'=1+1.png,")


def test_the_table_says_by_which_depth_the_photo_was_read(explainer, tmp_path):
    grey = np.asarray(Image.fromarray(table(*scattered(3))[0]).convert("L"), np.uint16)
    Image.fromarray(grey * 16).save(tmp_path / "a.tif")
    write_grain_files([tmp_path / "a.tif"], explainer, tmp_path / "out")
    assert pd.read_csv(tmp_path / "out" / "grains.csv").assumed_bits.tolist() == 3 * [12]


def test_where_whole_grains_are_not_known_no_share_of_broken_ones_is_written(
    photos, explainer, tmp_path, monkeypatch
):
    monkeypatch.setattr("core.grain_counting.count_grains.whole_are_known", lambda *sizes: False)
    _, notes = write_grain_files(photos[:1], explainer, tmp_path / "out")
    assert notes == [(photos[0], NOTES["broken_unknown"])]
    of = pd.read_csv(tmp_path / "out" / "counts.csv")
    assert of[of.what == "broken"][["pieces", "share"]].isna().all(axis=None)


@pytest.mark.parametrize("reason", ["not_separable", "varieties_unknown"])
def test_shares_that_are_not_sure_are_written_without_an_interval(
    reason, photos, explainer, tmp_path, monkeypatch
):
    if reason == "not_separable":
        monkeypatch.setattr(
            output_files,
            "count_grains",
            lambda *given: replace(count_grains(*given), problem="not_separable"),
        )
    else:
        monkeypatch.setattr("core.grain_counting.count_grains.SURE", 1.1)
    _, notes = write_grain_files(photos[:1], explainer, tmp_path / "out")
    assert notes == [(photos[0], NOTES[reason])]
    of = pd.read_csv(tmp_path / "out" / "counts.csv")
    varieties, everything = of[of.what == "variety"], of[of.what == "all"]
    assert varieties[["share_low", "share_high"]].isna().all(axis=None)
    assert varieties.share.sum() == pytest.approx(1, abs=1e-3)
    unsure = 0 if reason == "not_separable" else 12
    assert everything.unsure.tolist() == [varieties.unsure.sum()] == [unsure]
    assert everything.problem.fillna("").tolist() == ["" if unsure else reason]


def test_the_same_photo_twice_is_summed_once(photos, explainer, tmp_path):
    again = photos[0].with_name("again.png")
    again.write_bytes(photos[0].read_bytes())
    grains, notes = write_grain_files([photos[0], again], explainer, tmp_path / "out")
    assert (len(grains), notes) == (12, [(again, NOTES["again"])])
    of = pd.read_csv(tmp_path / "out" / "counts.csv")
    assert of[of.what == "all"].grains.tolist() == [12, 12, 12]
