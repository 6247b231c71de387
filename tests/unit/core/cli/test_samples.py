"""`samples`: it writes the samples, or the demonstration's photos."""

from __future__ import annotations

import pytest

from core.__main__ import main
from core.synthetic import samples
from core.validation.shortcut_models import demo_photos


@pytest.mark.parametrize(
    ("option", "module", "name", "listed"),
    [
        ([], samples, "write_samples", samples.list_samples),
        (["--demonstration"], demo_photos, "write_demo_photos", demo_photos.demo_photos),
    ],
)
def test_it_writes_what_is_listed(option, module, name, listed, monkeypatch, tmp_path):
    written = []
    monkeypatch.setattr(module, name, lambda folder, wanted: written.append((folder, wanted)))
    assert main(["samples", "--out", str(tmp_path), *option]) == 0
    assert written == [(tmp_path, listed())]
