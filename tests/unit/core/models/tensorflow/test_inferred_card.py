"""What a model without a card is taken for: what its graph shows before what is guessed."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.card import Input
from core.models.registry import open_loaded, open_model
from tests.support import model_kinds, tiny_networks

pytestmark = pytest.mark.tensorflow

SHAPE = (32, 32, 3)


def card_of(keras, *layers, shape=SHAPE):
    """The card assumed for a small model that begins with these layers."""
    from core.models.tensorflow.load import from_keras

    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    body = [keras.Input(shape), *layers, keras.layers.Conv2D(4, 3)]
    return open_loaded("model", from_keras(keras.Sequential([*body, *head]))).card


def said(card, words: str) -> bool:
    return any(words in assumption for assumption in card.assumptions)


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(
    ("first", "values"),
    [
        (lambda keras: keras.layers.Rescaling(1 / 255), "0-255"),
        (lambda keras: keras.layers.Rescaling(1 / 127.5, offset=-1), "0-255"),
        (lambda keras: keras.Sequential([keras.Input(SHAPE), keras.layers.Rescaling(1 / 255)]),
         "0-255"),
        (lambda keras: keras.layers.Normalization(mean=[120.0] * 3, variance=[3600.0] * 3),
         "0-255"),
        (lambda keras: keras.layers.Rescaling(2.0, offset=-1), "0-1"),  # of numbers from 0 to 1
        (lambda keras: keras.layers.ZeroPadding2D(2), "0-1"),
    ],
)  # fmt: skip
def test_a_model_that_scales_grey_levels_down_takes_them(number, first, values):
    keras = tiny_networks.generation(number)
    card = card_of(keras, first(keras))
    assert card.input == Input(*SHAPE[:2], values, "squash")
    assert said(card, "rescales them itself") == (values == "0-255")


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("network", ["mobilenet_v2", "resnet50"])
def test_preprocessing_written_as_arithmetic_is_recognised(number, network):
    """As the transfer learning tutorials do: -1 to 1, and BGR less a mean."""
    from core.models.tensorflow.load import from_keras

    keras = tiny_networks.generation(number)
    image = keras.Input(SHAPE)
    x = getattr(keras.applications, network).preprocess_input(image)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(x))
    model = keras.Model(image, keras.layers.Dense(3, "softmax")(x))
    assert open_loaded("model", from_keras(model)).card.input.values == "0-255"


@pytest.mark.parametrize("weights_known", [True, False])
def test_kerass_own_efficientnet_takes_grey_levels_and_the_packages_does_not(weights_known):
    from core.models.tensorflow.load import from_keras

    keras = tiny_networks.generation(3)
    if weights_known:
        from keras.src.applications.efficientnet import EfficientNet

        body = EfficientNet(
            0.1, 0.1, 32, include_top=False, weights=None, input_shape=SHAPE, pooling="avg"
        )
        model = keras.Sequential([body, keras.layers.Dense(2, "softmax")])
    else:
        model = tiny_networks.classifier(keras)
    card = open_loaded("model", from_keras(model)).card
    assert card.input.values == ("0-255" if weights_known else "imagenet")
    assert said(card, "the efficientnet package does so") != weights_known


def test_teachable_machines_export_is_known_by_its_labels(made):
    card = open_model(made("teachable_machine")).card
    assert card.names == tiny_networks.NAMES
    assert card.input == Input(224, 224, "-1-1", "crop")
    assert said(card, "as Teachable Machine does")
    assert not said(card, "no names")


def test_labels_name_the_classes_only_where_they_are_as_many(tmp_path):
    path = model_kinds.keras3(tmp_path)
    (tmp_path / "labels.txt").write_text("Basmati\nIR64\nKetan\n", "utf-8")
    card = open_model(path).card
    assert card.names == tiny_networks.NAMES
    assert card.input.geometry == "squash"
    assert said(card, "called as labels.txt beside it says")
    (tmp_path / "labels.txt").write_text("Basmati\nIR64\n", "utf-8")
    card = open_model(path).card
    assert card.names == ("class 0", "class 1", "class 2")
    assert said(card, "labels.txt names 2 classes, not its 3")
    (tmp_path / "Class_Indices.json").write_text('{"Ketan": 2, "IR64": 1, "Basmati": 0}', "utf-16")
    card = open_model(path).card
    assert card.names == tiny_networks.NAMES
    assert said(card, "called as Class_Indices.json beside it says")


def test_whole_numbers_are_grey_levels(made):
    card = open_model(made("plain_uint8")).card
    assert card.input.values == "0-255"
    assert said(card, "whole numbers")


@pytest.mark.parametrize("kind", ["one_sigmoid", "one_sigmoid_keras2"])
def test_one_sigmoid_is_two_classes(made, kind):
    assert open_model(made(kind)).card.names == ("class 0", "class 1")


def test_every_assumption_about_size_and_output_is_said(made):
    card = open_model(made("free_size")).card
    assert card.input.size == (224, 224)
    assert said(card, "224 x 224")
    assert said(open_model(made("logits_only")).card, "logits")
    assert not said(open_model(made("keras3")).card, "48")


def test_grey_models_get_a_card_of_one_channel(made):
    card = open_model(made("one_channel")).card
    assert card.input.channels == 1
    assert card.input.size == tiny_networks.SIZE


def test_a_model_without_weights_before_its_end_is_taken_as_it_is():
    from core.models.tensorflow.load import from_keras

    keras = tiny_networks.generation(3)
    layers = [keras.Input(SHAPE), keras.layers.GlobalAveragePooling2D(), keras.layers.Softmax()]
    card = open_loaded("bare", from_keras(keras.Sequential(layers))).card
    assert card.input.values == "0-1"
    assert np.prod(card.input.size) == 1024
