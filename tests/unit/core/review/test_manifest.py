"""The manifest: what decides a review's results, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.errors import LensError
from core.evidence.collect import FULL, VERDICT
from core.explain.explainer import Explainer
from core.explain.request import ExplainRequest
from core.models.card import Card, Input, class_names
from core.review import journal
from core.review.journal import open_journal
from core.review.manifest import (
    add_to_manifest,
    describe_review,
    package_versions,
    read_manifest,
    write_manifest,
)
from core.review.result_row import ResultRow
from core.review.worker import ReviewSettings

HEAD = {"model": {"name": "もち米"}, "photos": {"count": 2}}


def test_the_request_keeps_the_names_of_the_first_exports(shipped):
    request = ExplainRequest(contrast_class="Ketan", negate=True, upsampling=2)
    described = describe_review(shipped, "identity", ReviewSettings(request))
    assert described["parameters"]["question"] == {
        **{"method": "grad-cam", "score": "logit", "layers": ("top_activation",)},
        **{"versus": "Ketan", "against": True, "finer": 2},
    }
    assert described["model"]["sha256"] == "identity"


def test_a_temperature_is_described_where_there_is_one(shipped):
    plain = Explainer("a", replace(shipped.card, temperature=1.0), shipped.network)
    surer = Explainer("a", replace(shipped.card, temperature=0.5), shipped.network)
    assert "temperature" not in describe_review(plain, "", ReviewSettings())["model"]
    assert describe_review(surer, "", ReviewSettings())["model"]["temperature"] == 0.5


def test_the_rules_of_evidence_are_described_where_there_is_any(shipped):
    plain = describe_review(shipped, "", ReviewSettings())["parameters"]
    asked = describe_review(shipped, "", ReviewSettings(evidence=VERDICT))["parameters"]
    assert set(plain) == {"question", "blend", "colors", "evidence", "picture_pixels"}
    assert set(asked) - set(plain) == {"thresholds"}
    assert set(asked["thresholds"]) == {
        *("sure", "room", "cap", "stays", "falls", "follows", "beyond", "agrees", "same"),
        "provenance",
    }


def test_all_evidence_is_described_as_in_the_first_exports(shipped):
    found = {
        level: describe_review(shipped, "", ReviewSettings(evidence=level))["parameters"][
            "evidence"
        ]
        for level in ("", VERDICT, FULL)
    }
    assert found == {"": False, VERDICT: "verdict", FULL: True}


def test_tensorflow_counts_only_where_it_runs_the_model(shipped):
    """Through the page's lock, too, which has the network as an attribute."""
    assert "tensorflow" not in package_versions(shipped)
    locked = SimpleNamespace(network=shipped.network, layers=shipped.layers)
    assert "tensorflow" not in package_versions(Explainer("", shipped.card, locked))
    other = SimpleNamespace(layers=shipped.layers)
    card = Card(class_names(["a", "b"]), Input(8, 8))
    assert "tensorflow" in package_versions(Explainer("", card, other))


@pytest.mark.parametrize("own", ["no JSON", "[]", '{"name": "an app"}', "[" * 100_000])
def test_a_file_of_somebodys_own_is_no_manifest(own, tmp_path):
    (tmp_path / "manifest.json").write_text(own)
    with pytest.raises(LensError, match="no review's manifest"):
        read_manifest(tmp_path)


def test_it_names_every_file_with_its_hash(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"table")
    (tmp_path / "a.html").write_bytes(b"report")
    rows = [
        ResultRow(0, "x.jpg", picture="x-picture.jpg", picture_sha256="00", picture_bytes=7),
        ResultRow(1, "broken.jpg", code="broken"),
    ]
    assert read_manifest(tmp_path) is None
    with open_journal(tmp_path) as file:
        journal.start(file, HEAD)
        for row in rows:
            journal.append(file, row, whole=True)
    write_manifest(tmp_path, HEAD, ("b.csv", "a.html"))
    manifest = read_manifest(tmp_path)
    files = manifest.pop("files")
    assert manifest == {"format": 1, **HEAD}
    assert list(files) == ["a.html", "b.csv", "x-picture.jpg"]
    assert files["b.csv"] == {"bytes": 5, "sha256": hashlib.sha256(b"table").hexdigest()}
    assert files["x-picture.jpg"] == {"bytes": 7, "sha256": "00"}
    assert not list(tmp_path.glob("*.part"))


def test_a_file_is_added_or_updated(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({**HEAD, "files": {"a": {"bytes": 1}}}))
    for text in ("one", "another"):
        (tmp_path / "notes.csv").write_text(text)
        add_to_manifest(tmp_path, "notes.csv")
        manifest = read_manifest(tmp_path)
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert manifest["files"] == {
            "a": {"bytes": 1},
            "notes.csv": {"bytes": len(text), "sha256": digest},
        }
        assert manifest["model"] == HEAD["model"]
