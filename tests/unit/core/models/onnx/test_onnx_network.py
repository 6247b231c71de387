"""The compiled form answers as the model does, at every layer, and needs no TensorFlow."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnx
import pytest

from core.errors import ModelError
from core.explain.open_explainer import model_digest, open_explainer, tensorflow_explainer
from core.models.network import candidate_layers
from core.models.onnx.export import export_onnx
from core.models.onnx.onnx_network import OnnxMetadata, OnnxNetwork, digest_of_files
from core.models.registry import find_model, list_models, open_loaded, open_model
from core.models.tensorflow.load import from_keras
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def compiled(small_model, tmp_path_factory):
    """The small model's compiled form."""
    folder = tmp_path_factory.mktemp("compiled")
    file = export_onnx(small_model.frozen, small_model.card, "its hash", folder)
    return OnnxNetwork(file, lambda: tensorflow_explainer(small_model).network)


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
def test_the_shipped_compiled_form_answers_as_tensorflow(name):
    ours, theirs = (
        open_explainer(find_model(name)),
        tensorflow_explainer(open_model(find_model(name))),
    )
    assert ours.layers == theirs.layers
    inputs = noise(3, ours.card.input.size)
    ours, theirs = ours.forward(inputs), theirs.forward(inputs)
    assert_alike(ours, theirs)
    assert ours.scores == pytest.approx(theirs.scores, abs=1e-4)


def test_every_layer_worth_choosing_answers_as_tensorflow(compiled, explainer):
    chosen = candidate_layers(explainer.layers)
    assert [layer.grid for layer in chosen] == [
        (32, 32), (16, 16), (8, 8), (4, 4), (2, 2), (2, 2)
    ]  # fmt: skip
    for layer in chosen:
        assert layer.name in compiled.about.tensors
        assert_alike(compiled.forward(noise(), layer), explainer.network.forward(noise(), layer))
    one = compiled.forward(noise(1), chosen[0], [2])
    assert_alike(one, explainer.network.forward(noise(1), chosen[0], [2]))


def test_a_layer_that_is_not_compiled_is_run_by_tensorflow(compiled, explainer):
    layer = explainer.layer("stem_conv")
    assert layer.name not in compiled.about.tensors
    assert_alike(compiled.forward(noise(), layer), explainer.network.forward(noise(), layer))


def test_the_bare_forward_pass_gives_the_same_logits(compiled, explainer):
    logits = compiled.logits(noise())
    assert logits == pytest.approx(explainer.network.logits(noise()), abs=1e-4)
    assert logits == pytest.approx(compiled.forward(noise(), explainer.layer()).logits, abs=1e-6)


def test_on_one_core_it_answers_the_same(compiled, explainer):
    alone = compiled.single_threaded()
    assert alone is compiled.single_threaded()
    assert_alike(
        alone.forward(noise(), explainer.layer()), compiled.forward(noise(), explainer.layer())
    )
    layer = candidate_layers(explainer.layers)[2]
    assert_alike(alone.forward(noise(1), layer), compiled.forward(noise(1), layer))


def test_what_a_compiled_file_says_of_itself_is_read_back(small_model, compiled):
    about = compiled.about
    assert about.model == "its hash"
    assert (about.head, about.shape) == ("softmax", (64, 64, 3))
    assert about.card == small_model.card
    assert OnnxMetadata.from_properties(about.to_properties()) == about
    with pytest.raises(ValueError, match="format"):
        OnnxMetadata.from_properties({**about.to_properties(), "format": "1"})


def heads():
    import keras

    layers = keras.layers
    return {
        "dense layers with a bend": lambda x: layers.Dense(2, "softmax")(
            layers.Dense(8, "relu")(layers.GlobalAveragePooling2D()(x))
        ),
        "flattened": lambda x: layers.Dense(4, "softmax")(layers.Flatten()(x)),
        "maximum": lambda x: layers.Dense(3, "softmax")(layers.GlobalMaxPooling2D()(x)),
        "a convolution for a dense layer": lambda x: layers.Softmax()(
            layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1)(x))
        ),
        "sigmoids": lambda x: layers.Dense(3, "sigmoid")(layers.GlobalAveragePooling2D()(x)),
    }


# Operations that the article's network has none of: what lies between the explained layer and the
# end has every one of them.
def odd_body(layers, x):
    x = layers.Conv2D(4, 3, padding="same", strides=2)(x)
    x = layers.LeakyReLU(name="early")(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(6, 3, activation="relu6")(x)
    branches = [
        layers.Conv2D(4, 3, padding="same", activation=name)(x)
        for name in ("tanh", "elu", "softplus", "gelu", "hard_sigmoid", "hard_swish", "selu")
    ]
    x = layers.Concatenate()([x, *branches])
    x = layers.LayerNormalization()(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2)(x)
    x = layers.BatchNormalization()(x)
    return layers.Multiply()([x, layers.Conv2D(8, 1, activation="sigmoid", name="last")(x)])


@pytest.mark.parametrize("head", heads())
def test_any_head_and_body_is_compiled(head, tmp_path):
    import keras

    keras.utils.set_random_seed(4)
    image = keras.Input((33, 33, 3))
    model = keras.Model(image, heads()[head](odd_body(keras.layers, image)))
    model_opened = open_loaded("odd", from_keras(model))
    theirs = tensorflow_explainer(model_opened)
    file = export_onnx(model_opened.frozen, model_opened.card, "", tmp_path)
    ours = OnnxNetwork(file, lambda: theirs.network)
    inputs = noise(2, (33, 33))
    for name in ("early", theirs.layer().name):
        assert name in ours.about.tensors
        assert_alike(ours.forward(inputs, theirs.layer(name)), theirs.forward(inputs, name))
    scores = np.asarray(model(inputs))
    assert ours.forward(inputs, theirs.layer()).scores == pytest.approx(scores, abs=1e-4)


def test_a_graph_that_onnx_lacks_is_not_compiled(tmp_path):
    import keras
    import tensorflow as tf

    class Odd(keras.layers.Layer):
        def call(self, x):
            return x * tf.math.bessel_i0e(x)

    image = keras.Input((32, 32, 3))
    cells = Odd()(keras.layers.Conv2D(4, 3, name="cells")(image))
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(pooled))
    odd = open_loaded("odd", from_keras(model))
    with pytest.raises(ModelError, match="ONNX"):
        export_onnx(odd.frozen, odd.card, "", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tensorflow_explainer(odd).forward(noise(1, (32, 32))).scores.shape == (1, 2)


def test_an_identity_is_of_names_and_contents(tmp_path):
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_bytes(b"x")
    first = digest_of_files(files, tmp_path)
    assert first == digest_of_files(files[::-1], tmp_path)
    files[0].write_bytes(b"y")
    assert digest_of_files(files, tmp_path) != first
    files[0].write_bytes(b"x")
    assert digest_of_files(files[:1], tmp_path) != first


def test_no_weight_is_stored_twice(compiled):
    model = onnx.load(compiled._file)
    sizes = [np.prod(each.dims) for each in model.graph.initializer]
    assert sum(sizes) < 1.02 * 4_053_407 + 3 * 1280


def test_explaining_with_a_shipped_model_does_not_import_tensorflow(tmp_path):
    """Whatever is asked of it."""
    sample = ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg"
    command = [sys.executable, "-X", "importtime", "-m", "core", "explain", str(sample)]
    command += ["--model", "rice-64", "--layer", "block6a_expand_activation"]
    command += ["--layer", "top_conv", "--versus", "IR64", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"core.models.onnx.onnx_network", "onnxruntime"} <= imported
    assert not {"tensorflow", "keras"} & imported
    assert (tmp_path / "out" / sample.stem / "overlay.png").is_file()
