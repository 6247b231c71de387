"""A tensordot of the last axis and a matrix becomes one product; others stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow
SIDE, CHANNELS = 4, 3
MATRIX = np.random.default_rng(0).normal(size=(CHANNELS, CHANNELS)).astype(np.float32)


def simplified(make):
    """The operations behind a placeholder once simplified, what comes out, and what did before."""
    import tensorflow as tf

    from core.models.tensorflow.tensordot import simplify_tensordots

    x = np.random.default_rng(1).normal(size=(2, SIDE, SIDE, CHANNELS)).astype(np.float32)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        photos = tf.compat.v1.placeholder(tf.float32, [None, SIDE, SIDE, CHANNELS], name="photos")
        before = make(tf, photos)
        expected = session.run(before, {photos: x})
    with tf.Graph().as_default() as changed, tf.compat.v1.Session(graph=changed) as session:
        (after,) = tf.graph_util.import_graph_def(
            simplify_tensordots(graph.as_graph_def()), return_elements=[before.name], name=""
        )
        return after, session.run(after, {"photos:0": x}), expected


@pytest.mark.parametrize(("matrix", "axis"), [(MATRIX[:, :2], 0), (MATRIX[:2], 1)])
def test_the_last_axis_times_a_matrix_is_one_product_of_known_shape(matrix, axis):
    after, ours, expected = simplified(lambda tf, x: tf.tensordot(x, matrix, [[3], [axis]]))
    assert (after.op.type, after.op.inputs[0].op.type) == ("BatchMatMulV2", "Placeholder")
    assert after.shape.as_list() == [None, SIDE, SIDE, 2]
    assert ours == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("number", [2, 3])
def test_both_keras_libraries_write_dense_layers_so(number):
    import tensorflow as tf

    from core.models.tensorflow.constants import freeze_variables
    from tests.support.tiny_networks import generation

    layer = generation(number).layers.Dense(2, use_bias=False)
    spec = tf.TensorSpec([None, SIDE, SIDE, CHANNELS], tf.float32)
    definition, _, (output,), _ = freeze_variables(tf.function(layer).get_concrete_function(spec))
    nodes = {node.name: node for node in definition.node}
    end = nodes[output.split(":")[0]]
    while end.op == "Identity":
        end = nodes[end.input[0]]
    assert end.op == "BatchMatMulV2"


@pytest.mark.parametrize(
    "make",
    [
        lambda tf, x: tf.tensordot(x, np.ones((SIDE, 2), np.float32), [[1], [0]]),
        lambda tf, x: tf.tensordot(x, np.ones((SIDE, CHANNELS, 2), np.float32), [[2, 3], [0, 1]]),
        lambda tf, x: tf.reshape(
            tf.linalg.matmul(tf.reshape(x, [-1, CHANNELS]), MATRIX), tf.shape(x)
        ),
    ],
)
def test_other_products_stay_as_they_are(make):
    after, ours, expected = simplified(make)
    assert after.op.type != "BatchMatMulV2"
    assert ours == pytest.approx(expected, abs=1e-6)
