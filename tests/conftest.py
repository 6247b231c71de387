"""What several test modules share: the real photos, and small models made once."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share the cores
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"

# As `streamlit run` leaves it. Otherwise `AppTest` adds the folder for each run and takes it away
# after it, and a thread that walks the path at that moment misses an entry.
sys.path.append(str(ROOT / "dashboard"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hand out whole files, first those that need TensorFlow, which both workers then import.

    What takes longest begins first, so that no worker waits for another in the end.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: (not item.get_closest_marker("tensorflow"), "unit" in item.nodeid))


@pytest.fixture(scope="session")
def real_photos() -> Path:
    """The folder of real rice photos, which the project does not carry."""
    if not DATA.is_dir():
        pytest.skip("the real rice photos (../shared/data) are not on this machine")
    return DATA


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Makes a small model of a kind of `model_kinds` or `rejected_models`, once for all tests."""
    from tests.support.model_kinds import KINDS
    from tests.support.rejected_models import REFUSED

    @cache
    def make(kind: str) -> Path:
        return (KINDS | REFUSED)[kind](tmp_path_factory.mktemp(kind))

    return make


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory):
    """The article's classifier, thinned, with random weights and three classes, from disk."""
    from tests.support.tiny_networks import make_thin

    with pytest.MonkeyPatch.context() as monkeypatch:
        make_thin(monkeypatch)
        return _article(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def article_model(tmp_path_factory: pytest.TempPathFactory):
    """The same as `small_model`, as large as in the article."""
    return _article(tmp_path_factory.mktemp("models") / "article")


@pytest.fixture
def thin_efficientnet(monkeypatch: pytest.MonkeyPatch):
    """EfficientNetB0 and B1 are thin while a test runs."""
    from tests.support.tiny_networks import make_thin

    make_thin(monkeypatch)


def _article(folder: Path):
    import keras

    from core.models.card import Card, Input, class_names
    from core.models.registry import open_model, save_model
    from core.models.tensorflow.efficientnet import build_classifier

    keras.utils.set_random_seed(1)
    names = class_names(["Basmati", "IR64", "Ketan"], {"Ketan": {"ja": "もち米"}})
    save_model(_awake(build_classifier()), Card(names, Input(64, 64)), folder)
    return open_model(folder)


def _awake(model):
    """Random weights give nearly the same logits for any photo; larger ones in the last layer do
    not, so that classes and maps differ."""
    import numpy as np

    last = model.get_layer("last_output")
    kernel, bias = last.get_weights()
    rng = np.random.default_rng(3)
    last.set_weights([rng.normal(0, 0.3, kernel.shape).astype("float32"), bias])
    return model


@pytest.fixture(scope="session")
def explainer(small_model):
    """An explainer on the small model, at its default layer."""
    from core.explain.open_explainer import tensorflow_explainer

    return tensorflow_explainer(small_model)
