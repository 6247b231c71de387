"""The rooms: what may import what, which names are free, and that each module has its tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROOMS = (
    *("errors", "texts", "utils", "images", "segmentation", "models", "explain", "synthetic"),
    *("evidence", "grain_counting", "review", "diagnosis", "training", "validation", "cli"),
)
"""The rooms of `core`, each of which may import those before it and none after it."""

RESEARCH = {"training", "validation", "cli"}
"""What looking at photos never needs."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name; a package is its `__init__.py`."""
    files = [file for top in ("core", "dashboard") for file in (ROOT / top).rglob("*.py")]
    parts = {file: file.relative_to(ROOT).with_suffix("").parts for file in files}
    return {".".join(p[:-1] if p[-1] == "__init__" else p): file for file, p in parts.items()}


@cache
def imports(file: Path, top_only: bool = False) -> frozenset[str]:
    """What a file imports, by dotted name, inside functions too."""
    tree = ast.parse(file.read_text("utf-8"))
    found = set()
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules() else node.module for name in inner}
    return frozenset(found)


def room(module: str) -> str:
    """The room of `core` that a module stands in."""
    return [*module.split("."), ""][1]


def test_core_never_imports_the_page():
    for name, file in modules().items():
        if name.startswith("core"):
            assert not {each.split(".")[0] for each in imports(file)} & {"streamlit", "dashboard"}


def test_every_room_of_core_has_its_place():
    rooms = {room(name) for name in modules() if name.startswith("core.")}
    assert rooms - {"__main__"} == set(ROOMS)


def test_rooms_import_one_way():
    wrong = [
        f"{name} imports {each}"
        for name, file in modules().items()
        if name.startswith("core.") and name != "core.__main__"
        for each in imports(file)
        if each.startswith("core.") and ROOMS.index(room(each)) > ROOMS.index(room(name))
    ]
    assert not wrong


def test_looking_at_photos_needs_nothing_that_only_training_needs():
    for name, file in modules().items():
        if room(name) not in RESEARCH and name != "core.__main__":
            assert not {room(each) for each in imports(file) if each.startswith("core.")} & RESEARCH


def test_no_two_modules_import_each_other():
    pairs = [
        (name, each)
        for name, file in modules().items()
        for each in imports(file)
        if each in modules() and name in imports(modules()[each])
    ]
    assert not pairs


def test_no_name_of_a_module_occurs_three_times():
    names = Counter(file.stem for file in modules().values())
    del names["__init__"]
    assert [name for name, count in names.items() if count > 2] == []


@cache
def needs_tensorflow(module: str) -> bool:
    """Whether importing a module imports TensorFlow."""
    if module.split(".")[0] in ("tensorflow", "keras", "tf_keras", "efficientnet", "tf2onnx"):
        return True
    file = modules().get(module)
    return file is not None and any(map(needs_tensorflow, imports(file, top_only=True)))


def test_collecting_tests_does_not_import_tensorflow():
    files = [*(ROOT / "tests").glob("*.py"), *(ROOT / "tests" / "unit").rglob("*.py")]
    slow = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imports(file, top_only=True)
        if needs_tensorflow(name)
    ]
    assert not slow


def test_tests_mirror_the_modules():
    expected = {
        Path("tests/unit", *name.split(".")[:-1], f"test_{file.stem.strip('_')}.py")
        for name, file in modules().items()
        if file.stem != "__init__"
    }
    unit = ROOT / "tests" / "unit"
    found = {file.relative_to(ROOT) for file in unit.rglob("test_*.py") if file.parent != unit}
    assert sorted(map(str, expected - found)) == []
    assert sorted(map(str, found - expected)) == []


@pytest.mark.parametrize("arguments", [["-m", "core", "models"], ["-m", "core", "train", "--help"]])
def test_what_needs_no_network_does_not_wait_for_tensorflow(arguments):
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "core.models.card" in imported
    assert not imported & {"tensorflow", "keras", "tf_keras"}
