"""Honest ONNX files are read; hostile ones are refused, each in words, before they are run."""

from __future__ import annotations

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError
from core.models.files.formats import recognise
from core.models.files.onnx_safety import allowed_operations, read_onnx
from core.models.files.safety import check
from tests.support.onnx_files import FAMILIES, classifier, saved


def refused(folder, model) -> ModelError:
    path = saved(folder, model)
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1500
    return caught.value


@pytest.mark.parametrize("family", FAMILIES)
def test_honest_files_are_read(family, tmp_path):
    path = saved(tmp_path, family=FAMILIES[family])
    model = read_onnx(path)
    assert len(model.graph.node) == len(onnx.load(path).graph.node)
    check(recognise(path))


@pytest.mark.parametrize("half", [False, True])
def test_half_precision_and_old_opsets_are_read(half, tmp_path):
    assert read_onnx(saved(tmp_path, half=half, opset=11))


def test_weights_elsewhere_are_not_read(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(10_000))
    (tmp_path / "in").mkdir()
    model = classifier()
    weight = model.graph.initializer[0]
    weight.data_location = TensorProto.EXTERNAL
    weight.ClearField("raw_data")
    for key, value in (("location", "../secret"), ("offset", "0"), ("length", "864")):
        weight.external_data.add(key=key, value=value)
    error = refused(tmp_path / "in", model)
    assert (error.code, error.facts["part"]) == ("model_weights_elsewhere", "../secret")
    assert "external_data=False" in str(error)


def test_weights_elsewhere_in_a_constant_are_not_read(tmp_path):
    model = classifier()
    hidden = TensorProto(name="hidden", data_type=TensorProto.FLOAT, dims=[1])
    hidden.external_data.add(key="location", value="/etc/hostname")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["hidden"], value=hidden))
    assert refused(tmp_path, model).facts["part"] == "/etc/hostname"


@pytest.mark.parametrize(
    ("op", "domain"),
    [("Gelu", "com.microsoft"), ("PyOp", "ai.onnx.contrib"), ("Loop", ""), ("If", ""),
     ("ImageDecoder", ""), ("RandomNormal", ""), ("Secret", "")],
)  # fmt: skip
def test_operations_of_others_and_those_that_do_more_than_compute(op, domain, tmp_path):
    model = classifier()
    node = model.graph.node[1]
    node.op_type, node.domain, node.name = op, domain, "<b>here</b>\x1b[2J"
    error = refused(tmp_path, model)
    assert error.code == "model_operation"
    assert error.facts["op"] == f"{domain} {op}".strip()
    assert error.facts["where"] == "<b>here</b>\\x1b[2J"  # the page escapes the rest


def test_a_graph_inside_an_operation(tmp_path):
    model = classifier()
    model.graph.node[1].attribute.append(helper.make_attribute("body", model.graph))
    assert refused(tmp_path, model).code == "model_operation"


def test_functions_that_call_themselves(tmp_path):
    model = classifier()
    call = helper.make_node("Again", ["x"], ["y"], domain="own")
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    model.functions.append(helper.make_function("own", "Again", ["x"], ["y"], [call], imports))
    model.opset_import.append(helper.make_opsetid("own", 1))
    assert refused(tmp_path, model).code == "model_strange"


def test_a_graph_that_runs_in_a_circle(tmp_path):
    model = classifier()
    model.graph.node[0].input[0] = model.graph.node[2].output[0]
    assert refused(tmp_path, model).code == "model_unreadable"


def test_a_million_nodes_are_refused_before_they_are_parsed(tmp_path, monkeypatch):
    node = helper.make_node("Relu", ["a"], ["b"]).SerializeToString()
    graph = (b"\x0a" + bytes([len(node)]) + node) * 1_000_000
    path = tmp_path / "m.onnx"
    length, number = len(graph), bytearray()
    while length:
        number.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
    path.write_bytes(b"\x08\x08\x3a" + bytes(number) + graph)
    monkeypatch.setattr(onnx, "load_model_from_string", lambda _: pytest.fail("was parsed"))
    began = time.process_time()
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert caught.value.code == "model_strange"
    assert "20000 nodes" in str(caught.value)
    assert time.process_time() - began < 5


def test_a_structure_that_would_fill_the_memory(tmp_path):
    path = saved(tmp_path)
    honest = path.read_bytes()
    path.write_bytes(honest + b"\x72\x00" * (17 << 20))  # empty entries of two bytes each
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert "400000 fields" in str(caught.value)
    inside = b"\x0a\x00" * (17 << 20)  # the same in one entry
    length = len(inside)
    number = bytes(
        [length >> shift & 0x7F | (0x80 if shift < 21 else 0) for shift in (0, 7, 14, 21)]
    )
    path.write_bytes(honest + b"\x72" + number + inside)
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert caught.value.code == "model_too_large"


@pytest.mark.parametrize("dims", [[1 << 40], [1 << 20, 1 << 20], [7], [-1]])
def test_a_tensor_larger_than_what_the_file_holds(dims, tmp_path):
    model = classifier()
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    assert refused(tmp_path, model).code == "model_damaged"


def test_bytes_that_the_file_does_not_hold(tmp_path):
    model = classifier()
    model.graph.initializer.add(name="x", data_type=TensorProto.INT8, dims=[1 << 40], raw_data=b"a")
    assert refused(tmp_path, model).code == "model_damaged"


def test_a_constant_that_unfolds(tmp_path):
    model = classifier()
    shape = numpy_helper.from_array(np.array([1 << 35]), "size")
    model.graph.initializer.append(shape)
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["size"], ["bomb"]))
    error = refused(tmp_path, model)
    assert error.code == "model_too_large"


def test_sparse_tensors_names_without_end_and_a_training(tmp_path):
    sparse = classifier()
    sparse.graph.sparse_initializer.add(dims=[1 << 40])
    named = classifier()
    named.graph.node[0].name = "x" * 5000
    trained = classifier()
    trained.training_info.add()
    for model in (sparse, named, trained):
        assert refused(tmp_path, model).code == "model_strange"


@pytest.mark.parametrize("cut", [3, 40, 1000])
def test_a_file_that_was_cut(cut, tmp_path):
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert caught.value.code == "model_damaged"


@pytest.mark.parametrize("opset", [5, 99])
def test_an_opset_that_is_not_known(opset, tmp_path):
    model = classifier()
    model.opset_import[0].version = opset
    assert "11 to 24" in str(refused(tmp_path, model))


def test_what_is_allowed_exists_and_draws_no_lots():
    known = {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}
    assert allowed_operations() <= known | {"Upsample"}
    assert not {name for name in allowed_operations() if "Random" in name or "Bernoulli" in name}
    assert not {"If", "Loop", "Scan", "SequenceMap", "StringConcat"} & allowed_operations()
