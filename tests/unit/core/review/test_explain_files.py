"""Photo files in, pictures, arrays and a table out; the same through the command line."""

from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest

from core.__main__ import main
from core.errors import PhotoError
from core.explain.cam import grad_cam
from core.explain.render import render_pictures
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_file
from core.images.preprocess import fit, normalize, place
from core.models.card import write_card
from core.models.registry import open_model
from core.review.explain_files import ExplainSettings, explain_files, explain_stream


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    files = []
    for name, size in (
        ("heap.jpg", (90, 60)),
        ("sub/heap.png", (40, 80)),
        ("もち米.png", (50, 50)),
    ):
        coarse = rng.integers(0, 255, (7, 7, 3)).astype(np.uint8)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        data = cv2.imencode(name[-4:], cv2.resize(coarse, size))[1]
        (tmp_path / name).write_bytes(data.tobytes())
        files.append(tmp_path / name)
    bad = tmp_path / "=bad.jpg"
    bad.write_bytes(b"%PDF-1.7 no photo")
    return [*files[:1], bad, *files[1:]]


def picture(file):
    return cv2.imread(str(file))[..., ::-1]


def table(out):
    with (out / "explanations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_photo_gets_its_pictures_and_arrays(photos, explainer, tmp_path):
    out = tmp_path / "out"
    ((file, error),) = explain_files(photos, explainer, ExplainSettings(blend=0.3), out)
    assert file.name == "=bad.jpg"
    assert isinstance(error, PhotoError)
    assert sorted(each.name for each in out.iterdir()) == sorted(
        ["heap", "heap_2", "もち米", "explanations.csv"]
    )
    for file, folder in ((photos[0], "heap"), (photos[2], "heap_2"), (photos[3], "もち米")):
        photo = read_file(file)
        (explained,) = explainer.explain([photo])
        drawn = render_pictures(photo.rgb, explained, explained.predicted, 0.3)
        for name in ("original", "heatmap", "overlay"):
            written = cv2.imdecode(
                np.frombuffer((out / folder / f"{name}.png").read_bytes(), np.uint8), 1
            )[..., ::-1]
            assert (written == getattr(drawn, name)).all()
        arrays = np.load(out / folder / "maps.npz", allow_pickle=False)
        assert arrays["maps"].shape == (3, 2, 2)
        assert arrays["maps"].dtype == np.float32
        assert arrays["maps"] == pytest.approx(explained.maps, abs=1e-5)
        assert arrays["logits"].shape == arrays["scores"].shape == (3,)
        assert arrays["classes"].tolist() == ["Basmati", "IR64", "Ketan"]


def test_a_stream_keeps_the_order_and_names_what_is_no_photo(photos, explainer):
    many = photos * 4
    results = list(explain_stream(many, explainer, ExplainRequest()))
    assert len(results) == len(many)
    for file, result in zip(many, results, strict=True):
        if file.name == "=bad.jpg":
            assert isinstance(result, PhotoError)
        else:
            assert result.sha256 == read_file(file).sha256
    assert list(explain_stream([], explainer, ExplainRequest())) == []


def test_the_table_has_a_row_a_photo(photos, explainer, tmp_path):
    explain_files(photos, explainer, ExplainSettings(target="IR64"), tmp_path / "out")
    good, bad, *_ = rows = table(tmp_path / "out")
    assert len(rows) == 4
    assert good["file"] == str(photos[0])
    assert good["sha256"] == read_file(photos[0]).sha256
    assert (good["target"], good["grid"], good["layer"]) == ("IR64", "2x2", "top_activation")
    assert good["predicted"] in ("Basmati", "IR64", "Ketan")
    assert 1 / 3 <= float(good["score"]) <= 1
    assert good["error"] == ""
    assert "PDF" in bad["error"]
    assert bad["sha256"] == ""


def test_a_shared_scale_makes_photos_comparable(photos, explainer, tmp_path):
    good = [photos[0], photos[2], photos[3]]
    explain_files(good, explainer, ExplainSettings("IR64", blend=1, shared=True), tmp_path / "out")
    maps = [
        np.load(tmp_path / "out" / n / "maps.npz")["maps"][1] for n in ("heap", "heap_2", "もち米")
    ]
    top = max(each.max() for each in maps)
    assert top > 0
    for file, folder in zip(good, ("heap", "heap_2", "もち米"), strict=True):
        photo = read_file(file)
        (explained,) = explainer.explain([photo])
        expected = render_pictures(photo.rgb, explained, "IR64", 1, top=top).heatmap
        written = (tmp_path / "out" / folder / "heatmap.png").read_bytes()
        written = cv2.imdecode(np.frombuffer(written, np.uint8), 1)[..., ::-1]
        assert np.abs(written.astype(int) - expected).max() <= 2


@pytest.fixture
def model_folder(small_model, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    small_model.keras.save(folder / "model.keras")
    write_card(small_model.card, folder)
    return folder


def test_the_command_line_does_the_same(photos, model_folder, tmp_path, capsys):
    out = tmp_path / "cli"
    code = main(
        ["explain", *map(str, photos), "--model", str(model_folder), "--class", "Ketan", "--blend",
         "1", "--layer", "top_conv", "--score", "probability", "--colors", "jet",
         "--preprocessing", "0-1", "--geometry", "letterbox", "--out", str(out)]
    )  # fmt: skip
    assert code == 1
    assert "=bad.jpg" in capsys.readouterr().err
    opened = open_model(model_folder)
    photo = read_file(photos[2], longest=PREVIEW)
    shown = fit(photo.rgb, place((80, 40)[::-1], (64, 64), "letterbox"))
    assert not shown[:16].any()
    scores = np.asarray(opened.keras(normalize(shown[None], "0-1")))[0]
    arrays = np.load(out / "heap_2" / "maps.npz")
    assert arrays["scores"] == pytest.approx(scores, abs=1e-4)
    overlay, heatmap = (picture(out / "heap_2" / f"{n}.png") for n in ("overlay", "heatmap"))
    assert (overlay == heatmap).all()
    assert [row["layer"] for row in table(out)] == ["top_conv", "", "top_conv", "top_conv"]


def test_all_photos_good_is_exit_code_0(photos, model_folder, tmp_path):
    arguments = ["--model", str(model_folder), "--out", str(tmp_path / "out")]
    assert main(["explain", str(photos[0]), *arguments]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nowhere"], "no model"),
        (["--class", "Arborio"], "Basmati, IR64, Ketan"),
        (["--layer", "conv9"], "top_activation"),
    ],
)
def test_wrong_arguments_are_answered_in_a_sentence(
    photos, model_folder, tmp_path, capsys, arguments, message
):
    base = ["explain", str(photos[0]), "--out", str(tmp_path / "out"), "--model", str(model_folder)]
    assert main([*base, *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_blend_beyond_its_ends_is_refused(tmp_path):
    with pytest.raises(SystemExit):
        main(["explain", "x.jpg", "--blend", "1.5", "--out", str(tmp_path)])


def test_formulas_and_tables_agree(explainer, photos):
    photo = read_file(photos[0])
    (explained,) = explainer.explain([photo])
    shown = fit(photo.rgb, explained.placement)
    run = explainer.forward(normalize(shown[None], "imagenet"))
    assert explained.maps == pytest.approx(grad_cam(run.activations, run.gradients)[0], abs=1e-5)
