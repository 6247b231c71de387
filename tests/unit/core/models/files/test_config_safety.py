"""Architectures that ask for code, files or endless memory, wherever in a model they hide."""

from __future__ import annotations

import os

import pytest

from core.errors import ModelError
from core.models.files.config_safety import check_config
from tests.support.hostile_files import DENSE, archive, h5, model_of, refused

BYTECODE = ["4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMEAAAAfABTAKkBTqkAKQHaAXg=", None, None]
LAMBDA = {"class_name": "Lambda", "config": {"name": "l", "function": BYTECODE}}
LAMBDA_3 = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "registered_name": None,
    "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"value": ""}}},
}


def function(module: str | None, name: str) -> dict[str, object]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def wrapped(entry: object, how: str) -> object:
    """The same entry at different depths of a model."""
    return {
        "plain": entry,
        "distributed": {
            "module": "keras.layers",
            "class_name": "TimeDistributed",
            "config": {"layer": entry},
        },
        "backwards": {
            "class_name": "Bidirectional",
            "config": {"layer": DENSE, "backward_layer": entry},
        },
        "nested": model_of(model_of(entry)),
        "argument": {
            **DENSE,
            "inbound_nodes": [{"args": [], "kwargs": {"a": [{"b": entry}]}}],
        },
        "built": {**DENSE, "build_config": {"input_shape": [entry]}},
        "compiled": model_of({**model_of(), "compile_config": {"loss": entry}}),
    }[how]


def raised(entry: object, allow_code: bool = False) -> ModelError:
    with pytest.raises(ModelError) as caught:
        check_config(model_of(entry), "m", allow_code)
    return caught.value


@pytest.mark.parametrize("how", ["plain", "distributed", "backwards", "nested", "argument"])
@pytest.mark.parametrize("entry", [LAMBDA, LAMBDA_3], ids=["Keras 2", "Keras 3"])
def test_a_lambda_is_refused_by_name_at_any_depth(tmp_path, entry, how):
    for path in (
        h5(tmp_path / "m.h5", model_of(wrapped(entry, how))),
        archive(tmp_path / "m.keras", model_of(wrapped(entry, how))),
    ):
        assert "Lambda l" in str(refused(path, "model_code"))
        assert "--allow-code" in str(refused(path, "model_code"))


@pytest.mark.parametrize("how", ["built", "compiled"])
def test_what_is_built_and_compiled_within_a_model_counts_too(how):
    assert raised(wrapped(LAMBDA_3, how)).code == "model_code"


def test_what_the_model_itself_was_compiled_with_is_never_used():
    check_config({**model_of(), "compile_config": {"loss": LAMBDA_3}}, "m", False)


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "KerasLayer", "config": {"handle": "https://tfhub.dev/x"}},
        {"class_name": "Custom>Lambda", "config": {}},
        {"class_name": "Dense", "registered_name": "Lambda", "config": {}},
        {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "x"}},
        {"module": "keras.layers", "class_name": "JaxLayer", "config": {}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": "{}"}},
        {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}},
        {"class_name": "TFOpLambda", "config": {"function": "raw_ops.WriteFile"}},
        {"class_name": "TFOpLambda", "config": {"function": "py_function"}},
        {"class_name": "SlicingOpLambda", "config": {"function": "load_op_library"}},
        {"class_name": "ClassMethod", "config": {"cls_symbol": "io.TFRecordWriter"}},
        {"class_name": "InstanceMethod", "config": {"attr_name": "eval"}},
        {"module": "os", "class_name": "system", "config": {}},
        {"module": "my.layers", "class_name": "Mine", "registered_name": "my>Mine", "config": {}},
        {"module": "keras.utils", "class_name": "get_file", "config": {}},
        {"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}},
        {"module": "keras.models.x.Y", "class_name": "Z", "config": {}},
        {"module": "kerashack.layers", "class_name": "Dense", "config": {}},
        {"class_name": "__typespec__", "spec_name": "T", "module": "subprocess", "config": []},
        function("builtins", "eval"),
        function(None, "exec"),
        function("os", "system"),
        function("subprocess", "run"),
        function("keras.utils", "get_file"),
        function("keras.saving", "load_model"),
        function("keras.src.layers.core.lambda_layer", "func_load"),
    ],
    ids=str,
)
def test_code_by_any_other_name_is_refused(entry):
    error = raised({**DENSE, "config": {"units": 1, "activation": entry}})
    assert error.code == "model_code"
    check_config(model_of(entry), "m", allow_code=True)


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
        {"class_name": "IntegerLookup", "config": {"vocabulary": "http://169.254.169.254/"}},
        {"class_name": "TextVectorization", "config": {"vocabulary": "gs://bucket/x"}},
        {"class_name": "TFSMLayer", "config": {"filepath": "/tmp/model"}},
        {"class_name": "Custom>TFSMLayer", "config": {}},
    ],
    ids=str,
)
def test_paths_are_refused_even_where_code_is_allowed(entry):
    for allow_code in (False, True):
        assert raised(wrapped(entry, "nested"), allow_code).code == "model_elsewhere"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"class_name": "Dense", "config": {"units": 10**12}}, "model_strange"),
        ({"class_name": "InputLayer", "config": {"batch_shape": [None, 10**6, 10**6, 3]}}, None),
        ({"class_name": "Reshape", "config": {"target_shape": [50_000, 50_000]}}, None),
        ({"class_name": "A.b", "config": {}}, "model_strange"),
        ({"class_name": ["Dense"], "config": {}}, "model_strange"),
        ({"module": ["keras"], "class_name": "Dense", "config": {}}, "model_strange"),
        (function("keras.activations", "sys.exit"), "model_strange"),
    ],
    ids=str,
)
def test_sizes_and_names_that_no_classifier_has_are_refused(entry, code):
    for allow_code in (False, True):
        assert raised(entry, allow_code).code == (code or "model_too_large")


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "TFOpLambda", "config": {"function": "math.multiply"}},
        {"class_name": "TFOpLambda", "config": {"function": "image.resize"}},
        {"class_name": "SlicingOpLambda", "config": {"function": "__operators__.getitem"}},
        {"module": "keras.src.ops.numpy", "class_name": "Mean", "config": {}},
        {"module": "tf_keras.src.engine.functional", "class_name": "Functional", "config": {}},
        {"module": "efficientnet.model", "class_name": "FixedDropout", "config": {}},
        {"module": "keras.src.applications.convnext", "class_name": "LayerScale", "config": {}},
        {"module": "tensorflow.python.ops.init_ops_v2", "class_name": "Constant", "config": {}},
        {"module": None, "class_name": "Unknown", "config": {}},
        {"class_name": "RandomFlip", "config": {"seed": 2**31}},
        {"class_name": "StringLookup", "config": {"vocabulary": ["a", "b"]}},
        function("builtins", "swish"),
        function("keras.activations", "relu"),
    ],
    ids=str,
)
def test_what_only_computes_passes(entry):
    check_config(model_of({**DENSE, "config": {"activation": entry}}), "m", False)


def test_a_strangers_names_cannot_reach_the_terminal():
    error = raised({"class_name": "Lambda", "config": {"name": "\x1b[2J\ud800" + "a" * 10_000}})
    str(error).encode()
    assert "\x1b" not in str(error)
    assert len(str(error)) < 1000


@pytest.mark.tensorflow
def test_a_lambda_that_leaves_a_mark_leaves_none(tmp_path):
    """The check judges what Keras itself would run: the same file, opened without it, does."""
    import keras

    path, mark = tmp_path / "m.keras", str(tmp_path / "mark")
    trap = keras.layers.Lambda(lambda x: open(mark, "w").close() or x)
    keras.Sequential([keras.Input((4,)), trap, keras.layers.Dense(2)]).save(path)
    os.unlink(mark)  # left by building the model
    assert "Lambda" in str(refused(path, "model_code"))
    assert not os.path.exists(mark)
    keras.saving.load_model(path, safe_mode=False)
    assert os.path.exists(mark), "the trap itself must work"
