"""The page without a browser: a stand-in network behind it, photos dropped, what it says."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.explain.explainer import Explainer
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import PREVIEW, read_photo
from core.models.card import Card, Input, class_names, write_card
from core.models.network import ForwardPass, Layer, softmax
from core.segmentation.rice_mask import Rice
from dashboard.components import photo_upload
from dashboard.state import controls
from dashboard.state.session import DEFAULT_REQUEST, Entry
from dashboard.state.view_state import PhotoView
from dashboard.viewer.payload import unpack
from dashboard.work import evidence_runner, model_pool, review_job, rice_masks

ROOT = Path(__file__).resolve().parents[2]


class Network:
    """Answers at once, with numbers that jump about with the photo; counts what it is shown."""

    head = "softmax"
    layers = (
        Layer("early", "Activation", "", (4, 4), 6),
        Layer("article", "Conv2D", "", (2, 2), 6),
        Layer("last", "Activation", "", (2, 2), 6, linear=True, pooled=True),
    )

    def __init__(self, classes: int = 3) -> None:
        # With this seed the photos 1 to 3 are of different classes, and speak for and against each.
        weights = np.random.default_rng(16).normal(size=(classes, 6))
        self.weights = np.float32(weights - weights.mean(axis=1, keepdims=True))
        self.shown: list[str] = []  # the layer for each photo that it was shown
        self.chokes_on: np.ndarray | None = None
        self.delay = 0.0

    @property
    def calls(self) -> int:
        return len(self.shown)

    def forward(self, inputs, layer, classes=None) -> ForwardPass:
        self.shown += [layer.name] * len(inputs)
        time.sleep(self.delay * len(inputs))
        if self.chokes_on is not None and any((each == self.chokes_on).all() for each in inputs):
            raise RuntimeError("secret detail")
        logits, activations = self._logits(inputs), self._activations(inputs, layer.grid)
        gradients = self.weights[None, :, None, None]
        if not layer.pooled:
            gradients = gradients * activations[:, None]
        gradients = np.broadcast_to(gradients, (len(inputs), len(self.weights), *layer.grid, 6))
        return ForwardPass(logits, softmax(logits), activations, gradients)

    def single_threaded(self) -> Network:
        return self

    def logits(self, inputs) -> np.ndarray:
        self.shown += [""] * len(inputs)
        time.sleep(self.delay * len(inputs))
        return self._logits(inputs)

    def _logits(self, inputs) -> np.ndarray:
        return 3 * self._activations(inputs, (2, 2)).mean(axis=(1, 2)) @ self.weights.T

    def _activations(self, inputs, grid) -> np.ndarray:
        count, height, width, _ = inputs.shape
        blocks = inputs.reshape(count, grid[0], height // grid[0], grid[1], width // grid[1], 3)
        means = blocks.mean(axis=(2, 4, 5), dtype=np.float64)
        return (np.arange(1, 7) * 997 * means[..., None] % 1).astype(np.float32)


def explainer_of(network: Network, names: tuple[str, ...] = ("A", "B", "C")) -> Explainer:
    return Explainer("rice-64", Card(class_names(list(names)), Input(64, 64)), network)


def explained(
    network: Network, data: bytes, wanted: ExplainRequest = DEFAULT_REQUEST
) -> Explanation:
    """What the page should show of a photo."""
    counted = list(network.shown)
    (explanation,) = explainer_of(network).explain([read_photo(data, longest=PREVIEW)], wanted)
    network.shown = counted
    return explanation


def view_of(
    data: bytes, explanation: Explanation, target: str, name: str = "a.jpg", **how: object
) -> PhotoView:
    """A photo as the page shows it at first, or as `how` says."""
    card = explainer_of(Network()).card
    usual = {"request": DEFAULT_REQUEST, "blend": 0.5, "colors": "viridis"}
    return PhotoView(
        Entry(name, data), "key", card, target=target, explanation=explanation, **(usual | how)
    )


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_evidence: None) -> Network:
    """What runs behind the page, with one model installed and no samples."""
    install(tmp_path, "rice-64", "Sixty-four", "ロクヨン")
    network = Network()
    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path)])
    monkeypatch.setattr(photo_upload, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(
        model_pool, "open_explainer", lambda path, cache=None: explainer_of(network)
    )
    monkeypatch.setattr(review_job, "model_digest", lambda path: path.name)
    monkeypatch.setattr(rice_masks, "find_rice", no_rice)
    return network


@pytest.fixture
def without_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page asks for no evidence, for a test that is about something else."""
    monkeypatch.setattr(evidence_runner, "is_evidence_left", lambda session, requests: False)
    monkeypatch.setattr(evidence_runner, "run_evidence", lambda session, requests: None)


class State(dict):
    """A stand-in for `st.session_state`, whose keys are attributes, too."""

    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> State:
    """What the page's controls are set to, without a page."""
    controls_of = State()
    monkeypatch.setattr(streamlit, "session_state", controls_of)
    controls.init_defaults()
    return controls_of


def no_rice(rgb) -> Rice:
    return Rice(np.zeros(rgb.shape[:2], np.float32), 1.0, "no_rice")


def install(folder: Path, name: str, en: str, ja: str, names: tuple[str, ...] = ("A", "B", "C")):
    (folder / name).mkdir()
    translations = {names[0]: {"ja": "甲"}}
    card = Card(class_names(list(names), translations), Input(64, 64), {"en": en, "ja": ja})
    write_card(card, folder / name)


def page(language: str = "en", **state: object) -> AppTest:
    """The page after its first run, which finds this state of a visit."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    at.query_params["lang"] = language
    for key, value in state.items():
        at.session_state[key] = value
    return at.run()


def jpeg(seed: int, width: int = 60, height: int = 40) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def drop(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    photos = next(each for each in at.file_uploader if str(each.key).startswith("upload-"))
    photos.set_value([(name, data, "image/jpeg") for name, data in files])
    return at.run()


def bring(at: AppTest, name: str, data: bytes) -> AppTest:
    """Bring a model, where the operator allows it."""
    uploader = next(each for each in at.file_uploader if str(each.key).startswith("own-"))
    uploader.set_value([(name, data, "application/octet-stream")])
    at.run()
    assert not at.exception
    return at


def more(at: AppTest) -> AppTest:
    """Open what is seldom asked for."""
    at.session_state["more"] = True
    return at.run()


def said(at: AppTest) -> str:
    """All that stands on the page."""
    kinds = ("title", "header", "markdown", "caption", "text", "error", "info")
    said = [str(element.value) for kind in kinds for element in getattr(at, kind)]
    return "\n".join([*said, *viewer_words(at)])


def html(at: AppTest) -> str:
    """The styles and scripts that go to the browser."""
    return "\n".join(element.proto.body for element in at.get("html"))


def viewer_words(at: AppTest) -> list[str]:
    """What stands in the viewers, as plain text."""
    return [word for header, _ in viewers(at) for word in _words(header, at.session_state.target)]


def _words(header: dict[str, Any], target: str) -> Iterator[str]:
    panel = header["panel"]
    yield from panel["texts"].values()
    yield from (f"{bar['label']} {bar['score']}" for bar in panel.get("bars", ()))
    yield from (each["label"] for key in ("others", "targets") for each in panel.get(key, ()))
    yield from (header["scale"] or {}).values()
    for side in header["sides"]:
        yield from (side.get(key, "") for key in ("title", "answer", "problem", "caption"))
        drawn = side.get("maps", {}).get(target or side["usual"], {})
        yield from (drawn.get(key, "") for key in ("where", "nothing", "low", "high", "legend"))


def viewers(at: AppTest) -> list[tuple[dict[str, Any], list[bytes]]]:
    """What the page sends to its viewers, each: the header, and the parts."""
    drawn = [element.proto for element in at.get("bidi_component")]
    return [unpack(each.bytes) for each in drawn if each.component_name.endswith("viewer")]


def viewer(at: AppTest) -> tuple[dict[str, Any], list[bytes]]:
    """What the page sends to its viewer: the header, and the parts."""
    (only,) = viewers(at)
    return only


def shown(at: AppTest) -> dict[str, bytes]:
    """The viewer's pictures by their titles; equal pixels have equal bytes."""
    if not viewers(at):
        return {}
    header, parts = viewer(at)
    state, texts, (side,) = at.session_state, header["panel"]["texts"], header["sides"]
    drawn = side["maps"][state.target or side["usual"]]
    photo = parts[side["photo"]] + (parts[side["rice"]] if side["rice"] is not None else b"")
    pictures = {"original": photo}
    if not drawn["nothing"]:
        heat = parts[drawn["levels"]] + state.colors.encode()
        ends = {0: photo, 100: heat}
        pictures["heatmap"] = heat
        pictures["overlay"] = ends.get(state.blend, photo + heat + bytes([state.blend]))
    return {texts[f"picture.{which}"]: pixels for which, pixels in pictures.items()}


def tiles(at: AppTest) -> list[str]:
    return [button.label for button in at.button if str(button.key).startswith("select-")]


def choose(at: AppTest, key: str, value: object) -> AppTest:
    """Choose by a button, or in the viewer, which has no browser here."""
    if key in controls.DISPLAY:
        at.session_state[key] = value
        at.run()
    else:
        at.button_group(key=key).set_value(value).run()
    assert not at.exception
    return at
