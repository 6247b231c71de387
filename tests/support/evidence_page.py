"""The page with networks behind it that are known to look somewhere."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.evidence.collect import collect_evidence
from core.explain.explainer import Explainer
from core.images.decode import PREVIEW, read_photo
from core.models.card import Card, Input, write_card
from core.segmentation.rice_mask import Rice
from dashboard.components import photo_upload
from dashboard.work import model_pool, rice_masks
from tests.support.known_networks import DARK, GREEN, SIDE, explainer, known_baselines, photo, rice
from tests.support.page import drop, page, said

GRAINS = rice()
WHOLE = np.ones((SIDE, SIDE))
TABLE = WHOLE * ~GRAINS
MAGENTA = (160, 60, 160)


class CountedNetwork:
    """A network that counts what it is shown."""

    def __init__(self, where, **numbers) -> None:
        self.asked = explainer(where, **numbers)
        self.layers, self.head = self.asked.network.layers, self.asked.network.head
        self.shown, self.broken = 0, False

    def forward(self, inputs, layer, classes=None):
        self.shown += len(inputs)
        return self.asked.network.forward(inputs, layer, classes)

    def logits(self, inputs):
        if self.broken:
            raise RuntimeError("secret detail")
        self.shown += len(inputs)
        return self.asked.network.logits(inputs)

    @property
    def explainer(self) -> Explainer:
        return Explainer("looking", self.asked.card, self)


def png(of_rice=GREEN, of_background=DARK) -> bytes:
    file = BytesIO()
    Image.fromarray(photo(GRAINS, of_rice, of_background).rgb).save(file, "PNG")
    return file.getvalue()


def found_rice(rgb) -> Rice:
    """Sure of the grains, and less so of what is on the right."""
    likelihood = np.where(GRAINS, 0.9, 0.0).astype(np.float32)
    likelihood[:, -8:] = 0.3
    return Rice(likelihood, 0.9, "")


def write_model(folder: Path, name: str, cue: str = "") -> None:
    (folder / name).mkdir()
    proof = {"cue": cue, "photos": 300, "follows": 1.0, "stays": 1.0}
    measured = {"on": "test", "photos": 300, "accuracy": 1.0, "interval": [0.98, 1.0]}
    card = explainer(WHOLE).card
    write_card(
        Card(
            card.classes, Input(SIDE, SIDE, "0-1"), {"en": f"Model {name}", "ja": f"モデル{name}"},
            measured={**measured, "confusion": [[150, 0], [0, 150]]} if cue else {},
            planted=proof if cue else {},
        ),
        folder / name,
    )  # fmt: skip


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Puts networks behind the page, by the names of their models."""

    def behind(**networks: CountedNetwork) -> None:
        for name in networks:
            cue = {"a": "background", "b": "honest"}.get(name, "")
            write_model(tmp_path, name, cue)
        monkeypatch.setattr(
            model_pool, "open_explainer", lambda path, cache=None: networks[path.name].explainer
        )

    monkeypatch.setattr(sys, "argv", ["app.py", "--models", str(tmp_path)])
    monkeypatch.setattr(photo_upload, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(
        "core.evidence.baselines.compute_baselines",
        lambda asked: known_baselines(explainer(GRAINS)),
    )
    monkeypatch.setattr(rice_masks, "find_rice", found_rice)
    return behind


@pytest.fixture
def rice_network(serve) -> CountedNetwork:
    """One that looks at the grains alone."""
    network = CountedNetwork(GRAINS, threshold=0.2)
    serve(model=network)
    return network


def dropped(language="en", data=None) -> AppTest:
    at = drop(page(language), ("a.png", data or png()))
    assert not at.exception
    return at


def why(at: AppTest) -> AppTest:
    """Open the tests."""
    at.session_state["why"] = True
    at.run()
    assert not at.exception
    return at


def core_says(network: CountedNetwork, data: bytes, mask=GRAINS):
    """What core makes of a photo."""
    asked, one = network.asked, read_photo(data, longest=PREVIEW)
    (explanation,) = asked.explain([one])
    *_, last = collect_evidence(
        asked, one, explanation, mask, "green", known_baselines(explainer(GRAINS))
    )
    return explanation, last.evidence


def text(at: AppTest) -> str:
    return said(at).replace("\\", "")


def key_of(at: AppTest, kind: str, start: str):
    return next(each for each in getattr(at, kind) if str(each.key).startswith(start))
