"""A model is made ready from the command line, whatever was beside it before."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.__main__ import main
from core.models.compiled import COMPILED_FILE, CompiledNetwork

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "models" / "demo-a"


def test_the_compiled_form_is_made_anew_and_named(tmp_path, capsys):
    model = tmp_path / "mine"
    shutil.copytree(SHIPPED, model)
    (model / COMPILED_FILE).write_bytes(b"damaged")
    assert main(["compile", str(model)]) == 0
    assert capsys.readouterr().out.strip() == str(model / COMPILED_FILE)
    shipped, made = (
        CompiledNetwork(folder / COMPILED_FILE, lambda: None) for folder in (SHIPPED, model)
    )
    assert made.about == shipped.about
