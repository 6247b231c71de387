"""Which layers are offered: those whose cells lie as the photo does, and the right one first."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.map_layout import fill_input
from core.models.registry import open_model
from tests.support.odd_layouts import LAYOUTS, SIDE, attention_pooling, averaging, model
from tests.support.tiny_networks import classifier, generation

pytestmark = pytest.mark.tensorflow


def frozen(made):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras

    return freeze(from_keras(made), (SIDE, SIDE))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layer_is_offered_if_it_lies_as_the_photo_does(name):
    body, first, offered, refused = LAYOUTS[name]
    layers = frozen(model(body)).layers
    names = {layer.name for layer in layers}
    assert layers[-1].name == first
    assert names >= set(offered.split())
    assert not names & set(refused.split())


@pytest.mark.parametrize(
    "name",
    ["unpadded", "cropped", "cropped_inside", "every_third", "dilated", "decoder", "pixel_shuffle",
     "merged_patches", "channels_first"],
)  # fmt: skip
def test_a_bright_square_is_found_where_it_is(name):
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    network = TensorFlowNetwork(frozen(averaging(model(LAYOUTS[name][0]))))
    middles = [(y, x) for y in (12, 16, 20) for x in ((22, 25) if name == "cropped" else (12, 20))]
    photos = np.full((1 + len(middles), SIDE, SIDE, 3), 0.1, np.float32)
    for photo, (y, x) in zip(photos[1:], middles, strict=True):
        photo[y - 2 : y + 2, x - 2 : x + 2] = 1
    for layer in network.layers:
        activations = network.probe(photos, np.ones(3, np.float32), []).activations[layer.name]
        change = np.abs(activations[1:] - activations[:1]).sum(axis=-1)
        filled = fill_input(change, layer)
        assert filled.shape[1:] == layer.map_grid
        for heat, middle in zip(filled, middles, strict=True):
            for axis, wanted in enumerate(middle):
                cells = heat.shape[axis]
                along = heat.sum(axis=1 - axis)
                found = (along * (np.arange(cells) + 0.5)).sum() / along.sum() / cells * SIDE
                assert abs(found - wanted) <= SIDE / cells, layer.name


def test_what_a_crop_leaves_out_has_no_heat():
    layer = frozen(model(LAYOUTS["cropped"][0])).layers[-1]
    assert (layer.grid, layer.map_grid) == ((32, 16), (32, 32))
    filled = fill_input(np.ones((32, 16), np.float32), layer)
    assert not filled[:, :14].any()
    assert (filled[:, 16:] == 1).all()


def test_the_first_choice_is_the_last_layer_that_every_path_runs_through():
    assert [layer.name for layer in frozen(attention_pooling()).layers] == ["side", "features"]


def test_a_rescaled_photo_is_no_first_choice():
    keras = generation(3)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    both = [keras.layers.Conv2D(4, 3, name=name)(x) for name in ("one", "other")]
    pooled = [keras.layers.GlobalAveragePooling2D()(each) for each in both]
    joined = keras.layers.Concatenate()(pooled)
    layers = frozen(keras.Model(image, keras.layers.Dense(3, "softmax")(joined))).layers
    assert layers[-1].name == "other"


def test_a_dense_layer_on_every_place_shows_no_other_tensor():
    keras = generation(3)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(16, 3, name="conv")(image)
    x = keras.layers.Dense(10, "swish", name="mixing")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    layers = frozen(keras.Model(image, keras.layers.Dense(3, "softmax")(x))).layers
    assert {layer.name: layer.channels for layer in layers}.get("mixing", 10) == 10


def test_names_that_differ_by_a_number_are_kept_apart():
    """Keras calls the scopes of "conv" and "conv_1" "conv_1" and "conv_1_2"."""
    from core.models.tensorflow.find_layers import _layer_names

    assert _layer_names([["conv_1"], ["conv_1_2"]], {"conv", "conv_1"}) == {
        "conv_1": "conv",
        "conv_1_2": "conv_1",
    }
    assert _layer_names([["m", "conv"], ["m", "conv_1"]], {"conv", "conv_1"}) == {
        "conv": "conv",
        "conv_1": "conv_1",
    }


def test_layers_of_a_plain_graph_have_the_names_of_its_scopes(made):
    found = open_model(made("keras2_saved_model"))
    names = [layer.name for layer in found.frozen.layers]
    assert names[-1].endswith("top_activation")
    assert not any("PartitionedCall" in name for name in names)
    assert found.frozen.layers[-1].pooled


@pytest.mark.parametrize("number", [2, 3])
def test_an_ordinary_network_is_proven_without_trying(number, monkeypatch):
    """Trying takes a hundred runs a layer; Keras' swish, gates and short cuts need none."""
    from core.models.tensorflow import find_layers

    monkeypatch.setattr(find_layers, "responds_in_place", lambda *_: pytest.fail("tried"))
    made = classifier(generation(number), (SIDE, SIDE, 3))
    names = {layer.name for layer in frozen(made).layers}
    assert names >= {"stem_activation", "block1a_se_excite", "block1a_add", "top_activation"}


@pytest.mark.parametrize("number", [2, 3])
def test_dense_layers_on_a_grid_are_proven_without_trying(number, monkeypatch):
    from core.models.tensorflow import find_layers

    monkeypatch.setattr(find_layers, "responds_in_place", lambda *_: pytest.fail("tried"))
    layers = generation(number).layers
    image = generation(number).Input((SIDE, SIDE, 3))
    start = layers.Conv2D(16, 4, 4, name="patches")(image)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(start)
    x = layers.Dense(64, activation="gelu", name="wide")(x)
    x = layers.Add(name="sum")([start, layers.Dense(16, name="narrow")(x)])
    x = layers.Dense(3, "softmax")(layers.GlobalAveragePooling2D()(x))
    found = frozen(generation(number).Model(image, x)).layers
    assert {layer.name for layer in found} >= {"patches", "norm", "wide", "narrow", "sum"}
    assert found[-1].name == "sum"
