"""Variables become constants: each stored once, calls written out, the same answers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.tiny_networks import generation, photos

pytestmark = pytest.mark.tensorflow


def frozen(function):
    """The graph of constants, and what it answers."""
    import tensorflow as tf

    from core.models.tensorflow.constants import freeze_variables

    definition, given, (output,), weights = freeze_variables(function)
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.graph_util.import_graph_def(definition, name="")
        answer = session.run(
            output, {given: photos(), **{f"{name}:0": each for name, each in weights.items()}}
        )
    return definition, answer


def traced(call):
    import tensorflow as tf

    spec = tf.TensorSpec([None, *photos().shape[1:]], tf.float32)
    return tf.function(call).get_concrete_function(spec)


def operations(definition):
    return {node.op for node in definition.node}


@pytest.mark.parametrize("number", [2, 3])
def test_grouped_convolutions_are_written_out_and_a_shared_kernel_is_stored_once(number):
    keras = generation(number)
    image = keras.Input(photos().shape[1:])
    layer = keras.layers.Conv2D(3, 3, padding="same", groups=3)
    scores = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(layer(layer(image))))
    model = keras.Model(image, scores)
    definition, answer = frozen(traced(lambda x: model(x, training=False)))
    assert answer == pytest.approx(np.asarray(model(photos())), abs=1e-5)
    assert not operations(definition) & {"PartitionedCall", "StatefulPartitionedCall"}
    shape = list(layer.get_weights()[0].shape)
    stored = [
        each
        for each in definition.node
        if each.op == "Const"
        and [side.size for side in each.attr["value"].tensor.tensor_shape.dim] == shape
    ]
    assert len(stored) == 1


def test_captured_numbers_are_constants_too():
    import tensorflow as tf

    mean = tf.constant([1.0, 2.0, 3.0])
    _, answer = frozen(traced(lambda x: tf.reduce_mean(x - mean, [1, 2])))
    assert answer == pytest.approx((photos() - mean.numpy()).mean(axis=(1, 2)), abs=1e-5)


def test_loops_that_read_variables_are_left_to_tensorflow():
    import tensorflow as tf

    factor = tf.Variable(2.0)

    def doubled(x):
        def again(step, y):
            return step + 1, y * factor

        return tf.while_loop(lambda step, _: step < 3, again, (tf.constant(0), x))[1]

    definition, answer = frozen(traced(doubled))
    assert answer == pytest.approx(8 * photos(), rel=1e-5)
    assert "ReadVariableOp" not in operations(definition)


def test_passes_fold_what_does_not_depend_on_the_photo():
    import tensorflow as tf

    from core.models.tensorflow.constants import rewrite

    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [2], "x")
        tf.identity(x * tf.sqrt(tf.constant([4.0, 9.0])), "y")
    folded = rewrite(graph.as_graph_def(), ["x:0", "y:0"], ["constfold"])
    assert "Sqrt" not in operations(folded)
