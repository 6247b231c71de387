"""The exported form answers as the model does, at every layer, and needs no TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

from core.errors import ModelError
from core.explain.open_explainer import model_digest, open_explainer, tensorflow_explainer
from core.models.files.formats import ONNX_FILE
from core.models.network import candidate_layers
from core.models.onnx import onnx_network
from core.models.onnx.onnx_network import OnnxNetwork, digest_of_files
from core.models.onnx.trusted_digest import digest_of
from core.models.registry import GRAIN_MODEL, find_model, list_models, open_model
from tests.conftest import ROOT


def export(model, folder):
    from core.models.onnx.export import compile_network

    network = compile_network(
        model.frozen, model.card, "its hash", lambda: tensorflow_explainer(model).network
    )
    network.save(folder)
    return network


@pytest.fixture(scope="module")
def exported(small_model, tmp_path_factory):
    """The small model's exported form."""
    return export(small_model, tmp_path_factory.mktemp("exported"))


def assert_alike(ours, theirs):
    for name in ("logits", "activations", "gradients"):
        expected = getattr(theirs, name)
        assert getattr(ours, name).shape == expected.shape
        assert np.abs(getattr(ours, name) - expected).max() <= 1e-4 * np.ptp(expected), name


def noise(count=3, size=(64, 64)):
    return np.random.default_rng(7).normal(size=(count, *size, 3)).astype(np.float32)


@pytest.mark.parametrize("name", list_models())
def test_the_shipped_models_are_compiled_from_what_is_shipped(name):
    network = open_explainer(find_model(name)).network
    assert isinstance(network, OnnxNetwork)
    assert network.about.model == model_digest(find_model(name))


@pytest.mark.parametrize("name", list_models())
def test_an_exported_form_of_before_is_read(name):
    network = OnnxNetwork(find_model(name) / "compiled.onnx", open_explainer)
    size = network.about.card.input.size
    assert network.about.shape == (*size, 3)
    found = network.forward(noise(1, size), network.layers[-1])
    assert found.scores.sum() == pytest.approx(1, abs=1e-5)
    assert found.gradients.shape[1] == len(network.about.card.classes)
    properties = network.about.to_properties()
    assert set(properties) == {"format", "revision", "about"}
    assert set(json.loads(properties["about"])) == {
        "model", "head", "shape", "card", "layers", "tensors", "assumed"
    }  # fmt: skip


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == GRAIN_MODEL else pytest.mark.slow)
        for name in list_models()
    ],
)
def test_the_shipped_exported_form_answers_as_tensorflow(name):
    ours, theirs = (
        open_explainer(find_model(name)),
        tensorflow_explainer(open_model(find_model(name))),
    )
    assert ours.layers == theirs.layers
    inputs = noise(3, ours.card.input.size)
    ours, theirs = ours.forward(inputs), theirs.forward(inputs)
    assert_alike(ours, theirs)
    assert ours.scores == pytest.approx(theirs.scores, abs=1e-4)


@pytest.mark.tensorflow
def test_every_layer_worth_choosing_answers_as_tensorflow(exported, explainer):
    assert_layers_alike(exported, explainer)
    # The converter folds small kernels into the batch norm that follows: this layer is gone.
    assert "top_conv" not in exported.about.tensors


@pytest.mark.slow
@pytest.mark.tensorflow
def test_at_whole_size_every_layer_worth_choosing_is_exported(article_model, tmp_path):
    exported, explainer = export(article_model, tmp_path), tensorflow_explainer(article_model)
    assert_layers_alike(exported, explainer)
    assert {layer.name for layer in candidate_layers(explainer.layers)} <= {*exported.about.tensors}
    sizes = [np.prod(each.dims) for each in exported.graph().graph.initializer]
    assert sum(sizes) < 1.02 * 4_053_407 + 3 * 1280


def assert_layers_alike(exported, explainer):
    chosen = candidate_layers(explainer.layers)
    assert [layer.grid for layer in chosen] == [
        (32, 32), (16, 16), (8, 8), (4, 4), (2, 2), (2, 2)
    ]  # fmt: skip
    for layer in chosen:
        assert_alike(exported.forward(noise(), layer), explainer.network.forward(noise(), layer))
    assert chosen[0].name in exported.about.tensors
    one = exported.forward(noise(1), chosen[0], [2])
    assert_alike(one, explainer.network.forward(noise(1), chosen[0], [2]))


@pytest.mark.tensorflow
def test_a_layer_that_is_not_exported_is_run_by_tensorflow(exported, explainer):
    layer = explainer.layer("stem_conv")
    assert layer.name not in exported.about.tensors
    assert_alike(exported.forward(noise(), layer), explainer.network.forward(noise(), layer))


@pytest.mark.tensorflow
def test_the_bare_forward_pass_gives_the_same_logits(exported, explainer):
    logits = exported.logits(noise())
    assert logits == pytest.approx(explainer.network.logits(noise()), abs=1e-4)
    assert logits == pytest.approx(exported.forward(noise(), explainer.layer()).logits, abs=1e-6)


@pytest.mark.tensorflow
def test_single_threaded_it_answers_the_same(exported, explainer):
    alone = exported.single_threaded()
    assert alone is exported.single_threaded()
    assert_alike(
        alone.forward(noise(), explainer.layer()), exported.forward(noise(), explainer.layer())
    )
    layer = candidate_layers(explainer.layers)[2]
    assert_alike(alone.forward(noise(1), layer), exported.forward(noise(1), layer))


@pytest.mark.tensorflow
def test_what_an_exported_file_says_of_itself_is_read_back(small_model, exported):
    about = exported.about
    assert about.model == "its hash"
    assert (about.head, about.shape) == ("softmax", (64, 64, 3))
    assert about.card == small_model.card


def test_a_digest_is_of_names_and_contents(tmp_path):
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_bytes(b"x")
    first = digest_of_files(files, tmp_path)
    assert first == digest_of_files(files[::-1], tmp_path)
    files[0].write_bytes(b"y")
    assert digest_of_files(files, tmp_path) != first
    files[0].write_bytes(b"x")
    assert digest_of_files(files[:1], tmp_path) != first


def test_explaining_with_a_shipped_model_imports_no_tensorflow_and_tells_nobody(tmp_path):
    """Whatever is asked of it; the runtime would keep a device's number and what it is used for."""
    sample = ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg"
    command = [sys.executable, "-X", "importtime", "-m", "core", "explain", str(sample)]
    command += ["--model", "rice-64", "--layer", "block6a_expand_activation"]
    command += ["--layer", "top_conv", "--versus", "IR64", "--out", str(tmp_path / "out")]
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}
    env.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "home").exists()
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"core.models.onnx.onnx_network", "onnxruntime"} <= imported
    assert not {"tensorflow", "keras"} & imported
    assert (tmp_path / "out" / sample.stem / "overlay.png").is_file()


SECRET = np.arange(4, dtype=np.float32)


def with_a_tensor_kept_elsewhere(folder, **facts):
    """An ONNX file whose only weight is in another place."""
    (folder / "model").mkdir()
    for file in (folder / "secret.bin", folder / "model" / "beside.bin"):
        file.write_bytes(SECRET.tobytes())
    weight = onnx.TensorProto(name="w", data_type=1, dims=[4], data_location=1)
    for key, value in facts.items():
        weight.external_data.add(key=key, value=value)
    ends = [onnx.helper.make_tensor_value_info(name, 1, [4]) for name in "xy"]
    node = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [weight])
    opset = [onnx.helper.make_opsetid("", 17)]
    file = folder / "model" / "compiled.onnx"
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    file.write_bytes(model.SerializeToString())
    return file


@pytest.mark.parametrize(
    "facts",
    [
        {"location": "beside.bin"},
        {"location": "../secret.bin"},
        {"location": "/etc/passwd"},
        # What the runtime itself calls a place in the memory of its process.
        {"location": "*/_ORT_MEM_ADDR_/*", "offset": str(SECRET.ctypes.data), "length": "16"},
    ],
)
def test_tensors_that_are_kept_elsewhere_are_not_read(facts, tmp_path, monkeypatch):
    file = with_a_tensor_kept_elsewhere(tmp_path, **facts)
    monkeypatch.chdir(file.parent)
    for given in (file, file.read_bytes()):
        with pytest.raises(ValueError, match="tensor w is kept in another place"):
            OnnxNetwork(given, lambda: None)


def test_the_trap_of_a_tensor_kept_elsewhere_works(tmp_path):
    file = with_a_tensor_kept_elsewhere(tmp_path, location="beside.bin")
    (sum_of_both,) = onnxruntime.InferenceSession(file).run(None, {"x": SECRET})
    assert sum_of_both == pytest.approx(2 * SECRET)


def test_the_runtimes_own_format_is_refused():
    with pytest.raises(ValueError, match="format of ONNX Runtime"):
        OnnxNetwork(b"\x18\0\0\0ORTM" + bytes(64), lambda: None)


def test_what_becomes_of_the_file_does_not_matter_once_it_is_read(tmp_path):
    shipped = OnnxNetwork(find_model(GRAIN_MODEL) / ONNX_FILE, lambda: None)
    file = tmp_path / ONNX_FILE
    file.write_bytes(shipped.to_bytes())
    network = OnnxNetwork(file, lambda: None)
    file.write_bytes(b"another")
    for layer in candidate_layers(network.layers):
        assert_alike(network.forward(noise(1), layer), shipped.forward(noise(1), layer))
    assert network.single_threaded().logits(noise(1)) == pytest.approx(shipped.logits(noise(1)))
    assert network.to_bytes() == shipped.to_bytes()


def test_a_large_file_is_not_kept_in_memory_and_what_took_its_place_is_not_read(
    tmp_path, monkeypatch
):
    shipped = OnnxNetwork(find_model(GRAIN_MODEL) / ONNX_FILE, lambda: None)
    monkeypatch.setattr(onnx_network, "_LARGE", 1000)
    network = OnnxNetwork(shipped.to_bytes(), lambda: None)
    file = network.save(tmp_path / "new")
    alone = OnnxNetwork(file, lambda: None).single_threaded()
    for each in (network, alone):
        assert shipped.to_bytes() not in vars(each).values()
        assert each.to_bytes() == shipped.to_bytes()
        assert each.sha256 == digest_of(shipped.to_bytes())
    file.write_bytes(b"another")
    for each in (network, alone):
        assert each.logits(noise(1)) == pytest.approx(shipped.logits(noise(1)))
        with pytest.raises(ModelError, match="removed or replaced"):
            each.graph()
    file.unlink()
    with pytest.raises(ModelError, match="removed or replaced"):
        network.to_bytes()
