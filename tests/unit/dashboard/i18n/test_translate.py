"""The texts of the page: complete, used, and the only place of what it says."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core.errors import ModelError, PhotoError
from core.evidence import badge, robustness, verdict
from core.explain.render import COLORS
from core.explain.request import METHOD_NAMES
from core.images.decode import read_photo
from core.images.photo_formats import OTHER_KINDS
from core.images.preprocess import GEOMETRIES
from core.models.card import _SCHEMA
from dashboard.i18n.peak_location import NOWHERE, PLACES
from dashboard.i18n.phrases import ANY, KINDS
from dashboard.i18n.translate import TABLES, TEXTS, Texts, escape, unescape
from dashboard.views.evidence.checks import CHECKS
from dashboard.views.evidence.verdict import REMEDIES

ROOT = Path(__file__).resolve().parents[4]
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
TABLE = ROOT / "dashboard/i18n/texts.json"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


_UNSEEN = ("log.", "LensError", "ModelError", "rejections.", "st.get_option")


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a module's code; what is computed in an f-string is *.

    Docstrings, names of settings, and what goes to the log or into an error's own English words,
    are left out.
    """
    tree = ast.parse(path.read_text("utf-8"))
    skip: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip.add(node.value)
        if isinstance(node, ast.JoinedStr):
            skip.update(node.values)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(_UNSEEN):
            skip.update(ast.walk(node))
    for node in ast.walk(tree):
        if node in skip:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        if isinstance(node, ast.JoinedStr):
            parts = (getattr(part, "value", "") for part in node.values)
            yield node.lineno, "".join(part if isinstance(part, str) else "*" for part in parts)


def codes(*classes: str) -> set[str]:
    """The codes of the errors that `core` raises on the page's way."""
    found = {"unknown", "no_models", "operator_options"}
    found |= {"review_no_room", "export_unwritable", "notes_unusable"}  # of the review
    for file in (
        *("images/decode", "images/size_limits", "images/file_structure", "images/deep_color"),
        *("explain/explainer", "models/card", "models/registry"),
        *("models/files/rejections", "models/onnx/onnx_network", "models/tensorflow/freeze"),
        *(
            "models/tensorflow/classifier_head",
            "models/tensorflow/load",
            "models/tensorflow/weights",
        ),
    ):
        for node in ast.walk(ast.parse((ROOT / "core" / f"{file}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id in classes and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


# What the page never asks for, as it only offers what there is.
_NEVER = {
    *("layer_unknown", "class_unknown", "question_too_fine", "unopened"),
    *("question_unbalanced", "question_layer_fixed"),
}
FAMILIES = {
    "errors.": codes("ModelError", "PhotoError", "_error", "photo_error") - _NEVER,
    "kinds.": set(OTHER_KINDS),
    "colors.": set(COLORS) | {"help"},
    "place.": set(PLACES) - {NOWHERE},
    "shows.": set(KINDS),
    "nowhere.": set(KINDS),
    "target.": {*KINDS, "predicted", "help"},
    "file.": set(KINDS),
    "kind.": {*KINDS, "help"} - {ANY},
    "method.": {*METHOD_NAMES, "help", "same"},
    "explains.": set(METHOD_NAMES),
    "verdict.": set(verdict.VERDICTS),
    "reason.": set(verdict.REASONS),
    "remedy.": set(REMEDIES),
    "badge.": set(badge.BADGES),
    "trusted.": set(badge.REASONS),
    "variation.": {name.replace(" ", "_") for name in robustness.PERTURBATIONS},
    "about.geometry.": set(GEOMETRIES),
    "about.accuracy.": set(_SCHEMA["properties"]["measured"]["properties"]["on"]["enum"]),
}


@pytest.mark.parametrize("key", list(TEXTS))
def test_every_text_states_the_same_facts_in_every_language(key):
    text = TEXTS[key]
    assert list(text) == ["en", "ja"]
    assert fields(text["ja"]) == fields(text["en"])
    assert all(sentence.strip() for sentence in text.values())


def test_no_text_stands_twice_in_the_table():
    keys = [key for key, _ in json.loads(TABLE.read_text("utf-8"), object_pairs_hook=list)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_what_core_can_name_has_a_text_and_no_more(family):
    keys = {key.removeprefix(family) for key in TABLES["en"] if key.startswith(family)}
    assert keys == FAMILIES[family]


def test_every_check_has_a_title_and_a_technical_name():
    ends = (".title", ".help")
    texts = {key for key in TABLES["en"] if key.startswith("check.") and key.endswith(ends)}
    assert texts == {f"check.{check.name}{end}" for check in CHECKS for end in ends}
    for table in TABLES.values():
        named = ("Technical name", "技術用語")
        assert all(any(name in table[key] for name in named) for key in texts if ".help" in key)


def test_every_text_is_used_and_every_key_in_code_exists():
    used = {text for path in DASHBOARD for _, text in strings(path)}
    patterns = [
        re.compile(re.escape(text).replace(r"\*", ".+") + r"\Z") for text in used if "*" in text
    ]
    keys = set(TABLES["en"])
    unused = {key for key in keys - used if not any(pattern.match(key) for pattern in patterns)}
    assert not unused
    asked = {
        call.args[0].value
        for path in DASHBOARD
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("say", "say.plain", "self.plain")
        and isinstance(call.args[0], ast.Constant)
    }
    assert asked
    assert asked <= keys


def test_no_visible_text_stands_in_code():
    """Visible text has words apart, a capital first, or letters that no key has."""
    words = re.compile(r"[^\W\d_*]{2,} [^\W\d_*]{2,}|\b[A-Z][a-z]+\b|[^\x00-\x7f\u2060·]")
    for path in DASHBOARD:
        for line, text in strings(path):
            tags_only = re.sub(r"<(style|script)>.*|<[^>]*>", "", text, flags=re.DOTALL)
            assert not words.search(tags_only), f"{path.name}:{line} says {text!r}"


@pytest.mark.parametrize("language", list(TABLES))
def test_every_error_of_a_photo_has_its_sentence(language):
    say = Texts(language)
    whole = BytesIO()
    Image.effect_noise((60, 40), 50).save(whole, "JPEG")
    for data in (b"", b"%PDF-1.4", b"\x00\x01", whole.getvalue()[:500]):
        with pytest.raises(PhotoError) as error:
            read_photo(data)
        sentence = say.error(error.value)
        assert sentence.endswith((".", "。"))
        assert "{" not in sentence
        assert (sentence == str(error.value)) is False or language == "en"


def test_an_error_without_a_translation_is_in_english():
    assert (
        Texts("ja").error(ModelError("new", "What came. What to do.")) == "What came. What to do."
    )


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a*b*", r"a\*b\*"),
        ("two\nlines", "two lines"),
        ("&lt;", r"\&lt;"),
        ("a:smile:", "a\\:\u2060smile\\:\u2060"),
        ("www.a.jp", "www\u2060\\.a\\.jp"),
        ("a->b", "a\\-\u2060\\>b"),
    ],
)
def test_escaped_text_stands_for_itself(text, escaped):
    assert escape(text) == escaped
    assert unescape(escaped) == " ".join(text.splitlines()).strip()
