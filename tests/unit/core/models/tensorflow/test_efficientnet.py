"""The article's classifier, its variants and its weights."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from core.errors import ModelError
from core.models.tensorflow.efficientnet import FEATURES, build_classifier

pytestmark = pytest.mark.tensorflow


def test_it_is_as_large_as_in_the_article():
    model = build_classifier()
    assert model.count_params() == 4_053_407
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trainable == 4_011_391
    assert model.count_params() - trainable == 42_016
    assert model.get_layer("top_activation").output.shape == (None, 2, 2, FEATURES["B0"])
    assert model.layers[-1].name == "last_output"


def test_classes_size_and_variant_are_parameters(thin_efficientnet):
    model = build_classifier(classes=5, size=(96, 64), variant="B1")
    assert model.input_shape == (None, 96, 64, 3)
    assert model.output_shape == (None, 5)
    assert model.get_layer("top_activation").output.shape == (None, 3, 2, 128)
    assert len(model.layers) > len(build_classifier().layers)
    assert model.get_layer("last_output").activation.__name__ == "softmax"


@pytest.mark.slow
def test_b1_is_whole_too():
    model = build_classifier(classes=5, size=(96, 64), variant="B1")
    assert model.get_layer("top_activation").output.shape == (None, 3, 2, 1280)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"variant": "B8"}, "B0 to B7"),
        ({"classes": 1}, "two classes"),
        ({"size": (16, 64)}, "32 pixels"),
        ({"weights": "no/such/file.h5"}, "no weights file"),
    ],
)
def test_wrong_arguments_are_answered_with_what_is_right(arguments, message):
    with pytest.raises(ModelError, match=message):
        build_classifier(**arguments)


def test_weights_come_back_from_a_file(tmp_path, thin_efficientnet):
    first = build_classifier()
    first.save_weights(tmp_path / "all.weights.h5")
    second = build_classifier(weights=tmp_path / "all.weights.h5")
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_a_file_that_fits_nothing_is_refused(tmp_path, thin_efficientnet):
    (tmp_path / "bad.weights.h5").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="do not fit"):
        build_classifier(weights=tmp_path / "bad.weights.h5")
    build_classifier(classes=4, variant="B1").save_weights(tmp_path / "b1.weights.h5")
    with pytest.raises(ModelError, match="do not fit"):
        build_classifier(weights=tmp_path / "b1.weights.h5")


def test_imagenet_weights_are_downloaded_once_and_checked(tmp_path, monkeypatch, thin_efficientnet):
    import keras
    from efficientnet import weights as package

    backbone = keras.Model(*_ends(build_classifier()))
    source = tmp_path / "source.h5"
    backbone.save(source)  # of the old layout, as the package's own files are
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    monkeypatch.setitem(package.IMAGENET_WEIGHTS_HASHES, "efficientnet-b0", ("", digest))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    name = "efficientnet-b0_weights_tf_dim_ordering_tf_kernels_autoaugment_notop.h5"

    monkeypatch.setattr(package, "IMAGENET_WEIGHTS_PATH", "http://127.0.0.1:9/")
    with pytest.raises(ModelError) as offline:
        build_classifier(weights="imagenet")
    for needed in (name, digest, str(tmp_path / "home" / "models"), "lite0"):
        assert needed in str(offline.value)

    # the file put where the message says is taken, without any network
    (tmp_path / "home" / "models").mkdir(parents=True, exist_ok=True)
    (tmp_path / "home" / "models" / name).write_bytes(source.read_bytes())
    loaded = build_classifier(weights="imagenet").get_layer("stem_conv").get_weights()[0]
    assert np.array_equal(loaded, backbone.get_layer("stem_conv").get_weights()[0])

    # a file with another content is not
    (tmp_path / "home" / "models" / name).write_bytes(b"something else")
    with pytest.raises(ModelError):
        build_classifier(weights="imagenet")


def _ends(model):
    return model.input, model.get_layer("top_activation").output
