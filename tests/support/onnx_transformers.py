"""Tiny transformers as torch's exporters write them, for `onnx_files.classifier`."""

from __future__ import annotations

from functools import partial

import numpy as np

from tests.support.onnx_files import CLASSES, SIDE

PATCH, WIDTH = 8, 12
CELLS = SIDE // PATCH
TOKENS = CELLS**2


def patches(write, width=WIDTH, patch=PATCH):
    """The patch embedding, [N, K, h, w]."""
    kernel = write.weight(width, 3, patch, patch, scale=0.1)
    return write("Conv", "input", kernel, write.weight(width), strides=[patch] * 2, name="/patch")


def convolved(write):
    """The patches as tokens, [N, T, K]."""
    x = write("Reshape", patches(write), write.store(np.array([0, WIDTH, -1])))
    return write("Transpose", x, perm=[0, 2, 1])


def cut_out(write):
    """As `convolved`, without a convolution."""
    shape = write.store(np.array([0, 3, CELLS, PATCH, CELLS, PATCH]))
    x = write("Transpose", write("Reshape", "input", shape), perm=[0, 2, 4, 1, 3, 5])
    x = write("Reshape", x, write.store(np.array([0, TOKENS, -1])))
    return write("MatMul", x, write.weight(3 * PATCH**2, WIDTH, scale=0.1))


def tokens(write, before=1, order=None, embed=convolved):
    """[N, T, K] with a class token and registers before the patches, and positions."""
    x = embed(write)
    if order is not None:
        x = write("Gather", x, write.store(np.array(order)), axis=1)
    if before:
        count = write("Slice", write("Shape", x), *map(write.store, np.array([[0], [1]])))
        shape = write("Concat", count, write.store(np.array([before, WIDTH])), axis=0)
        own = write("Expand", write.weight(1, before, WIDTH), shape)
        x = write("Concat", own, x, axis=1)
    return write("Add", x, write.weight(1, before + TOKENS, WIDTH), name="/embed/Add")


def norm(write, x, name, whole=True):
    scale, shift = write.weight(WIDTH, scale=1), write.weight(WIDTH)
    if whole:
        return write("LayerNormalization", x, scale, shift, name=f"{name}/LayerNormalization")
    apart = write("Sub", x, write("ReduceMean", x, axes=[-1]))
    square = write("Pow", apart, write.store(np.float32(2)))
    variance = write("Add", write("ReduceMean", square, axes=[-1]), write.store(np.float32(1e-5)))
    x = write("Mul", write("Div", apart, write("Sqrt", variance)), scale)
    return write("Add", x, shift, name=f"{name}/Add")


def attention(write, x):
    """One head; queries, keys and values lie on the first axis, as torch cuts them apart."""
    x = write("Add", write("MatMul", x, write.weight(WIDTH, 3 * WIDTH)), write.weight(3 * WIDTH))
    shape = write.store(np.array([0, 0, 3, WIDTH]))
    x = write("Transpose", write("Reshape", x, shape), perm=[2, 0, 1, 3])
    first = write.store(np.array([0]))
    q, k, v = (
        write("Squeeze", write("Slice", x, *map(write.store, ends), first), first)
        for ends in np.array([[[0], [1]], [[1], [2]], [[2], [3]]])
    )
    scores = write("MatMul", q, write("Transpose", k, perm=[0, 2, 1]))
    scores = write("Mul", scores, write.store(np.float32(WIDTH**-0.5)))
    mixed = write("MatMul", write("Softmax", scores, axis=-1), v)
    return write("MatMul", mixed, write.weight(WIDTH, WIDTH, scale=0.1))


def block(write, x, name, whole=True, attend=attention):
    x = write("Add", x, attend(write, norm(write, x, f"{name}/norm1", whole)), name=f"{name}/Add")
    inner = norm(write, x, f"{name}/norm2", whole)
    inner = write("Relu", write("MatMul", inner, write.weight(WIDTH, 2 * WIDTH)))
    inner = write("MatMul", inner, write.weight(2 * WIDTH, WIDTH))
    return write("Add", x, inner, name=f"{name}/Add_1")


def vit(write, before=1, pooled=False, order=None, whole=True, embed=convolved):
    """Two blocks that end in a class token or, without a norm, in the mean of the patches."""
    x = tokens(write, before, order, embed)
    for number in range(2):
        x = block(write, x, f"/blocks.{number}", whole)
    if pooled:
        ends = map(write.store, np.array([[before], [2**31], [1]]))
        x = write("ReduceMean", write("Slice", x, *ends), axes=[1], keepdims=0)
    else:
        x = norm(write, x, "/norm", whole)
        x = write("Gather", x, write.store(np.array(0)), axis=1)
    return write("Gemm", x, write.weight(CLASSES, WIDTH), write.weight(CLASSES), transB=1)


def windowed(write, x):
    """Attention inside windows of 4 x 4 cells of [N, 8, 8, K]."""
    x = write("Reshape", x, write.store(np.array([-1, 2, 4, 2, 4, WIDTH])))
    x = write("Transpose", x, perm=[0, 1, 3, 2, 4, 5])
    x = attention(write, write("Reshape", x, write.store(np.array([-1, 16, WIDTH]))))
    x = write("Reshape", x, write.store(np.array([-1, 2, 2, 4, 4, WIDTH])))
    x = write("Transpose", x, perm=[0, 1, 3, 2, 4, 5])
    return write("Reshape", x, write.store(np.array([-1, 8, 8, WIDTH])))


def swin(write):
    """Windows, then four cells put together and attention among all of them."""
    x = write("Transpose", patches(write, patch=4), perm=[0, 2, 3, 1])
    x = block(write, x, "/stage.0", attend=windowed)
    x = write("Reshape", x, write.store(np.array([-1, 4, 2, 4, 2, WIDTH])))
    x = write("Transpose", x, perm=[0, 1, 3, 2, 4, 5])
    x = write("Reshape", x, write.store(np.array([-1, TOKENS, 4 * WIDTH])))
    x = block(write, write("MatMul", x, write.weight(4 * WIDTH, WIDTH)), "/stage.1")
    x = write("ReduceMean", norm(write, x, "/norm"), axes=[1], keepdims=0)
    return write("Gemm", x, write.weight(CLASSES, WIDTH), transB=1)


def vit_with(**options):
    """A `vit` for `onnx_files.classifier`."""
    return partial(vit, **options)
