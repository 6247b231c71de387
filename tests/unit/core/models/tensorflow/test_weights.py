"""Weights alone find the article's network, whatever wrote them; others are told what differs."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from core.errors import ModelError
from core.models.tensorflow.efficientnet import build_classifier
from tests.support import tiny_networks

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("thin_efficientnet")]


def _save(model, path, way: str):
    """Save weights in one of the ways people do."""
    import tensorflow as tf

    if way == "checkpoint":
        return path / tf.train.Checkpoint(model=model).save(str(path / "ckpt"))
    file = path / ("rice.h5" if way == "older" else "rice.weights.h5")
    model.save_weights(file)
    return file


@pytest.mark.parametrize(
    ("number", "way"),
    [(2, "older"), (2, "newer"), (2, "checkpoint"), (3, "newer"), (3, "checkpoint")],
)
def test_weights_around_a_nested_network_are_found(number, way, tmp_path):
    from core.models.tensorflow.load import load

    flat, keras = tiny_networks.article(number), tiny_networks.generation(number)
    inner = keras.Model(flat.input, flat.layers[-3].output)
    model = keras.Sequential([keras.Input((64, 64, 3)), inner, *flat.layers[-2:]])
    loaded = load(_save(model, tmp_path, way))
    pairs = zip(_arrays(flat), _arrays(loaded.keras), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert loaded.assumptions == ("photos are shown at 64 x 64 pixels, as in the article",)


def _arrays(model):
    """All weights, layer by layer."""
    return [array for layer in model.layers for array in layer.get_weights()]


def test_the_network_and_its_classes_are_read_from_the_shapes(tmp_path):
    from core.models.tensorflow.load import load

    model = build_classifier(classes=5, variant="B1", size=(96, 96))
    model.save_weights(tmp_path / "b1.weights.h5")
    loaded = load(tmp_path / "b1.weights.h5", size=(96, 128))
    assert loaded.keras.name == "efficientnet_b1"
    assert loaded.keras.output_shape == (None, 5)
    assert loaded.shape == (96, 128, 3)
    assert loaded.assumptions == ()


def test_what_training_left_in_a_checkpoint_is_no_part_of_the_network(tmp_path):
    import tensorflow as tf

    from core.models.tensorflow.load import load

    keras, flat = tiny_networks.generation(2), tiny_networks.article(2)
    optimizer = keras.optimizers.Adam()
    optimizer.build(flat.trainable_variables)
    path = tf.train.Checkpoint(model=flat, optimizer=optimizer).save(str(tmp_path / "ckpt"))
    pairs = zip(_arrays(flat), _arrays(load(tmp_path / path).keras), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The article's weights in a file with layers by name, to be changed in copies."""
    path = tmp_path_factory.mktemp("stored") / "rice.h5"
    tiny_networks.article(2).save_weights(path)
    return path.read_bytes()


def _replace(file, name, values) -> None:
    del file[name]
    file[name] = values


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda file: _replace(file, "stem_conv/stem_conv/kernel:0", np.zeros((3, 3, 1, 8))),
            r"stem_conv has \[\(3, 3, 3, 8\)\], not \[\(3, 3, 1, 8\)\]",
        ),
        (lambda file: file.pop("top_bn"), "top_bn has .*, not nothing"),
        (lambda file: file.copy("top_conv/top_conv", "extra/extra"), "extra is left over"),
        (lambda file: file.copy("top_conv/top_conv", "extra/top_conv"), "hold top_conv twice"),
        (lambda file: file.pop("dense"), "0 dense layers instead of one"),
        (
            lambda file: _replace(file, "dense/dense/kernel:0", np.zeros((1000, 3))),
            "1000 channels reach the dense layer",
        ),
        (lambda file: file.update({"top_bn/top_bn/scale:0": 1}), "'scale'"),
    ],
)
def test_weights_of_another_network_are_refused_with_what_differs(stored, tmp_path, change, told):
    from core.models.tensorflow.load import load

    (tmp_path / "other.h5").write_bytes(stored)
    with h5py.File(tmp_path / "other.h5", "a") as file:
        dense = next(name for name in file if name.startswith("dense"))
        if dense != "dense":
            file.move(dense, "dense")
            file.move(f"dense/{dense}", "dense/dense")
        change(file)
    with pytest.raises(ModelError, match=told) as error:
        load(tmp_path / "other.h5")
    assert error.value.code == "weights_unfit"


def test_a_thinned_network_is_not_the_articles(tmp_path):
    from core.models.tensorflow.load import load

    tiny_networks.classifier(tiny_networks.generation(3)).save_weights(tmp_path / "thin.weights.h5")
    with pytest.raises(ModelError, match="32 channels reach the dense layer"):
        load(tmp_path / "thin.weights.h5")
