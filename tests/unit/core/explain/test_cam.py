"""The formulas: by hand, against the papers' sums written out in loops, and by their symmetries."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from core.explain.cam import (
    CLASS_AGNOSTIC,
    METHODS,
    SAME_BEHIND_POOLING,
    combine,
    eigen_cam,
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
    xgrad_cam,
)
from core.explain.score_gradients import contrastive, counterfactual
from core.models.network import softmax

LINEAR = ("grad-cam", "hires-cam", "xgrad-cam")  # in the gradients
BOTH = pytest.mark.parametrize("relu", [True, False], ids=["relu", "swish"])
SEEDS = pytest.mark.parametrize("seed", range(3))
ALL = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def some(seed, relu=True, photos=2, classes=3, rows=3, columns=4, channels=5):
    rng = np.random.default_rng(seed)
    activations = rng.normal(size=(photos, rows, columns, channels)) * 2
    activations = np.maximum(activations, 0) if relu else activations / (1 + np.exp(-activations))
    gradients = rng.normal(size=(photos, classes, rows, columns, channels))
    return activations.astype(np.float32), gradients.astype(np.float32)


def pooled(seed, relu=True):
    """Gradients as global average pooling and a dense layer give them: a view of one cell's."""
    activations, gradients = some(seed, relu)
    return activations, np.broadcast_to(gradients[:, :, :1, :1], gradients.shape)


# The papers' sums, one photo and one class at a time; `a` and `g` are float64 [h, w, K].


def cells(a):
    return [(i, j) for i in range(a.shape[0]) for j in range(a.shape[1])]


def weighted(a, weights):
    out = np.zeros(a.shape[:2])
    for i, j in cells(a):
        for k in range(a.shape[2]):
            out[i, j] += weights[k] * a[i, j, k]
    return out


def slow_grad_cam(a, g):
    return weighted(
        a, [sum(g[i, j, k] for i, j in cells(a)) / len(cells(a)) for k in range(a.shape[2])]
    )


def slow_grad_cam_plus_plus(a, g):
    weights = []
    for k in range(a.shape[2]):
        total, weight = sum(a[i, j, k] for i, j in cells(a)), 0.0
        for i, j in cells(a):
            alpha = g[i, j, k] ** 2 / (2 * g[i, j, k] ** 2 + total * g[i, j, k] ** 3)
            weight += alpha * max(g[i, j, k], 0)
        weights.append(weight)
    return weighted(a, weights)


def slow_hires_cam(a, g):
    out = np.zeros(a.shape[:2])
    for i, j in cells(a):
        out[i, j] = sum(g[i, j, k] * a[i, j, k] for k in range(a.shape[2]))
    return out


def slow_xgrad_cam(a, g):
    weights = []
    for k in range(a.shape[2]):
        total = sum(a[i, j, k] for i, j in cells(a))
        weights.append(sum(a[i, j, k] / total * g[i, j, k] for i, j in cells(a)))
    return weighted(a, weights)


def slow_layer_cam(a, g):
    out = np.zeros(a.shape[:2])
    for i, j in cells(a):
        out[i, j] = sum(max(g[i, j, k], 0) * a[i, j, k] for k in range(a.shape[2]))
    return out


def slow_eigen_cam(a, g):
    matrix = a.reshape(-1, a.shape[2])
    out = matrix @ np.linalg.svd(matrix)[2][0]
    return (out if out.sum() >= 0 else -out).reshape(a.shape[:2])


SLOW = {
    "grad-cam": slow_grad_cam,
    "grad-cam++": slow_grad_cam_plus_plus,
    "hires-cam": slow_hires_cam,
    "xgrad-cam": slow_xgrad_cam,
    "layer-cam": slow_layer_cam,
    "eigen-cam": slow_eigen_cam,
}


@ALL
@BOTH
@SEEDS
def test_a_method_is_its_papers_sum(method, relu, seed):
    activations, gradients = some(seed, relu)
    maps = METHODS[method](activations, gradients)
    assert maps.dtype == np.float32
    slow = [
        [SLOW[method](a.astype(float), g.astype(float)) for g in photo]
        for a, photo in zip(activations, gradients, strict=True)
    ]
    assert maps == pytest.approx(np.array(slow), rel=1e-3, abs=1e-4 * np.abs(slow).max())


@ALL
@BOTH
@SEEDS
def test_a_view_of_one_cell_gives_what_its_copy_gives_and_is_left_alone(method, relu, seed):
    activations, view = pooled(seed, relu)
    activations.flags.writeable = False
    before = view.copy()
    maps = METHODS[method](activations, view)
    assert maps == pytest.approx(METHODS[method](activations, before), rel=1e-4, abs=1e-4)
    assert (view == before).all()
    assert maps.dtype == np.float32


@ALL
def test_nothing_gives_nothing(method):
    activations, gradients = some(0)
    for a, g in (
        (np.zeros_like(activations), gradients),
        (np.zeros_like(activations), np.zeros_like(gradients)),
    ):
        maps = METHODS[method](a, g)
        assert maps.shape == (2, 3, 3, 4)
        assert not maps.any()
    if method not in CLASS_AGNOSTIC:
        assert not METHODS[method](activations, np.zeros_like(gradients)).any()


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("grad-cam", 5), ("hires-cam", 5), ("xgrad-cam", 5), ("layer-cam", 5),
        ("grad-cam++", 5 * 4 / (2 + 4)),  # 5 channels, weight 4 cells x 1 / (2 + 4)
        ("eigen-cam", 5**0.5),  # projected on (1, 1, 1, 1, 1) / sqrt(5)
    ],
)  # fmt: skip
def test_ones_give_the_same_everywhere(method, value):
    ones = np.ones((1, 2, 2, 5), np.float32)
    maps = METHODS[method](ones, np.ones((1, 3, 2, 2, 5), np.float32))
    assert maps == pytest.approx(np.full((1, 3, 2, 2), value), rel=1e-5)


@ALL
@BOTH
@SEEDS
def test_classes_in_another_order_give_maps_in_that_order(method, relu, seed):
    activations, gradients = some(seed, relu)
    maps = METHODS[method](activations, gradients)
    turned = METHODS[method](activations, gradients[:, [2, 0, 1]])
    assert turned == pytest.approx(maps[:, [2, 0, 1]], rel=1e-4, abs=1e-4)


@ALL
@BOTH
@SEEDS
def test_a_flipped_photo_gives_flipped_maps(method, relu, seed):
    activations, gradients = some(seed, relu)
    maps = METHODS[method](activations, gradients)
    for axis in (1, 2):
        flipped = METHODS[method](np.flip(activations, axis), np.flip(gradients, axis + 1))
        assert flipped == pytest.approx(np.flip(maps, axis + 1), rel=1e-3, abs=1e-3)


@ALL
@BOTH
def test_photos_do_not_see_each_other(method, relu):
    activations, gradients = some(1, relu)
    alone = METHODS[method](activations[1:], gradients[1:])
    assert alone == pytest.approx(METHODS[method](activations, gradients)[1:], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("method", LINEAR)
@BOTH
@SEEDS
def test_linear_methods_are_linear_in_the_gradients(method, relu, seed):
    activations, one = some(seed, relu)
    other = some(seed + 100)[1]
    both = METHODS[method](activations, 2 * one - 3 * other)
    parts = 2 * METHODS[method](activations, one) - 3 * METHODS[method](activations, other)
    assert both == pytest.approx(parts, rel=1e-3, abs=1e-3)


@BOTH
@SEEDS
def test_pooling_makes_three_methods_one_and_leaves_the_others_apart(relu, seed):
    activations, view = pooled(seed, relu)
    for gradients in (view, view.copy(), contrastive(view, 1), counterfactual(view)):
        classic = np.einsum("nck,nhwk->nchw", gradients[:, :, 0, 0], activations)
        maps = {name: method(activations, gradients) for name, method in METHODS.items()}
        for name, same in SAME_BEHIND_POOLING.items():
            assert maps[name] == pytest.approx(maps[same], rel=1e-4, abs=1e-4), name
            assert maps[name] == pytest.approx(classic, rel=1e-4, abs=1e-4), name
        different = [name for name in METHODS if name not in SAME_BEHIND_POOLING]
        for i, name in enumerate(different):
            for other in different[:i]:
                scaled = np.abs(maps[name] - maps[other]).max() / np.abs(maps[other]).max()
                assert scaled > 0.05, (name, other)


@BOTH
def test_without_pooling_no_two_methods_are_the_same(relu):
    maps = [method(*some(0, relu)) for method in METHODS.values()]
    for i, one in enumerate(maps):
        for other in maps[:i]:
            assert np.abs(one - other).max() > 0.05 * np.abs(other).max()


@pytest.mark.parametrize("rest", [0.0, 1e-6])
def test_xgrad_cam_stays_grad_cam_behind_pooling_where_a_channel_cancels(rest):
    activations = np.array([1, -1 + rest, 0.5, -0.5], np.float32).reshape(1, 2, 2, 1)
    gradients = np.full((1, 1, 2, 2, 1), 3, np.float32)
    assert xgrad_cam(activations, gradients) == pytest.approx(3 * activations[None, ..., 0])


def test_xgrad_cam_conserves():
    activations, gradients = some(4, relu=True)
    expected = np.einsum("nhwk,nchwk->nc", activations, gradients)
    maps = xgrad_cam(activations, gradients)
    assert maps.sum(axis=(2, 3)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_hires_cam_of_a_dense_layer_adds_up_to_the_logit():
    activations, gradients = some(5, relu=False)
    logits = np.einsum("nchwk,nhwk->nc", gradients, activations)
    maps = hires_cam(activations, gradients)
    assert maps.sum(axis=(2, 3)) == pytest.approx(logits, rel=1e-4, abs=1e-4)


def test_a_channel_counts_by_its_mean_gradient():
    activations = np.zeros((1, 2, 2, 2), np.float32)
    activations[0, 0, 0, 0] = 3  # channel 0 fires in the first cell
    activations[0, 1, 1, 1] = 5  # channel 1 in the last
    gradients = np.zeros((1, 1, 2, 2, 2), np.float32)
    gradients[0, 0, 0, 0, 0] = 4  # mean over four cells: 1
    gradients[0, 0, :, :, 1] = -2  # mean: -2
    assert grad_cam(activations, gradients)[0, 0].tolist() == [[3, 0], [0, -10]]
    assert hires_cam(activations, gradients)[0, 0].tolist() == [[12, 0], [0, -10]]
    assert layer_cam(activations, gradients)[0, 0].tolist() == [[12, 0], [0, 0]]
    assert xgrad_cam(activations, gradients)[0, 0].tolist() == [[12, 0], [0, -10]]
    # alpha 16 / (2 x 16 + 3 x 64) = 1/14, weight 4/14
    plus = grad_cam_plus_plus(activations, gradients)[0, 0]
    assert plus == pytest.approx(np.array([[12 / 14, 0], [0, 0]]))


def test_grad_cam_plus_plus_lives_through_tiny_gradients_and_a_pole():
    activations = np.array([1, 2], np.float32).reshape(1, 1, 2, 1)
    tiny = np.full((1, 1, 1, 2, 1), 1e-30, np.float32)  # its square is 0 in float32
    maps = grad_cam_plus_plus(activations, tiny)
    assert maps[0, 0, 0] == pytest.approx([1e-30, 2e-30], rel=1e-5)  # alpha is 1/2, twice
    below = -activations  # S = -3, and g = 2/3 makes 2 + S g zero
    pole = np.full((1, 1, 1, 2, 1), 2, np.float32) / np.float32(3)
    assert np.isfinite(grad_cam_plus_plus(below, pole)).all()


@BOTH
def test_eigen_cam_is_bright_towards_the_mean_and_the_same_each_time(relu):
    for shape in ({"rows": 2, "columns": 2}, {"rows": 6, "columns": 6}):  # fewer cells, and more
        activations, gradients = some(7, relu, **shape)
        maps = eigen_cam(activations, gradients)
        assert (maps == maps[:, :1]).all()
        assert (maps.sum(axis=(2, 3)) >= 0).all()
        assert (maps == eigen_cam(activations.copy(), gradients)).all()
        assert maps == pytest.approx(eigen_cam(activations, 0 * gradients))
        if relu:
            assert maps.min() >= -1e-5  # Perron and Frobenius


def test_eigen_cam_of_one_pattern_is_the_pattern():
    """Rank one: whatever is first must be the pattern itself, as long as the activations are."""
    pattern, channels = np.array([[0, 1], [2, 5]], np.float32), np.array([3, -4, 0], np.float32)
    activations = pattern[None, :, :, None] * channels
    maps = eigen_cam(activations, np.zeros((1, 2, 2, 2, 3), np.float32))
    assert maps == pytest.approx(np.broadcast_to(5 * pattern, (1, 2, 2, 2)), abs=1e-5)


@SEEDS
def test_rather_and_against_ask_linear_methods_for_differences(seed):
    activations, gradients = some(seed)
    for name, method in METHODS.items():
        maps = method(activations, gradients)
        contrast = method(activations, contrastive(gradients, 1))
        counter = method(activations, counterfactual(gradients))
        if name in LINEAR:
            assert contrast == pytest.approx(contrastive(maps, 1), rel=1e-3, abs=1e-4)
            assert counter == pytest.approx(-maps, rel=1e-4, abs=1e-4)
        elif name not in CLASS_AGNOSTIC:
            assert not contrast[:, 1].any()  # why B rather than B
            assert np.abs(contrast - contrastive(maps, 1)).max() > 0.1
            assert (counter >= 0).all()  # no gradient is lost, none is counted twice
            assert np.abs(counter + maps).max() > 0.1
    both = layer_cam(activations, gradients) - layer_cam(activations, counterfactual(gradients))
    assert both == pytest.approx(hires_cam(activations, gradients), rel=1e-3, abs=1e-4)


def test_combine_is_the_weighted_sum():
    activations, gradients = some(3)
    weights = gradients[:, :, 0, 0]
    maps = combine(weights, activations)
    assert maps == pytest.approx(np.einsum("nck,nhwk->nchw", weights, activations), abs=1e-5)
    assert maps.flags.c_contiguous


def test_softmax_does_not_overflow():
    scores = softmax(np.array([[1000.0, 999.0], [-1000.0, -1000.0]], np.float32))
    assert scores[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert scores[1].tolist() == [0.5, 0.5]
