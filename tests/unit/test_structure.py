"""What may import what: the core knows no page, and TensorFlow comes only when it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_core_never_imports_the_page():
    for file in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] in ("streamlit", "dashboard") for name in names), file


@pytest.mark.parametrize("arguments", [["-m", "core", "models"], ["-m", "core", "train", "--help"]])
def test_what_needs_no_network_does_not_wait_for_tensorflow(arguments):
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "core.models.card" in done.stderr
    assert "tensorflow" not in done.stderr
