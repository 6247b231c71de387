"""What a model is, in words: its format, input, classes, head and layers."""

from __future__ import annotations

import pytest

from core.diagnosis.model_text import model_text
from core.explain.open_explainer import open_explainer, tensorflow_explainer
from core.models.registry import find_model, open_model
from tests.support.odd_layouts import attention_pooling, ensemble
from tests.support.onnx_files import saved
from tests.support.onnx_transformers import vit_with


def words(text):
    """The text as one line; none of its lines is longer than 80 columns."""
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def test_a_shipped_model_is_described():
    path = find_model("rice-64")
    text = words(model_text(path, open_explainer(path)))
    assert text.startswith("rice-64 format Keras 3 archive (.keras)")
    assert "input 64 x 64 pixels, fixed; 3 channels (colour)" in text
    assert "shown as imagenet in RGB, squash classes 3: " in text
    assert "runs compiled, by ONNX Runtime" in text
    assert "assumed" not in text.casefold()


def test_of_a_model_that_attends_it_says_what_explains_where(tmp_path):
    path = saved(tmp_path, family=vit_with())
    text = words(model_text(path, open_explainer(path, cache=tmp_path)))
    assert "By default LibraGrad explains, at patch (balanced), where nothing was moved" in text
    assert "Other methods explain at the last one." in text


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("keras2_h5", ["Keras 2 model in HDF5; saved by Keras 2.", "48 x 48 pixels, fixed"]),
        ("plain", ["format SavedModel", "48 x 48 pixels, fixed"]),
        ("free_size", ["224 x 224 pixels (it takes any)"]),
        ("free_size_saved_model", ["SavedModel of Keras 2", "224 x 224 pixels (it takes any)"]),
        ("one_channel", ["1 channel (grey)", "shown as imagenet, squash"]),
        ("logits_only", ["head logits of 3 classes, without a softmax"]),
        ("one_sigmoid", ["softmax of 2 classes, or one sigmoid"]),
        ("several_sigmoids", ["sigmoid: 3 classes that do not exclude each other"]),
        ("deep_head", ["of all that still have a grid it knows most"]),
    ],
)
def test_kinds_of_models_are_distinguished(kind, expected, made):
    path = made(kind)
    text = words(model_text(path, tensorflow_explainer(open_model(path))))
    for each in expected:
        assert each in text
    assert "runs by TensorFlow, since it was not compiled" in text
    assert "Assumed, since no card says it: - " in text


@pytest.mark.tensorflow
def test_a_layer_without_a_say_and_a_mixture_are_named():
    from core.models.registry import open_loaded
    from core.models.tensorflow.load import from_keras

    def text(made):
        loaded = from_keras(made)
        explainer = tensorflow_explainer(open_loaded("odd", loaded))
        return words(model_text(find_model("rice-64"), explainer))

    assert "features (last convolution)" in text(attention_pooling())
    assert "of no one softmax: maps explain their logarithm" in text(ensemble())
