"""Whether a tensor responds where the photo changes, found out by trying."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    ("make", "in_place"),
    [
        (lambda tf, x: tf.reshape(tf.reshape(x, [-1, 128, 2]), [-1, 8, 16, 2]), True),
        (lambda tf, x: tf.repeat(tf.repeat(x, 2, 1), 2, 2), True),
        (lambda tf, x: tf.reverse(x, [1]), False),
        (lambda tf, x: tf.reverse(x, [2]), False),
        (lambda tf, x: tf.roll(x, 1, 2), False),
        (lambda tf, x: tf.reshape(x, [-1, 16, 8, 2]), False),
        (lambda tf, x: tf.transpose(x, [0, 3, 2, 1]), False),
        (lambda tf, x: tf.reduce_mean(x, [1, 2], keepdims=True) + tf.zeros_like(x), False),
        (lambda tf, x: 0 * x, False),
    ],
)
def test_only_what_changes_in_place_is_a_grid(make, in_place):
    import tensorflow as tf

    from core.models.tensorflow.grid_layout import layout_of_photos
    from core.models.tensorflow.grid_probe import responds_in_place

    with tf.Graph().as_default():
        photos = tf.compat.v1.placeholder(tf.float32, [None, 8, 16, 2])
        known = tf.nn.relu(photos)
        found = make(tf, known)
        layout = layout_of_photos(photos)
        cells = tuple(
            axis.divided(int(count)) for axis, count in zip(layout, found.shape[1:3], strict=True)
        )
        assert responds_in_place(photos, known, layout, found, cells) is in_place


def test_a_number_that_the_network_takes_is_found():
    """Photos of small numbers pass nothing of a network that starts at a threshold of 60."""
    import tensorflow as tf

    from core.models.tensorflow.grid_layout import layout_of_photos
    from core.models.tensorflow.grid_probe import responds_in_place

    with tf.Graph().as_default():
        photos = tf.compat.v1.placeholder(tf.float32, [None, 8, 8, 3])
        layout = layout_of_photos(photos)
        bright = tf.nn.relu(photos - 60)
        assert responds_in_place(photos, photos, layout, bright, layout)
