"""Models of every origin become one function that answers as the model itself does."""

from __future__ import annotations

import gc
import re
import sys

import numpy as np
import pytest

from core.errors import ModelError
from core.models.files.config_safety import check_config
from tests.support import tiny_networks
from tests.support.library_layers import CODE, SIDE, library_layers, model_of_layers
from tests.support.model_kinds import KINDS, expected
from tests.support.rejected_models import REFUSED
from tests.support.tiny_networks import SIZE

pytestmark = pytest.mark.tensorflow


def _tolerance(kind: str) -> float:
    if "float16" in kind:
        return (
            2e-3  # it is computed in single precision, which differs by half precision's rounding
        )
    if "weights" in kind or "checkpoint" in kind:
        return 2e-5  # the article's deep network with random weights makes much of the last bit
    return 1e-5


def scores(loaded, inputs: np.ndarray) -> np.ndarray:
    """What the frozen graph answers, as probabilities."""
    import tensorflow as tf

    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.inferred_card import infer_size
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    network = TensorFlowNetwork(freeze(loaded, infer_size(loaded)))
    logits = tf.constant(network.logits(inputs))
    return (tf.sigmoid if network.head == "sigmoid" else tf.nn.softmax)(logits).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_opened_answers_as_the_model_did(made, kind, thin_efficientnet):
    import tensorflow as tf

    from core.models.tensorflow.load import load

    inputs, outputs = expected(made(kind))
    loaded = load(made(kind))
    # Weights all go into the same network; tracing and freezing it six times is slow.
    of_weights = loaded.file.kind in ("weights", "checkpoint")
    answers = np.asarray(loaded.keras(inputs)) if of_weights else scores(loaded, inputs)
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    if kind == "logits_only":
        outputs = tf.nn.softmax(outputs).numpy()
    assert answers == pytest.approx(outputs, abs=_tolerance(kind))
    assert np.ptp(outputs, axis=0).min() > 0.01  # it does tell photos apart


@pytest.mark.parametrize(
    ("kind", "shape", "file", "generation"),
    [
        ("keras3", (*SIZE, 3), "keras", 3),
        ("keras2_h5", (*SIZE, 3), "h5", 2),
        ("keras2_saved_model", (*SIZE, 3), "savedmodel", 2),
        ("keras3_train_checkpoint", (64, 64, 3), "checkpoint", 0),
        ("one_channel", (*SIZE, 1), "keras", 3),
        ("free_size", (None, None, 3), "keras", 3),
        ("free_size_saved_model", (None, None, 3), "savedmodel", 2),
    ],
)
def test_what_was_opened_says_what_it_takes(made, kind, shape, file, generation, thin_efficientnet):
    from core.models.tensorflow.load import load

    loaded = load(made(kind))
    assert loaded.shape == shape
    assert (loaded.file.kind, loaded.file.generation) == (file, generation)
    assert (loaded.keras is None) == (file == "savedmodel")
    assert not loaded.integer_input


@pytest.mark.parametrize("kind", ["nested", "nested_keras2", "teachable_machine"])
def test_layers_of_nested_models_are_known(made, kind):
    from core.models.tensorflow.load import load

    kinds = load(made(kind)).layer_classes
    assert kinds["stem_conv"] == "Conv2D"
    assert kinds["block1a_dwconv"] == "DepthwiseConv2D"


def test_whole_numbers_are_refused(made):
    from core.models.tensorflow.load import load

    assert load(made("plain_uint8")).integer_input


@pytest.mark.parametrize("number", [2, 3])
def test_a_model_in_memory_of_either_generation_opens(number):
    from core.models.tensorflow.load import from_keras

    model = tiny_networks.classifier(tiny_networks.generation(number))
    inputs = tiny_networks.photos()
    loaded = from_keras(model)
    assert loaded.keras is model
    assert loaded.file is None
    assert scores(loaded, inputs) == pytest.approx(np.asarray(model(inputs)), abs=1e-5)


def test_the_variables_live_as_long_as_what_was_loaded(made):
    from core.models.tensorflow.load import load

    loaded = load(made("hub"))
    gc.collect()
    assert scores(loaded, expected(made("hub"))[0]).sum() == pytest.approx(4)


def test_the_layers_of_the_efficientnet_package_open_in_keras_2_too(tmp_path):
    from core.models.tensorflow.load import load

    tiny_networks.article(2, name="EfficientNetB1").save(tmp_path / "rice.h5")
    loaded = load(tmp_path / "rice.h5")
    assert loaded.layer_classes["block6b_drop"] == "FixedDropout"
    assert loaded.shape == (64, 64, 3)


WAYS_OUT = {
    "two_inputs": ("model_inputs", "takes 2 inputs.*with the other inputs fixed"),
    "encoded_photos": ("input_encoded", "encoded files.*takes a batch of images"),
    "own_layer": ("model_code", "Sharpen.*SavedModel"),
    "own_layer_h5": ("layer_foreign", r"Sharpen.*SavedModel \(model.export"),
    "own_layer_keras2": ("model_code", "Sharpen.*SavedModel"),
    "own_layer_keras2_h5": ("layer_foreign", r"Sharpen.*SavedModel .*model\.save\(folder\)"),
    "hub_h5": ("model_code", "KerasLayer.*SavedModel"),
}
LATER = {"segmenter", "two_outputs", "two_outputs_saved_model", "no_grid"}


@pytest.mark.parametrize("kind", WAYS_OUT)
def test_what_cannot_be_opened_is_refused_with_the_way_out(made, kind):
    from core.models.tensorflow.load import load

    code, sentence = WAYS_OUT[kind]
    with pytest.raises(ModelError, match=sentence) as refused:
        load(made(kind))
    assert refused.value.code == code


def test_what_opens_but_cannot_be_explained_is_refused_by_its_graph(made):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import load

    assert LATER | set(WAYS_OUT) == set(REFUSED)
    for kind, code in (("segmenter", "model_shape"), ("two_outputs", "model_outputs")):
        with pytest.raises(ModelError) as refused:
            freeze(load(made(kind)), SIZE)
        assert refused.value.code == code
    with pytest.raises(ModelError, match="2 outputs"):
        freeze(load(made("two_outputs_saved_model")), SIZE)
    assert freeze(load(made("no_grid")), SIZE).layers == ()


def test_code_that_is_allowed_is_still_not_found_elsewhere(made):
    from core.models.tensorflow.load import load

    with pytest.raises(ModelError, match="whose code is not here: KerasLayer"):
        load(made("hub_h5"), allow_code=True)


def test_a_lambda_is_run_only_where_it_is_allowed(tmp_path):
    from core.models.tensorflow.load import load

    keras = tiny_networks.generation(3)
    body = tiny_networks.backbone(keras)
    doubled = keras.layers.Lambda(lambda x: x * 2)(body.output)
    x = keras.layers.GlobalAveragePooling2D()(doubled)
    model = tiny_networks.awake(keras.Model(body.input, keras.layers.Dense(3, "softmax")(x)))
    model.save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="Lambda"):
        load(tmp_path / "model.keras")
    inputs = tiny_networks.photos()
    allowed = load(tmp_path / "model.keras", allow_code=True)
    assert scores(allowed, inputs) == pytest.approx(np.asarray(model(inputs)), abs=1e-5)


def test_without_tf_keras_it_says_how_to_install_it(made, monkeypatch):
    from core.models.tensorflow.load import load

    path = made("keras2")
    monkeypatch.setitem(sys.modules, "tf_keras", None)
    with pytest.raises(ModelError, match="pip install tf-keras"):
        load(path)


def _save(path, shape=(None, 32, 32, 3), **signatures):
    """A SavedModel with signatures that all do the same."""
    import tensorflow as tf

    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec(shape)])
    def serve(image):
        return tf.nn.softmax(tf.reduce_mean(image, [1, 2]))

    module.serve = serve
    named = {name: serve.get_concrete_function() for name in signatures}
    tf.saved_model.save(module, str(path), named)
    return path


def test_the_only_signature_is_taken_whatever_its_name(tmp_path):
    from core.models.tensorflow.load import load

    assert load(_save(tmp_path / "model", classify=1)).shape == (32, 32, 3)


def test_several_signatures_are_refused_by_name(tmp_path):
    from core.models.tensorflow.load import load

    path = _save(tmp_path / "model", classify=1, again=1)
    with pytest.raises(ModelError, match=r"2 signatures \(.*classify.*\).*serving_default"):
        load(path)


@pytest.mark.parametrize("shape", [(None, 3, 32, 32), (None, 32, 32, 4), (None, 32, 32)])
def test_an_input_that_is_no_photo_is_refused_by_its_shape(tmp_path, shape):
    from core.models.tensorflow.load import from_keras

    keras = tiny_networks.generation(3)
    layers = [keras.Input(shape[1:]), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    with pytest.raises(ModelError, match=re.escape(str(shape))):
        from_keras(keras.Sequential(layers))


def test_a_model_that_was_never_built_is_refused():
    from core.models.tensorflow.load import from_keras

    keras = tiny_networks.generation(3)
    with pytest.raises(ModelError, match=r"model\.build"):
        from_keras(keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]))


@pytest.mark.parametrize("number", [2, 3])
def test_no_layer_of_the_libraries_is_refused_but_those_with_code(number):
    library = tiny_networks.generation(number)
    layers = library_layers(library)
    assert len(layers) > 100
    assert {"LayerScale", "StochasticDepth", "CustomScaleLayer"} <= layers.keys()
    for name, kind in layers.items():
        for module in (None, kind.__module__, f"{library.__name__}.layers"):
            config = {"class_name": name, "module": module, "config": {"name": "layer"}}
            if name in CODE:
                with pytest.raises(ModelError, match="program code"):
                    check_config(config, "model", False)
            else:
                check_config(config, "model", False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "ending", "but"),
    [
        (2, ".keras", ()),
        (2, ".h5", ()),
        (3, ".keras", ()),
        # Keras 3.15 cannot read this one back from HDF5 itself: it takes the name of the layer's
        # score for a function of that name.
        (3, ".h5", ("Attention",)),
    ],
)
def test_every_layer_of_the_libraries_opens(number, ending, but, tmp_path):
    import tensorflow as tf

    from core.models.tensorflow.load import load

    model, names = model_of_layers(tiny_networks.generation(number), but)
    assert len(names) > 90
    photo = np.random.default_rng(0).uniform(size=(2, SIDE, SIDE, 3)).astype(np.float32)
    model.save(tmp_path / f"model{ending}")
    opened = load(tmp_path / f"model{ending}").function(tf.constant(photo))
    assert np.asarray(opened) == pytest.approx(np.asarray(model(photo, training=False)), abs=1e-4)
