"""The README is short; its links lead somewhere, its Python runs, its commands exist."""

from __future__ import annotations

import re

import pytest

from core.__main__ import commands
from tests.unit.test_structure import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(
    file
    for file in ROOT.rglob("*.md")
    if not {part[0] for part in file.relative_to(ROOT).parts} & {"."}
)


def test_the_readme_is_one_page():
    assert len(README.encode()) < 10_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert all((page.parent / link).exists() for link in links if "://" not in link)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page):
    named = re.findall(r"`((?:core|dashboard|tests|assets)/[\w/.-]+)`", page.read_text("utf-8"))
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_its_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert names["overlay"].shape == names["photo"].rgb.shape


def test_it_names_every_command():
    rows = " ".join(re.findall(r"^\| `.*$", README, re.MULTILINE))
    for command in commands():
        name = command.__name__.rpartition(".")[2].replace("_", "-")
        assert re.search(rf"`{name}\b", rows), name
