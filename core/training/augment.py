"""Augmentation of training photos: position, rotation, scale, and colour of the light.

One affine resampling a photo, finer than the model's input and averaged down, so that fine grain
texture looks as it does in a photo that is only shrunk; Keras' own layers would blur it once for
each of rotation, zoom and shift.
"""

from __future__ import annotations

import math
from typing import Any

_MARGIN = 4
_MOST = 560  # pixels; photos are kept no larger than this, so that hundreds fit into memory
_SUPERSAMPLING = 2
_ZOOM = (0.9, 1.25)
_SHIFT = 0.12  # of the side
_TILT = math.radians(12)  # beside whole quarter turns
_EXPOSURE = (0.6, 1.4)
_GAMMA = (0.8, 1.25)
_TINT = 0.08  # deviation of each channel's gain, in log
_GREY = 0.1  # share of photos without colour
_NOISE = 2.0  # grey levels, at most


def source_side(size: int) -> int:
    """How large photos are kept for augmentation, so that zooming in shows real detail.

    Example:
        >>> source_side(64), source_side(224)
        (256, 560)
    """
    return max(size, min(_MARGIN * size, _MOST))


def augment(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """Vary a batch of photos.

    Args:
        pixels: uint8 [N, H, W, 3].
        size: (height, width) of the result.
        seed: int32 [2]; the same seed gives the same result.

    Returns:
        float32 [N, height, width, 3], 0 to 255.
    """
    import tensorflow as tf

    seeds = tf.unstack(tf.random.split(seed, 3), num=3)
    fine = (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    moved = _move(tf.cast(pixels, tf.float32), fine, seeds[0])
    moved = tf.nn.avg_pool2d(moved, _SUPERSAMPLING, _SUPERSAMPLING, "VALID")
    lit = _relight(moved, seeds[1])
    count = tf.shape(lit)[0]
    strength = tf.random.stateless_uniform([count, 1, 1, 1], seeds[2], 0, _NOISE)
    noise = tf.random.stateless_normal(tf.shape(lit), seeds[2])
    return tf.clip_by_value(lit + strength * noise, 0, 255)


def _move(pixels: Any, size: tuple[int, int], seed: Any) -> Any:
    """Turn by quarters and a little more, mirror, zoom, shift; beyond the edge it is mirrored."""
    import tensorflow as tf

    count = tf.shape(pixels)[0]
    height, width = pixels.shape[1], pixels.shape[2]
    seeds = tf.unstack(tf.random.split(seed, 5), num=5)
    turns = tf.random.stateless_uniform([count], seeds[0], 0, 4, tf.int32)
    tilt = tf.random.stateless_uniform([count], seeds[1], -_TILT, _TILT)
    angle = math.pi / 2 * tf.cast(turns, tf.float32) + tilt
    low, high = (math.log(bound) for bound in _ZOOM)
    zoom = tf.exp(tf.random.stateless_uniform([count], seeds[2], low, high))
    mirror = tf.sign(tf.random.stateless_uniform([count], seeds[3], -1, 1))
    shift = tf.random.stateless_uniform([count, 2], seeds[4], -_SHIFT, _SHIFT)
    # From a point of the result, seen from its centre, to the point of the photo it shows.
    scale_y, scale_x = height / size[0] / zoom, width / size[1] / zoom
    cos, sin = tf.cos(angle), tf.sin(angle)
    a, b = mirror * cos * scale_x, -mirror * sin * scale_x
    c, d = sin * scale_y, cos * scale_y
    centre_y, centre_x = (size[0] - 1) / 2, (size[1] - 1) / 2
    right = (width - 1) / 2 + shift[:, 0] * width - a * centre_x - b * centre_y
    down = (height - 1) / 2 + shift[:, 1] * height - c * centre_x - d * centre_y
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pixels,
        transforms=tf.stack([a, b, right, c, d, down, zero, zero], axis=1),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _relight(pixels: Any, seed: Any) -> Any:
    import tensorflow as tf

    count = tf.shape(pixels)[0]
    seeds = tf.unstack(tf.random.split(seed, 4), num=4)
    low, high = (math.log(bound) for bound in _EXPOSURE)
    exposure = tf.exp(tf.random.stateless_uniform([count, 1, 1, 1], seeds[0], low, high))
    tint = tf.exp(tf.random.stateless_normal([count, 1, 1, 3], seeds[1], 0, _TINT))
    gamma = tf.random.stateless_uniform([count, 1, 1, 1], seeds[2], *_GAMMA)
    grey = tf.random.stateless_uniform([count, 1, 1, 1], seeds[3]) < _GREY
    colour = tf.where(grey, tf.reduce_mean(pixels, axis=-1, keepdims=True), pixels)
    return 255 * tf.clip_by_value(colour / 255 * exposure * tint, 1e-4, 1) ** gamma
