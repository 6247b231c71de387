"""What every contender of one model is given: the same weights, the same photos, and the answers.

The answers are closed forms, from the activations and the last layer's weights alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.images.preprocess import normalize

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Job:
    """A folder that `write_job` wrote.

    Attributes:
        folder: Holds `weights.npz`, `photos.npy`, `expected.npz` and `job.json`.
    """

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """The model's folder, its number convention, and what the photos are."""
        return json.loads((self.folder / "job.json").read_text("utf-8"))

    @property
    def model(self) -> Path:
        """The model's folder."""
        return Path(self.about["model"])

    @property
    def values(self) -> str:
        """One of `preprocess.VALUES`."""
        return self.about["values"]

    @cached_property
    def photos(self) -> NDArray[np.uint8]:
        """uint8 [N, h, w, 3]."""
        return np.load(self.folder / "photos.npy")

    @cached_property
    def weights(self) -> dict[str, Array]:
        """Every weight of the model by "layer/name", in Keras's layout."""
        return dict(np.load(self.folder / "weights.npz"))

    @cached_property
    def expected(self) -> dict[str, Array]:
        """`logits` [N, C]; `maps` [N, C, h, w]; `article` [N, 1, h, w], what VizGradCAM draws."""
        return dict(np.load(self.folder / "expected.npz"))


def make_job(model: Path, folder: Path, count: int) -> Job:
    """A job of so many photos, by a process of its own: this one stays without TensorFlow."""
    command = [sys.executable, "-m", "tests.bench.job", model, folder, str(count)]
    subprocess.run(command, cwd=Path(__file__).resolve().parents[2], check=True)
    return Job(folder)


def write_job(model: Path, folder: Path, count: int) -> Job:
    """Open a model with Keras and write down all of it."""
    import keras

    from core.models.card import CARD_FILE, read_card
    from tests.bench.photos import at_input_size

    network, given = open_keras(model), read_card(model / CARD_FILE).input
    photos, words = at_input_size(count, given.size)
    layers = [network.get_layer(name).output for name in ("top_conv", "top_activation")]
    inputs = normalize(photos, given.values)
    before, activations = keras.Model(network.inputs, layers).predict(inputs, verbose=0)
    weights = weights_of(network)
    np.savez(folder / "weights.npz", **weights)
    np.save(folder / "photos.npy", photos)
    np.savez(folder / "expected.npz", **closed_forms(before, activations, weights))
    about = {"model": str(model), "values": given.values, "photos": words}
    (folder / "job.json").write_text(json.dumps(about), "utf-8")
    return Job(folder)


def open_keras(model: Path) -> Any:
    """The network in a model's folder, as Keras opens it."""
    import efficientnet.tfkeras  # noqa: F401  tells Keras of the package's own layers
    import keras

    return keras.saving.load_model(model / "model.keras", compile=False)


def weights_of(model: Any) -> dict[str, Array]:
    """Every weight of a Keras model by "layer/name"."""
    return {
        f"{layer.name}/{weight.name}": np.asarray(weight)
        for layer in model.layers
        for weight in layer.weights
    }


def closed_forms(before: Array, activations: Array, weights: dict[str, Array]) -> dict[str, Array]:
    """The answers, behind `top_conv`, batch norm, swish, average pooling and one dense layer.

    Args:
        before: float32 [N, h, w, K], what `top_conv` gives.
        activations: float32 [N, h, w, K], what `top_activation` gives.
        weights: As `weights_of`.

    Returns:
        `logits` and `maps`, of the logits at `top_activation`: Zhou et al. 2016, arXiv 1512.04150,
        equation 2, over the number of cells. `article`: of the predicted class's probability at
        `top_conv`, as VizGradCAM takes it, by the chain rule.
    """
    dense = weights["last_output/kernel"]  # [K, C]
    cells = activations.shape[1] * activations.shape[2]
    logits = activations.mean(axis=(1, 2)) @ dense + weights["last_output/bias"]
    maps = np.einsum("nhwk,kc->nchw", activations, dense) / cells
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = odds / odds.sum(axis=1, keepdims=True)
    best = scores.argmax(axis=1)
    # d p_c / d y_j = p_c (1[c = j] - p_j)
    towards = scores.max(axis=1)[:, None] * (np.eye(scores.shape[1])[best] - scores)
    scale = weights["top_bn/gamma"] / np.sqrt(weights["top_bn/moving_variance"] + 1e-3)
    normed = (before - weights["top_bn/moving_mean"]) * scale + weights["top_bn/beta"]
    gate = 1 / (1 + np.exp(-normed))
    slope = gate * (1 + normed * (1 - gate)) * scale  # of swish after the batch norm
    importance = (towards @ dense.T / cells) * slope.mean(axis=(1, 2))
    article = np.einsum("nk,nhwk->nhw", importance, before)[:, None]
    found = {"logits": logits, "maps": maps, "article": article}
    return {name: values.astype(np.float32) for name, values in found.items()}


if __name__ == "__main__":
    write_job(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
