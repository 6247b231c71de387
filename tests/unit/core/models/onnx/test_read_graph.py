"""Whatever exported it, a graph takes photos [N, h, w, 3] in float32 and answers as before."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from core.errors import ModelError
from core.models.onnx.read_graph import PHOTOS, read_graph, set_input
from tests.support.onnx_files import CLASSES, SIDE, classifier

NOISE = np.random.default_rng(1).normal(0, 1, (2, SIDE, SIDE, 3)).astype(np.float32)


def read(**options):
    return read_graph(classifier(**options), "model.onnx")


def answers(found):
    set_input(found.model, None, (SIDE, SIDE, 3))
    session = onnxruntime.InferenceSession(found.model.SerializeToString())
    return session.run([found.output], {PHOTOS: NOISE})[0]


def expected(**options):
    session = onnxruntime.InferenceSession(classifier(**options).SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: NOISE.transpose(0, 3, 1, 2)})[0]


@pytest.mark.parametrize("opset", [11, 13, 17])
def test_old_opsets_are_raised(opset):
    found = read(opset=opset)
    assert found.model.opset_import[0].version == 17
    assert answers(found) == pytest.approx(expected(opset=opset), abs=1e-4)


@pytest.mark.parametrize("opset", [18, 22])
def test_later_ones_are_left(opset):
    found = read(opset=opset)
    assert found.model.opset_import[0].version == opset
    assert answers(found) == pytest.approx(expected(), abs=1e-4)


def test_channels_may_come_last():
    found = read(channels_last=True)
    assert (found.channels_first, found.size, found.channels) == (False, (SIDE, SIDE), 3)
    assert answers(found) == pytest.approx(expected(), abs=1e-4)


def test_half_precision_is_widened():
    found = read(half=True)
    kinds = {each.data_type for each in found.model.graph.initializer}
    assert TensorProto.FLOAT16 not in kinds
    assert answers(found) == pytest.approx(expected(), rel=0.02, abs=0.02)


def test_whole_numbers_are_made_of_photos():
    model = classifier()
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    cast = helper.make_node("Cast", ["input"], ["float"], to=TensorProto.FLOAT)
    model.graph.node[0].input[0] = "float"
    model.graph.node.insert(0, cast)
    found = read_graph(model, "m.onnx")
    assert found.whole_numbers
    assert answers(found).shape == (2, CLASSES)


@pytest.mark.parametrize("name", ["photos", "logits", "classes", "backward/0"])
def test_names_do_not_clash_with_ours(name):
    model = classifier()
    old = model.graph.node[1].output[0]
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [name if each == old else each for each in names]
    assert answers(read_graph(model, "m.onnx")) == pytest.approx(expected(), abs=1e-4)


def test_declared_and_free_sizes():
    assert (read(batch=1).batch, read().batch) == (1, None)
    free = classifier()
    for at in (2, 3):
        free.graph.input[0].type.tensor_type.shape.dim[at].dim_param = f"side{at}"
    assert read_graph(free, "m.onnx").size == (None, None)


@pytest.mark.parametrize("shape", [["N", 4, SIDE, SIDE], ["N", 3, SIDE], ["N", 12]])
def test_what_is_no_photo_is_refused(shape):
    model = classifier()
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
    model.graph.input[0].CopyFrom(given)
    with pytest.raises(ModelError) as caught:
        read_graph(model, "m.onnx")
    assert caught.value.code == "model_shape"


def test_two_inputs_and_two_outputs_are_refused():
    model = classifier()
    model.graph.input.append(helper.make_tensor_value_info("age", TensorProto.FLOAT, ["N", 1]))
    with pytest.raises(ModelError) as caught:
        read_graph(model, "m.onnx")
    assert (caught.value.code, caught.value.facts["count"]) == ("model_inputs", 2)
    model = classifier()
    model.graph.output.append(helper.make_empty_tensor_value_info(model.graph.node[1].output[0]))
    with pytest.raises(ModelError) as caught:
        read_graph(model, "m.onnx")
    assert (caught.value.code, caught.value.facts["count"]) == ("model_outputs", 2)
