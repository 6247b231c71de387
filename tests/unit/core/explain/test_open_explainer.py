"""Models of every kind become engines: compiled once, found again, the same maps either way."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.explain import open_explainer as opening
from core.explain.cam import grad_cam
from core.explain.open_explainer import model_digest, open_explainer, tensorflow_explainer
from core.models.card import Input
from core.models.onnx.onnx_network import ONNX_FILE, OnnxNetwork
from core.models.registry import open_model
from tests.support import model_kinds

EXACT = 1e-4  # of the map's own range


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache folder of the test's own."""
    monkeypatch.setattr(opening, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


def made(make, folder):
    folder.mkdir()
    return make(folder)


def alike(ours, theirs):
    return np.abs(ours - theirs).max() <= EXACT * max(np.ptp(theirs), 1e-6)


@pytest.mark.parametrize("kind", model_kinds.KINDS)
def test_every_kind_is_compiled_gives_tensorflows_maps_and_is_explained(kind, tmp_path, cache):
    path = made(model_kinds.KINDS[kind], tmp_path / "model")
    explainer, reference = open_explainer(path), tensorflow_explainer(open_model(path))
    assert isinstance(explainer.network, OnnxNetwork)
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 1
    assert explainer.card == reference.card
    shape = explainer.network.about.shape
    inputs = model_kinds.photos(shape).astype(np.float32)
    ours, theirs = explainer.forward(inputs), reference.forward(inputs)
    assert alike(ours.logits, theirs.logits)
    maps = grad_cam(ours.activations, ours.gradients)
    assert alike(maps, grad_cam(theirs.activations, theirs.gradients))
    last = explainer.layer()
    if last.linear and last.pooled:
        # The closed form: the cells of a class's map add up to its logit, less the bias, which is
        # what the logit is of activations of nothing.
        rest = theirs.logits - maps.sum(axis=(2, 3))
        assert np.ptp(rest, axis=0) == pytest.approx(0, abs=1e-3 * float(np.ptp(rest)) + 1e-4)
    explained_from_the_command_line(path, tmp_path)


def explained_from_the_command_line(path, tmp_path):
    photo = tmp_path / "photo.png"
    pixels = np.random.default_rng(3).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(photo)
    out = tmp_path / "out"
    assert main(["explain", str(photo), "--model", str(path), "--out", str(out)]) == 0
    with (out / "explanations.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["error"] == ""
    assert row["predicted"]
    arrays = np.load(out / "photo" / "maps.npz")
    assert len(arrays["maps"]) == len(arrays["classes"]) >= 2
    assert np.ptp(arrays["maps"]) > 0


def test_a_compiled_form_is_found_again_without_tensorflow(tmp_path, monkeypatch):
    path = made(model_kinds.keras3, tmp_path / "model")
    first = open_explainer(path)

    def never(*_):
        raise AssertionError("the model was opened again")

    monkeypatch.setattr(opening, "open_model", never)
    again = open_explainer(path, "0-1", "crop")
    assert isinstance(again.network, OnnxNetwork)
    assert again.card == first.card.with_preprocessing("0-1", "crop")
    assert again.card.assumptions == first.card.assumptions


def test_a_changed_model_is_compiled_anew(tmp_path, cache):
    path = made(model_kinds.keras3, tmp_path / "model")
    before = model_digest(path)
    open_explainer(path)
    shutil.copy(made(model_kinds.logits_only, tmp_path / "other"), path)
    assert model_digest(path) != before
    explainer = open_explainer(path)
    assert explainer.network.about.model == model_digest(path)
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 2


@pytest.fixture
def folder(small_model, tmp_path):
    """A model's own folder, not compiled yet."""
    from core.models.registry import save_model

    save_model(small_model.keras, small_model.card, tmp_path / "small")
    return tmp_path / "small"


def test_a_models_own_folder_keeps_its_compiled_form(folder, cache):
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert (folder / ONNX_FILE).is_file()
    assert not cache.exists()


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_a_damaged_compiled_form_is_made_again(folder, content, caplog):
    open_explainer(folder)
    (folder / ONNX_FILE).write_bytes(content)
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert "cannot be read" in caplog.text
    assert OnnxNetwork(folder / ONNX_FILE, open_explainer).about.model == model_digest(folder)


def test_a_compiled_form_of_another_model_is_not_used(folder, tmp_path, caplog):
    import keras

    from core.models.registry import save_model
    from core.models.tensorflow.efficientnet import build_classifier

    open_explainer(folder)
    keras.utils.set_random_seed(8)
    save_model(build_classifier(), open_explainer(folder).card, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.keras", folder / "model.keras")
    explainer = open_explainer(folder)
    assert "not of this model" in caplog.text
    assert explainer.network.about.model == model_digest(folder)


def test_a_card_for_another_size_needs_another_compiled_form(folder):
    from dataclasses import replace

    from core.errors import ModelError
    from core.models.card import read_card, write_card

    open_explainer(folder)
    card = read_card(folder / "card.json")
    write_card(replace(card, input=Input(64, 64, "0-1", "crop")), folder)
    assert open_explainer(folder).card.input == Input(64, 64, "0-1", "crop")
    write_card(replace(card, classes=card.classes[:2]), folder)
    with pytest.raises(ModelError, match="names 2 classes"):
        open_explainer(folder)


def test_what_its_own_code_was_allowed_for_is_not_found_by_others(tmp_path):
    path = made(model_kinds.keras3, tmp_path / "model")
    assert model_digest(path, allow_code=True) != model_digest(path)


def test_a_folder_that_cannot_be_written_to_is_no_hindrance(folder, cache, monkeypatch):
    from core.models.onnx import export as compiling

    real = compiling.export_onnx

    def refuses(frozen, card, model, into):
        if into == folder:
            raise PermissionError(13, "Permission denied")
        return real(frozen, card, model, into)

    monkeypatch.setattr(compiling, "export_onnx", refuses)
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert not (folder / ONNX_FILE).exists()
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 1
