"""Where cells lie, by the law of each operation; and what proves nothing."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow
SIDE = 32


def layout(make):
    """(first, step, cells) of the rows behind operations on photos; None if nothing is proven."""
    import tensorflow as tf

    from core.models.tensorflow.grid_layout import layout_of_photos, prove_layouts

    with tf.Graph().as_default() as graph:
        photos = tf.compat.v1.placeholder(tf.float32, [None, SIDE, SIDE, 4])
        found = make(tf, photos)
        operations = graph.get_operations()
        moving = {photos.op}
        for op in operations:
            if moving & {each.op for each in op.inputs}:
                moving.add(op)
        known = prove_layouts(operations, moving, {photos.op: layout_of_photos(photos)})
    axes = known.get(found.op)
    return axes and (axes[0].first, axes[0].step, axes[0].cells)


def kernel(*shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda tf, x: tf.nn.conv2d(x, kernel(5, 5, 4, 2), 1, "VALID"), (2.5, 1, 28)),
        (lambda tf, x: tf.nn.conv2d(x, kernel(3, 3, 4, 2), 2, "SAME"), (1.5, 2, 16)),
        (lambda tf, x: tf.nn.conv2d(x, kernel(3, 3, 4, 2), 2, [[0, 0], [1, 1], [1, 1], [0, 0]]),
         (0.5, 2, 16)),
        (lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"), (1, 2, 16)),
        (lambda tf, x: tf.nn.conv2d(x, kernel(3, 3, 4, 2), 1, "VALID", dilations=2),
         (2.5, 1, 28)),
        (lambda tf, x: tf.pad(x, [[0, 0], [3, 1], [3, 1], [0, 0]]), (-2.5, 1, 36)),
        (lambda tf, x: x[:, 4:20:2, 4:20:2], (4.5, 2, 8)),
        (lambda tf, x: tf.slice(x, [0, 4, 0, 0], [-1, 8, 32, 4]), (4.5, 1, 8)),
        (lambda tf, x: tf.nn.space_to_depth(x, 4), (2, 4, 8)),
        (lambda tf, x: tf.nn.depth_to_space(x, 2), (0.25, 0.5, 64)),
        (lambda tf, x: tf.image.resize(x, (8, 8)), (2, 4, 8)),
        (lambda tf, x: tf.image.extract_patches(x, [1, 4, 4, 1], [1, 4, 4, 1], [1] * 4, "VALID"),
         (2, 4, 8)),
        (lambda tf, x: tf.nn.conv2d_transpose(
            x, kernel(2, 2, 1, 4), [1, 64, 64, 1], 2, "SAME"), (0.25, 0.5, 64)),
        (lambda tf, x: tf.nn.relu(x) * tf.reduce_mean(x, [1, 2], keepdims=True), (0.5, 1, 32)),
        (lambda tf, x: x - tf.reduce_max(x, 3, keepdims=True), (0.5, 1, 32)),
        (lambda tf, x: tf.concat([x, -x], 3), (0.5, 1, 32)),
        (lambda tf, x: tf.linalg.matmul(x, kernel(4, 3)), (0.5, 1, 32)),
    ],
)  # fmt: skip
def test_every_operation_moves_cells_by_its_law(make, expected):
    assert layout(make) == pytest.approx(expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda tf, x: x[:, ::-1],
        lambda tf, x: tf.reverse(x, [1]),
        lambda tf, x: tf.transpose(x, [0, 2, 1, 3]),
        lambda tf, x: tf.reshape(x, [-1, 64, 16, 4]),
        lambda tf, x: tf.roll(x, 4, 1),
        lambda tf, x: tf.concat([x, x], 1)[:, :32],
        lambda tf, x: x + tf.reverse(x, [1]),
        lambda tf, x: x + tf.reduce_mean(x, 1, keepdims=True),
        lambda tf, x: tf.nn.softmax(tf.linalg.matmul(x, x, transpose_b=True)),
        lambda tf, x: tf.linalg.matmul(x, kernel(32, 3), transpose_a=True),
        lambda tf, x: tf.linalg.matmul(kernel(1, 32, 32, 32), x),
        lambda tf, x: tf.pad(x, [[0, 0], [8, 0], [0, 0], [0, 0]])[:, :32] + x,
    ],
)
def test_nothing_else_proves_anything(make):
    assert layout(make) is None
