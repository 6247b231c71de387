"""Models of every kind become explainers: exported once, found again, the same maps either way."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from core.__main__ import main
from core.errors import ModelError
from core.explain import open_explainer as opening
from core.explain.cam import grad_cam
from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest, open_explainer
from core.explain.request import LIBRA_GRAD, ExplainRequest
from core.images.decode import Photo
from core.models.card import CARD_FILE, Card, Input, class_names, read_card, write_card
from core.models.files.formats import ONNX_FILE
from core.models.onnx.onnx_network import OnnxNetwork
from core.models.onnx.trusted_digest import digest_of, record_digest
from core.models.registry import MODEL_FILE, find_model, open_model
from tests.support.hostile_files import archive
from tests.support.model_kinds import KINDS, WEIGHTS
from tests.support.odd_layouts import attention_pooling, ensemble, softmax_in_every_place
from tests.support.onnx_files import saved
from tests.support.onnx_transformers import vit_with
from tests.support.tiny_networks import NAMES, SIZE, photos

pytestmark = pytest.mark.tensorflow

EXACT = 1e-4  # of the map's own range


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache folder of the test's own."""
    monkeypatch.setattr(opening, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


def alike(ours, theirs):
    return np.abs(ours - theirs).max() <= EXACT * max(np.ptp(theirs), 1e-6)


QUICK = (
    *("keras3", "keras2", "plain", "tensorflow1", "nested", "one_channel", "mixed_float16"),
    *("several_sigmoids", "deep_head"),
)  # one of each structure; `test_load` opens every kind
ONE_OF_WEIGHTS = "keras2_weights"  # all become the same network: `test_load` compares them
SLOW = [kind for kind in KINDS if kind not in (*QUICK, *WEIGHTS) or kind == ONE_OF_WEIGHTS]


@pytest.mark.parametrize(
    "kind", [*QUICK, *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW)]
)
def test_every_kind_is_exported_and_explained(kind, made, tmp_path, cache, thin_efficientnet):
    assert_exported_and_explained(made(kind), tmp_path, cache)


@pytest.mark.slow
@pytest.mark.parametrize("kind", WEIGHTS)
def test_whole_size_weights_are_exported_and_explained(kind, tmp_path, cache):
    path = WEIGHTS[kind](tmp_path / "model", whole=True)
    assert_exported_and_explained(path, tmp_path, cache)


def assert_exported_and_explained(path, folder, cache):
    """The exported form gives TensorFlow's maps, at the command line, too."""
    explainer = open_explainer(path)
    assert isinstance(explainer.network, OnnxNetwork)
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 1
    assert explainer.card == explainer.network.about.card
    reference, last = explainer.network.fallback, explainer.layer()
    assert explainer.layers == reference.layers
    inputs = photos(explainer.network.about.shape).astype(np.float32)
    ours, theirs = explainer.forward(inputs), reference.forward(inputs, last)
    assert alike(ours.logits, theirs.logits)
    maps = grad_cam(ours.activations, ours.gradients)
    assert alike(maps, grad_cam(theirs.activations, theirs.gradients))
    if last.linear and last.pooled:
        # The closed form: the cells of a class's map add up to its logit, less the bias, which is
        # what the logit is of activations of nothing.
        rest = theirs.logits - maps.sum(axis=(2, 3))
        assert np.ptp(rest, axis=0) == pytest.approx(0, abs=1e-3 * float(np.ptp(rest)) + 1e-4)
    explained_from_the_command_line(path, folder)


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


def test_an_exported_form_is_found_again_without_opening_the_model(made, monkeypatch):
    path = made("keras3")
    first = open_explainer(path)

    def never(*_):
        raise AssertionError("the model was opened again")

    monkeypatch.setattr(opening, "open_model", never)
    again = open_explainer(path, "0-1", "crop")
    assert isinstance(again.network, OnnxNetwork)
    assert again.card == first.card.with_preprocessing("0-1", "crop")
    assert again.card.assumptions == first.card.assumptions


def test_a_changed_model_is_exported_again(made, tmp_path, cache):
    path = Path(shutil.copy(made("keras3"), tmp_path))
    before = model_digest(path)
    open_explainer(path)
    shutil.copy(made("logits_only"), path)
    assert model_digest(path) != before
    explainer = open_explainer(path)
    assert explainer.network.about.model == model_digest(path)
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 2


@pytest.fixture
def folder(made, tmp_path):
    """A model's own folder, not exported yet."""
    path = tmp_path / "small"
    path.mkdir()
    shutil.copy(made("keras3"), path / MODEL_FILE)
    write_card(Card(class_names([*NAMES]), Input(*SIZE)), path)
    return path


def test_a_models_own_folder_keeps_its_exported_form(folder, cache):
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert (folder / ONNX_FILE).is_file()
    assert not list(cache.glob(f"*/{ONNX_FILE}"))


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_a_damaged_exported_form_is_made_again(folder, content, caplog):
    open_explainer(folder)
    (folder / ONNX_FILE).write_bytes(content)
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert "is made again" in caplog.text
    assert OnnxNetwork(folder / ONNX_FILE, open_explainer).about.model == model_digest(folder)


def test_a_transformer_that_was_compiled_before_libragrad_is_compiled_again(tmp_path, cache):
    path = saved(tmp_path, family=vit_with())
    open_explainer(path)
    (file,) = cache.glob(f"*/{ONNX_FILE}")
    as_compiled_before(file)
    explainer = open_explainer(path)
    assert explainer.resolve(ExplainRequest()).method == LIBRA_GRAD
    made = digest_of(file.read_bytes())
    open_explainer(path)
    assert digest_of(file.read_bytes()) == made  # once


def as_compiled_before(file):
    """Make of a compiled form what the version before balanced layers wrote, and trusted."""
    model = onnx.load(file)
    properties = {each.key: each.value for each in model.metadata_props}
    about = json.loads(properties["about"])
    about["layers"] = [layer for layer in about["layers"] if not layer.pop("balanced")]
    known = {layer["name"] for layer in about["layers"]}
    about["tensors"] = {name: at for name, at in about["tensors"].items() if name in known}
    del model.metadata_props[:]
    before = {"format": properties["format"], "about": json.dumps(about)}
    onnx.helper.set_model_props(model, before)
    onnx.save(model, file)
    record_digest(digest_of(file.read_bytes()), file.parent)


def test_an_exported_form_of_another_model_is_not_used(folder, made, caplog):
    open_explainer(folder)
    shutil.copy(made("logits_only"), folder / MODEL_FILE)
    explainer = open_explainer(folder)
    assert "is made again" in caplog.text
    assert explainer.network.about.model == model_digest(folder)


def test_a_changed_card_is_followed(folder):
    open_explainer(folder)
    card = read_card(folder / CARD_FILE)
    write_card(replace(card, input=Input(*SIZE, "0-1", "crop")), folder)
    assert open_explainer(folder).card.input == Input(*SIZE, "0-1", "crop")
    write_card(replace(card, classes=card.classes[:2]), folder)
    with pytest.raises(ModelError, match="names 2 classes"):
        open_explainer(folder)


def test_a_card_of_another_folder_is_not_taken_over(bare, cache, tmp_path, never_opened):
    """The same file lay beside a card first; a form is kept by what the file holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_model", open_model)
        inferred = open_explainer(bare).card
        carded = tmp_path / "carded"
        carded.mkdir()
        shutil.copy(bare, carded)
        card = Card(class_names(["one", "two", "three"]), Input(*SIZE, "0-1", "crop"))
        write_card(card, carded)
        shutil.rmtree(cache)
        assert open_explainer(carded / bare.name).card.names == ("one", "two", "three")
        assert open_explainer(bare).card == inferred
        assert open_explainer(carded / bare.name).card.names == ("one", "two", "three")
    # What was made without a card serves both.
    assert open_explainer(bare).card == inferred
    assert open_explainer(carded / bare.name).card.input == card.input


def test_a_card_of_another_size_needs_another_exported_form(made, tmp_path):
    shutil.copy(made("free_size"), tmp_path / MODEL_FILE)
    for size in (SIZE, (32, 40)):
        write_card(Card(class_names([*NAMES]), Input(*size)), tmp_path)
        assert open_explainer(tmp_path).network.about.shape == (*size, 3)


def test_what_its_own_code_was_allowed_for_is_not_found_by_others(tmp_path):
    path = archive(tmp_path / "model.keras")
    assert model_digest(path, allow_code=True) != model_digest(path)


def test_what_is_no_model_is_not_read_through(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "digest_of_files", None)
    (tmp_path / "film.keras").write_bytes(b"no model")
    with pytest.raises(ModelError, match="holds no model"):
        model_digest(tmp_path / "film.keras")


def unwritable(monkeypatch, *folders):
    """Nothing can be written into folders, or anywhere."""
    real = OnnxNetwork.save

    def save(network, into):
        if not folders or into in folders:
            raise PermissionError(13, "Permission denied")
        return real(network, into)

    monkeypatch.setattr(OnnxNetwork, "save", save)


def test_a_folder_that_cannot_be_written_to_is_no_hindrance(folder, cache, monkeypatch):
    unwritable(monkeypatch, folder)
    assert isinstance(open_explainer(folder).network, OnnxNetwork)
    assert not (folder / ONNX_FILE).exists()
    assert len(list(cache.glob(f"*/{ONNX_FILE}"))) == 1


def test_where_nothing_can_be_written_it_is_compiled_each_time_and_that_is_said(
    folder, monkeypatch, caplog
):
    unwritable(monkeypatch)
    # A name that no folder can have fails wherever it is touched, as one does without any rights.
    unusable = folder.parent / ("x" * 300)
    assert isinstance(open_explainer(folder, cache=unusable).network, OnnxNetwork)
    assert f"every time it is opened: {unusable} cannot be written to" in caplog.text


def test_what_cannot_be_compiled_is_remembered_until_the_compiler_changes(
    bare, monkeypatch, caplog
):
    from core.models.onnx import compile_failure
    from core.models.onnx import export as exporting

    tried = []

    def fails(*_):
        tried.append(1)
        raise ModelError("not_compiled", "ONNX has no counterpart of Odd.")

    monkeypatch.setattr(exporting, "compile_network", fails)
    for _ in range(3):
        caplog.clear()
        assert not isinstance(open_explainer(bare).network, OnnxNetwork)
        assert "TensorFlow runs" in caplog.text
        assert "no counterpart of Odd." in caplog.text
    assert len(tried) == 1
    monkeypatch.setattr(compile_failure, "_compiler", lambda: {"onnx": "another"})
    open_explainer(bare)
    assert len(tried) == 2


def favour_the_last_class(file):
    """What somebody puts in a compiled form's place: one class's bias is larger, nothing else."""
    model = onnx.load(file)
    bias = next(each for each in model.graph.initializer if list(each.dims) == [3])
    values = onnx.numpy_helper.to_array(bias) + np.float32([0, 0, 50])
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    onnx.save(model, file)


@pytest.fixture
def bare(made, tmp_path):
    """A model without a folder of its own."""
    return Path(shutil.copy(made("keras3"), tmp_path))


@pytest.fixture
def never_opened(monkeypatch):
    """Fails where the model itself is opened, not its compiled form."""

    def never(*_):
        raise AssertionError("the model was opened")

    monkeypatch.setattr(opening, "open_model", never)


def logits(explainer):
    return explainer.network.logits(np.zeros((1, *explainer.card.input.size, 3), np.float32))


def test_a_replaced_form_of_a_shipped_model_is_not_trusted(tmp_path, never_opened, caplog):
    folder = shutil.copytree(find_model("demo-b"), tmp_path / "demo-b")
    open_explainer(folder)
    assert not caplog.text
    favour_the_last_class(folder / ONNX_FILE)
    with pytest.raises(AssertionError, match="the model was opened"):
        open_explainer(folder)
    assert "compiled.onnx is not trusted" in caplog.text


def test_a_card_that_does_not_vouch_for_a_compiled_form_is_read(tmp_path, never_opened, caplog):
    folder = shutil.copytree(find_model("demo-b"), tmp_path / "demo-b")
    write_card(replace(read_card(folder / CARD_FILE), compiled_sha256=""), folder)
    with pytest.raises(AssertionError, match="the model was opened"):
        open_explainer(folder)
    assert "compiled.onnx is not trusted" in caplog.text


def test_a_replaced_form_is_made_again_in_the_models_folder(folder, monkeypatch, caplog):
    honest = logits(open_explainer(folder))
    favour_the_last_class(folder / ONNX_FILE)
    assert logits(open_explainer(folder)) == pytest.approx(honest, abs=1e-5)
    assert "not trusted" in caplog.text
    caplog.clear()
    monkeypatch.setattr(opening, "open_model", None)
    assert logits(open_explainer(folder)) == pytest.approx(honest, abs=1e-5)
    assert not caplog.text


def test_a_replaced_form_is_made_again_in_the_users_cache(bare, cache, caplog):
    honest = logits(open_explainer(bare))
    (file,) = cache.glob(f"*/{ONNX_FILE}")
    assert file.parent.stat().st_mode & 0o077 == 0
    favour_the_last_class(file)
    file.parent.chmod(0o755)  # the permissions that replacing it takes
    assert logits(open_explainer(bare)) == pytest.approx(honest, abs=1e-5)
    assert "not trusted" in caplog.text


def test_a_cache_that_others_can_write_to_is_not_trusted(bare, cache, caplog):
    open_explainer(bare)
    (file,) = cache.glob(f"*/{ONNX_FILE}")
    file.parent.chmod(0o777)
    open_explainer(bare)
    assert "not trusted" in caplog.text
    assert file.parent.stat().st_mode & 0o077 == 0


def test_the_compiled_form_of_the_command_is_trusted_by_everybody(folder, cache, never_opened):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_model", open_model)
        assert main(["compile", str(folder)]) == 0
    sha256 = read_card(folder / CARD_FILE).compiled_sha256
    assert sha256 == digest_of((folder / ONNX_FILE).read_bytes())
    assert not cache.exists()
    assert isinstance(open_explainer(folder).network, OnnxNetwork)


def opened_twice(model, folder):
    """A model by ONNX Runtime and by TensorFlow."""
    model.save(folder / "model.keras")
    compiled = open_explainer(folder / "model.keras")
    assert isinstance(compiled.network, OnnxNetwork)
    return compiled, Explainer(compiled.name, compiled.card, compiled.network.fallback)


def noise_photo(explainer):
    rgb = np.random.default_rng(0).integers(0, 256, (*explainer.card.input.size, 3), np.uint8)
    return Photo(rgb, "0" * 64, rgb.shape[1::-1], "PNG")


def test_a_map_of_rounding_is_zero_however_it_is_run(tmp_path):
    both = opened_twice(attention_pooling(), tmp_path)
    for request, silent in (
        (ExplainRequest(layers=("side",)), True),
        (ExplainRequest("xgrad-cam", layers=("side",)), False),
        (ExplainRequest("hires-cam", layers=("side",)), False),
        (ExplainRequest(), False),
    ):
        ours, theirs = (each.explain([noise_photo(each)], request)[0] for each in both)
        assert [each.is_zero(ours.predicted) for each in (ours, theirs)] == [silent] * 2
        assert alike(ours.maps, theirs.maps)
    assert ours.layer == "features"


@pytest.mark.parametrize("make", [ensemble, softmax_in_every_place])
def test_a_mixture_is_explained_by_its_logarithm_and_says_so(make, tmp_path):
    both = opened_twice(make(), tmp_path)
    ours, theirs = (each.explain([noise_photo(each)])[0] for each in both)
    assert alike(ours.maps, theirs.maps)
    assert ours.scores == pytest.approx(np.exp(ours.logits), abs=1e-6)
    assert ours.score_kind == "log_probability"
    assert "the logarithm of each is explained" in " ".join(both[0].card.assumptions)
