"""What docstrings and comments name in backticks exists in the code."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FOREIGN = {
    *("GraphDef", "MetaGraphDef", "cache_resource"),
    *("flow_from_directory", "image_dataset_from_directory"),
}
"""Names of other libraries that no code here uses."""

FORMULAS = {"w_ck", "a_ck"}
FILE_TYPES = {"json", "png", "npz", "md", "csv", "html", "txt", "keras", "onnx", "pb", "py"}

_QUOTED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)(?:\([^`]*\))?`")


def names_and_prose(source: str) -> tuple[set[str], list[str]]:
    """The names and short strings of a module's code; its docstrings and comments."""
    names, prose = set(), []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            names.add(token.string)
        elif token.type == tokenize.COMMENT or token.string.startswith(('"""', 'r"""')):
            prose.append(token.string)
        elif token.type == tokenize.STRING and "f" not in token.string[:2].lower():
            names.add(str(ast.literal_eval(token.string)))
    return names, prose


def unknown_names(sources: dict[str, str]) -> list[str]:
    """The names in backticks, of modules by their dotted names, that no code holds."""
    within: dict[str, set[str]] = defaultdict(set)  # what each module or package holds
    prose = {}
    for module, source in sources.items():
        names, prose[module] = names_and_prose(source)
        for part in module.split("."):
            within[part] |= names | set(module.split("."))
    everything = set().union(*within.values()) | FOREIGN | FORMULAS
    wrong = []
    for module, texts in prose.items():
        for quoted in _QUOTED.findall("\n".join(texts)):
            *before, name = quoted.split(".")
            if name in FILE_TYPES and before:
                continue
            ours = bool(before) and before[-1] in within
            held = within[before[-1]] if ours else everything
            if name not in held and len(name) > 1:  # one letter is of a formula
                wrong.append(f"{module}: {quoted}")
    return wrong


def test_names_in_backticks_exist():
    sources = {}
    for top in ("core", "dashboard"):
        for file in (ROOT / top).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            module = parts[:-1] if parts[-1] == "__init__" else parts
            sources[".".join(module)] = file.read_text("utf-8")
    assert len(sources) > 100
    assert not unknown_names(sources)


def test_a_name_that_is_gone_is_found():
    sources = {
        "core.grains": '"""`Old`, `old_name`, `card.gone`; not `Grain`, `card.to_dict`."""\n'
        "class Grain: ...\n",
        "core.card": "def to_dict(): ...  # not `GONE` as `card.json`\n",
    }
    assert unknown_names(sources) == [
        "core.grains: Old",
        "core.grains: old_name",
        "core.grains: card.gone",
        "core.card: GONE",
    ]
