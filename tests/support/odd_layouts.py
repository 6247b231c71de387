"""Small networks whose grids lie as the photo does, or do not, or only in part.

`LAYOUTS` maps a name to what makes a Keras model of 32 x 32 pixels and three classes, and to what
is to be found of its layers: the one to begin with, and of those named which can be explained at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.tiny_networks import generation

SIDE = 32


def stem(image: Any) -> Any:
    """8 x 8 places, 16 channels; its last layer is "stem"."""
    layers, x = generation(3).layers, image
    for channels, name in ((8, "first"), (16, "stem")):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(name=name)(x)
    return x


def unpadded(layers: Any, image: Any) -> Any:
    """As Keras' convolutions are unless they are asked to pad: 32, 28, 14, 10, 5 cells."""
    x = layers.MaxPooling2D()(layers.Conv2D(8, 5, activation="relu")(image))
    return layers.MaxPooling2D(name="last")(layers.Conv2D(16, 5, activation="relu")(x))


def cropped(layers: Any, image: Any) -> Any:
    """The left half is cut off."""
    x = layers.Conv2D(8, 3, padding="same")(image)
    x = layers.Cropping2D(((0, 0), (16, 0)), name="cut")(x)
    return layers.Conv2D(8, 3, padding="same", name="last")(x)


def cropped_inside(layers: Any, image: Any) -> Any:
    return layers.Cropping2D(2, name="last")(stem(image))


def every_third(layers: Any, image: Any) -> Any:
    return layers.Conv2D(8, 1, strides=3, name="last")(stem(image))


def dilated(layers: Any, image: Any) -> Any:
    x = layers.Conv2D(16, 3, padding="same", dilation_rate=2, name="dilated")(stem(image))
    return layers.DepthwiseConv2D(3, padding="same", dilation_rate=2, name="last")(x)


def decoder(layers: Any, image: Any) -> Any:
    """Down and up again in three ways, with a short cut."""
    x = stem(image)
    y = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    y = layers.UpSampling2D(name="repeated")(y)
    x = layers.Concatenate(name="joined")([x, y])
    x = layers.UpSampling2D(interpolation="bilinear", name="interpolated")(x)
    return layers.Conv2DTranspose(8, 3, strides=2, padding="same", name="last")(x)


def channels_first(layers: Any, image: Any) -> Any:
    """Channels before rows and columns, and back again."""
    x = layers.Permute((3, 1, 2), name="turned")(stem(image))
    x = layers.Permute((2, 3, 1), name="back")(x)
    return layers.Conv2D(12, 3, padding="same", name="last")(x)


def transposed(layers: Any, image: Any) -> Any:
    """Rows for columns, as far as a picture is square."""
    return layers.Permute((2, 1, 3), name="last")(stem(image))


def flipped(layers: Any, image: Any) -> Any:
    x = layers.Lambda(lambda each: each[:, ::-1], name="upside_down")(stem(image))
    return layers.Conv2D(8, 3, padding="same", name="last")(x)


def pixel_shuffle(layers: Any, image: Any) -> Any:
    """Channels that become rows and columns, each where its cell was."""
    x = layers.Conv2D(16, 3, padding="same")(stem(image))
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((8, 8, 2, 2, 4))(x))
    return layers.Reshape((16, 16, 4), name="last")(x)


def misread(layers: Any, image: Any) -> Any:
    """The same numbers as of `pixel_shuffle`, read as if they lay in order."""
    x = layers.Conv2D(16, 3, padding="same", name="before")(stem(image))
    return layers.Reshape((16, 16, 4), name="last")(x)


def merged_patches(layers: Any, image: Any) -> Any:
    """Four cells become one, as in a Swin transformer."""
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((4, 2, 4, 2, 16))(stem(image)))
    return layers.Reshape((4, 4, 64), name="last")(x)


def windows(layers: Any, image: Any) -> Any:
    """Windows times the cells of each: a grid only by its shape."""
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((2, 4, 2, 4, 16))(stem(image)))
    return layers.Reshape((4, 16, 16), name="last")(x)


def tokens(layers: Any, image: Any) -> Any:
    """All places in a row."""
    x = layers.Reshape((1, 64, 16), name="row")(stem(image))
    return layers.Conv2D(8, (1, 3), padding="same", name="last")(x)


def mixed_tokens(layers: Any, image: Any) -> Any:
    """Every place becomes a mixture of all, as in an MLP mixer without its short cut."""
    x = layers.Permute((2, 1))(layers.Reshape((64, 16))(stem(image)))
    x = layers.Permute((2, 1))(layers.Dense(64)(x))
    return layers.Reshape((8, 8, 16), name="last")(x)


def heads(layers: Any, image: Any) -> Any:
    """Attention on tokens: places times heads has the shape of a grid."""
    x = layers.Reshape((64, 16))(stem(image))
    x = layers.Add()([x, layers.MultiHeadAttention(2, 8, name="attention")(x, x)])
    return layers.Reshape((1, 64, 16), name="last")(layers.LayerNormalization()(x))


def one_row(layers: Any, image: Any) -> Any:
    x = layers.AveragePooling2D((8, 1))(stem(image))
    return layers.Conv2D(8, (1, 3), padding="same", name="last")(x)


def gated(layers: Any, image: Any) -> Any:
    """Squeeze and excitation, a global context and a weight for each place."""
    x = stem(image)
    gate = layers.Dense(16, "sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply(name="excited")([x, layers.Reshape((1, 1, 16))(gate)])
    context = layers.Conv2D(16, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Add(name="in_context")([x, context])
    weight = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="weight")(x)
    return layers.Multiply(name="last")([x, weight])


def normalised(layers: Any, image: Any) -> Any:
    x = layers.LayerNormalization(name="over_channels")(stem(image))
    return layers.GroupNormalization(4, name="last")(x)


LAYOUTS: dict[str, tuple[Callable[[Any, Any], Any], str, str, str]] = {
    make.__name__: (make, first, offered, refused)
    for make, first, offered, refused in (
        (unpadded, "last", "", ""),
        (cropped, "last", "cut", ""),
        (cropped_inside, "last", "stem", ""),
        (every_third, "last", "stem", ""),
        (dilated, "last", "dilated", ""),
        (decoder, "last", "repeated joined interpolated", ""),
        (channels_first, "last", "back", "turned"),
        (transposed, "stem", "", "last"),
        (flipped, "stem", "", "upside_down last"),
        (pixel_shuffle, "last", "", ""),
        (misread, "before", "stem", "last"),
        (merged_patches, "last", "stem", ""),
        (windows, "stem", "", "last"),
        (tokens, "stem", "", "row last"),
        (mixed_tokens, "stem", "", "last"),
        (heads, "stem", "", "attention last"),
        (one_row, "last", "stem", ""),
        (gated, "last", "excited in_context weight", ""),
        (normalised, "last", "over_channels", ""),
    )
}
"""Name to (body, the layer to begin with, others that lie as the photo does, those that do not)."""


def model(body: Callable[[Any, Any], Any]) -> Any:
    """A classifier of three classes, with random weights."""
    keras = generation(3)
    keras.utils.set_random_seed(0)
    image = keras.Input((SIDE, SIDE, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(body(keras.layers, image))
    return keras.Model(image, keras.layers.Dense(3, "softmax")(pooled))


def attention_pooling() -> Any:
    """A weight for each place: the weights' layer "side" comes later than "features".

    A softmax over places takes no notice of a shift of them all, so Grad-CAM at "side" is zero.
    """
    keras = generation(3)
    keras.utils.set_random_seed(0)
    layers, image = keras.layers, keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(8, 3, padding="same", strides=2, activation="relu", name="features")(image)
    weight = layers.Softmax(axis=1)(layers.Reshape((256, 1))(layers.Conv2D(1, 1, name="side")(x)))
    pooled = layers.Flatten()(layers.Dot(axes=1)([weight, layers.Reshape((256, 8))(x)]))
    return keras.Model(image, layers.Dense(3, "softmax")(pooled))


def ensemble() -> Any:
    """The mean of two softmaxes."""
    keras = generation(3)
    keras.utils.set_random_seed(0)
    image = keras.Input((SIDE, SIDE, 3))
    members = []
    for name in ("one", "other"):
        x = keras.layers.Conv2D(8, 3, 2, "same", activation="relu", name=name)(image)
        x = keras.layers.GlobalAveragePooling2D()(x)
        members.append(keras.layers.Dense(3, "softmax")(x))
    return keras.Model(image, keras.layers.Average()(members))


def softmax_in_every_place() -> Any:
    """A softmax in every place, then their mean."""
    keras = generation(3)
    keras.utils.set_random_seed(0)
    image = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(3, 1, activation="softmax")(stem(image))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(x))


def averaging(made: Any) -> Any:
    """The same model with kernels that add up all they see alike, so that nothing is lopsided."""
    for variable in made.weights:
        shape = tuple(variable.shape)
        if len(shape) >= 2:
            variable.assign(np.full(shape, 1 / np.prod(shape[:-1]), np.float32))
    return made
