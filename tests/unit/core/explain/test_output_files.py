"""Pictures, arrays and the table on disk; names and cells come from strangers."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PIL import Image

from core.explain.output_files import (
    COLUMNS,
    describe_request,
    error_row,
    escape_formula,
    folder_names,
    mask_png,
    provenance,
    table_row,
    write_explanation,
    write_mask,
    write_table,
)
from core.explain.render import render_pictures
from core.explain.request import ExplainRequest
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
    assert tuple(row) == COLUMNS
    assert (row["file"], row["target"], row["layer"], row["grid"]) == ("a.jpg", "b", "last", "2x2")
    assert row["predicted"] == explanation.predicted
    assert row["score"] == pytest.approx(explanation.scores.max(), abs=1e-6)
    assert row["error"] == ""


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
