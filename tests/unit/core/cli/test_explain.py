"""`explain` from the command line: its options reach the pictures, its errors are sentences."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.__main__ import main
from core.explain.open_explainer import open_explainer
from core.images.decode import PREVIEW, read_file
from core.images.preprocess import fit, normalize, place
from core.models.card import Card, Input, class_names, write_card
from core.models.registry import find_model
from core.review import explain_files
from tests.conftest import ROOT
from tests.support import tiny_networks
from tests.support.full_disk import no_file_larger_than
from tests.support.photo_folders import write_photo

MODEL = "rice-64"
SAMPLES = ROOT / "assets" / "samples"


@pytest.fixture
def photo(tmp_path):
    write_photo(tmp_path / "photos" / "heap.png", 1, (40, 80))
    return tmp_path / "photos" / "heap.png"


def explain(photo, out, *options, model=MODEL, beside=()):
    photos = [str(file) for file in (photo, *beside)]
    return main(["explain", *photos, "--model", str(model), "--out", str(out), *options])


def table(out):
    with (out / "explanations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_options(photo, model, out, scores_of, size=(64, 64)):
    """That every option reaches the output, against scores that `scores_of` gives for an input."""
    options = ("--class", "Ketan", "--blend", "1", "--layer", "top_conv", "--score", "probability")
    options += ("--colors", "jet", "--preprocessing", "0-1", "--geometry", "letterbox")
    assert explain(photo.parent, out, *options, model=model) == 1
    read = read_file(photo, longest=PREVIEW)
    shown = fit(read.rgb, place(read.rgb.shape[:2], size, "letterbox"))
    assert not shown[: size[0] // 4].any()
    arrays = np.load(out / photo.stem / "maps.npz")
    assert arrays["scores"] == pytest.approx(scores_of(normalize(shown[None], "0-1")), abs=1e-4)
    overlay, heatmap = (
        cv2.imread(str(out / photo.stem / f"{name}.png")) for name in ("overlay", "heatmap")
    )
    assert (overlay == heatmap).all()
    bad, good = table(out)
    assert (bad["layer"], good["layer"], good["target"]) == ("", "top_conv", "Ketan")


def test_the_options_reach_the_pictures(photo, tmp_path, capsys):
    (photo.parent / "=bad.jpg").write_bytes(b"%PDF-1.7 no photo")
    network = open_explainer(find_model(MODEL))
    check_options(
        photo, MODEL, tmp_path / "out",
        lambda inputs: network.probabilities(network.forward(inputs).logits)[0],
    )  # fmt: skip
    assert "=bad.jpg" in capsys.readouterr().err


@pytest.mark.tensorflow
def test_a_model_of_the_readers_own_gives_what_keras_computes(photo, tmp_path):
    (photo.parent / "=bad.jpg").write_bytes(b"%PDF-1.7 no photo")
    keras = tiny_networks.classifier(tiny_networks.generation(3))
    model = tmp_path / "model"
    model.mkdir()
    keras.save(model / "model.keras")
    write_card(Card(class_names(list(tiny_networks.NAMES)), Input(*tiny_networks.SIZE)), model)

    def scores_of(inputs):
        return np.asarray(keras(inputs))[0]

    check_options(photo, model, tmp_path / "out", scores_of, tiny_networks.SIZE)


def test_all_photos_good_is_exit_code_0(photo, tmp_path):
    assert explain(photo, tmp_path / "out") == 0
    assert (tmp_path / "out" / "heap" / "overlay.png").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nowhere"], "no model"),
        (["--class", "Arborio"], "Basmati, IR64, Ketan"),
        (["--layer", "conv9"], "top_activation"),
        (["--class", "Ketan", "--versus", "Ketan"], "The class to explain is 'Ketan'"),
    ],
)
def test_wrong_arguments_are_answered_in_a_sentence(photo, tmp_path, capsys, options, message):
    assert explain(photo, tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scale", ["own", "shared"])
def test_a_photo_of_the_class_to_compare_with_is_named_and_the_others_are_explained(
    photo, tmp_path, capsys, scale
):
    shutil.copy(SAMPLES / "ketan-scattered-slate.jpg", photo.parent)
    explain(photo.parent, tmp_path / "plain")
    predicted = {row["file"]: row["predicted"] for row in table(tmp_path / "plain")}
    assert list(predicted.values()) == ["Basmati", "Ketan"]
    capsys.readouterr()
    assert explain(photo.parent, tmp_path / "out", "--versus", "Ketan", "--scale", scale) == 1
    good, bad = table(tmp_path / "out")
    error = "The predicted class is 'Ketan', and it is also the one to compare with"
    assert f"{bad['file']}: {error}" in capsys.readouterr().err
    assert error in bad["error"]
    assert (good["file"], good["map"], good["error"]) == (str(photo), "", "")
    assert (good["versus"], bad["versus"]) == ("Ketan", "")
    folders = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert folders == {photo.stem}


def test_if_no_photo_can_be_compared_nothing_is_done(photo, tmp_path, capsys):
    explain(photo, tmp_path / "plain")
    ((first,),) = [{row["predicted"] for row in table(tmp_path / "plain")}]
    assert explain(photo, tmp_path / "out", "--versus", first) == 2
    assert str(photo) in capsys.readouterr().err


def test_a_blend_beyond_its_ends_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        explain("x.jpg", tmp_path, "--blend", "1.5")
    assert "1.5 is not between 0 and 1" in capsys.readouterr().err


def test_a_folder_without_photos_is_an_error(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert explain(tmp_path / "empty", tmp_path / "out") == 2
    assert "There are no photos" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_photos_beside_a_photo_is_named(photo, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert explain(photo, tmp_path / "out", beside=[tmp_path / "empty"]) == 1
    assert "empty: there are no photos in this folder" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name on this system")
def test_what_is_no_photo_is_listed_and_nothing_is_done(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "text.jpg").write_text("no photo")
    files = [tmp_path / name for name in ("pipe.jpg", "text.jpg", "missing.jpg")]
    assert explain("/dev/zero", tmp_path / "out", beside=files) == 2
    message = capsys.readouterr().err
    assert message.count("it is a pipe or a device") == 2
    assert [Path(row["file"]).name for row in table(tmp_path / "out")] == [
        "zero", "pipe.jpg", "text.jpg", "missing.jpg",
    ]  # fmt: skip
    assert all(row["error"] for row in table(tmp_path / "out"))


def test_a_name_in_another_encoding_is_explained_and_listed(photo, tmp_path):
    try:
        renamed = photo.rename(photo.with_name(os.fsdecode(b"rice-\xff.png")))
    except OSError:
        pytest.skip("this system has no such names")
    assert explain(renamed, tmp_path / "out") == 0
    assert table(tmp_path / "out")[0]["file"].endswith("rice-\\udcff.png")


def test_a_map_no_finer_than_the_photo_is_drawn(photo, tmp_path, capsys):
    assert explain(photo, tmp_path / "out", "--finer", "100000") == 2
    assert "Give at most 32" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def stop_second(monkeypatch, error):
    """Make the second photo's pictures end in an error, half written."""
    write = explain_files.write_explanation

    def stops(folder, *given):
        write(folder, *given)
        if folder.name == "z0":
            (folder / "heatmap.png").write_bytes(b"half")
            raise error

    monkeypatch.setattr(explain_files, "write_explanation", stops)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped; what is finished is listed in"),
        (OSError(28, "No space left on device"), 1, "(No space left on device). 1 photo done"),
    ],
)
@pytest.mark.parametrize("scale", ["own", "shared"])
def test_what_is_finished_is_listed_whatever_stops_it(
    photo, tmp_path, monkeypatch, capsys, error, code, said, scale
):
    for number in range(3):
        write_photo(photo.with_name(f"z{number}.png"), number)
    stop_second(monkeypatch, error)
    out = tmp_path / "out"
    assert explain(photo.parent, out, "--scale", scale) == code
    message = capsys.readouterr().err
    assert said in message
    assert len(message.splitlines()) == 1
    assert [row["file"] for row in table(out)] == [str(photo)]
    assert sorted(path.name for path in out.iterdir()) == ["explanations.csv", "heap"]


def test_a_full_disk_before_the_first_photo_is_nothing_done(photo, tmp_path, capsys):
    with no_file_larger_than(200):
        assert explain(photo, tmp_path / "out") == 2
    assert "cannot be written to (File too large)" in capsys.readouterr().err
    assert table(tmp_path / "out") == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["explanations.csv"]
