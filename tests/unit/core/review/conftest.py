"""What the review's tests share: a shipped model, which opens at once, and a folder of photos."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.evidence.collect import FULL, VERDICT
from core.explain.open_explainer import model_digest, open_explainer
from core.images.encode import encode_png
from core.models.registry import find_model
from core.review.explain_files import ExplainSettings, explain_files
from core.review.pipeline import review
from core.review.worker import ReviewSettings
from tests.conftest import ROOT
from tests.support.photo_folders import write_photo

MODEL = "rice-64"


@pytest.fixture(scope="session")
def shipped():
    """The explainer of a shipped model."""
    return open_explainer(find_model(MODEL))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seventy photos: three chunks, two of one name, some that are none, a link, hostile names."""
    top = tmp_path_factory.mktemp("review") / "harvest"
    for number in range(20):
        write_photo(top / "Basmati" / f"IMG_{number}.jpg", number)
        write_photo(top / "ketan" / f"IMG_{number}.png", 100 + number)
        write_photo(top / "other" / "deep" / f"{number}.jpg", 200 + number)
    for number in range(7):
        write_photo(top / "IR64" / f"dim{number}.jpg", 300 + number, (90, 40 + number))
    write_photo(top / "=HYPERLINK(1).jpg", 400)
    write_photo(top / "<img src=x onerror=alert(1)>.jpg", 401)
    write_photo(top / "もち米.jpg", 402)
    (top / "IR64" / "empty.jpg").write_bytes(b"")
    (top / "IR64" / "scan.jpg").write_bytes(b"%PDF-1.7")
    (top / "notes.txt").write_text("not a photo")
    (top / ".hidden.jpg").write_bytes(b"")
    (top / "link.jpg").symlink_to(top / "もち米.jpg")
    return top


@pytest.fixture(scope="session")
def reviewed(folder: Path, shipped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted review of it. Tests must leave it as it is."""
    out = tmp_path_factory.mktemp("exports") / "export"
    review(folder, shipped, model_digest(find_model(MODEL)), ReviewSettings(), out, workers=2)
    return out


@pytest.fixture
def copied(reviewed: Path, tmp_path: Path) -> Path:
    """A copy of that review, to do harm to."""
    return shutil.copytree(reviewed, tmp_path / "export")


Again = Callable[..., dict]


@pytest.fixture(scope="session")
def again(folder: Path, shipped) -> Again:
    """Reviews the same folder: `again(out, resume=…)`."""

    def run(out: Path, **options: object) -> dict:
        settings = options.pop("settings", ReviewSettings())
        return review(folder, shipped, model_digest(find_model(MODEL)), settings, out, **options)

    return run


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with rice, one without and one that is none: few enough to ask for evidence."""
    top = tmp_path_factory.mktemp("few") / "few"
    (top / "Ketan").mkdir(parents=True)
    shutil.copy(ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg", top / "Ketan/rice.jpg")
    (top / "blank.png").write_bytes(encode_png(np.full((90, 120, 3), 120, np.uint8)))
    (top / "none.jpg").write_bytes(b"%PDF-1.7 no photo")
    return top


@pytest.fixture(scope="session")
def reviewed_with_evidence(few: Path, shipped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review of these few, with verdicts. Tests must leave it as it is."""
    out = tmp_path_factory.mktemp("exports") / "evidence"
    review(few, shipped, model_digest(find_model(MODEL)), ReviewSettings(evidence=VERDICT), out)
    return out


@pytest.fixture(scope="session")
def explained_with_evidence(few: Path, shipped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These few explained, with all evidence, in the same order. Tests must leave it as it is."""
    out = tmp_path_factory.mktemp("explained") / "out"
    files = [few / name for name in ("blank.png", "Ketan/rice.jpg", "none.jpg")]
    explain_files(files, shipped, ExplainSettings(evidence=FULL), out)
    return out
