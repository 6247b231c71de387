"""Class names from the usual files beside a model, and what is said of those that are of no use."""

from __future__ import annotations

import json
import os

import pytest

from core.models.files.class_name_files import FILES, read_class_names

NAMES = ("Basmati", "IR64", "もち米")
INDICES = {name: number for number, name in enumerate(NAMES)}


def read(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = read_class_names(folder)
    assert found.path == folder / name
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("class_indices.json", json.dumps(INDICES)),
        ("class_indices.json", json.dumps({str(number): each for each, number in INDICES.items()})),
        ("class_indices.json", json.dumps({str(n): ["n0", each] for each, n in INDICES.items()})),
        ("class_indices.json", json.dumps({each: str(n) for each, n in INDICES.items()})),
        ("class_names.json", json.dumps(NAMES)),
        ("class_names.json", json.dumps({"classes": NAMES, "version": 2})),
        ("Labels.TXT", "Basmati\r\n\r\nIR64\r\nもち米\r\n"),
        ("labels.txt", "0 Basmati\n1 IR64\n2 もち米"),
        ("classes.txt", "\n".join(NAMES)),
        ("class_names.txt", "\n".join(NAMES)),
        ("labels.csv", "\n".join(NAMES)),
        ("labels.csv", "label\n" + "\n".join(NAMES)),
        ("labels.csv", "2,もち米\n0,Basmati\n1,IR64"),
        ("labels.csv", "index;class_name\n1;IR64\n0;Basmati\n2;もち米"),
        ("labels.csv", 'Basmati,0\n"IR64",1\nもち米,2'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_usual_files_give_the_names_in_order(tmp_path, name, text, encoding):
    found = read(tmp_path, name, text.encode(encoding))
    assert (found.names, found.problem) == (NAMES, "")
    assert found.numbered == (text.startswith("0 "))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1 stripe\n2 stripes", ("1 stripe", "2 stripes")),
        ("0 A B\n1 C", ("A B", "C")),
        ("0\n1", ("0", "1")),
    ],
)
def test_a_line_is_numbered_only_if_all_are(tmp_path, text, names):
    assert read(tmp_path, "labels.txt", text).names == names


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("labels.txt", b"", "names no class"),
        ("labels.txt", b"Reis\xe9", "is no text in UTF-8 or UTF-16"),
        ("labels.txt", b"a" * (1 << 21), "is larger than 1 MB"),
        ("labels.txt", b"a" * 300, "has a name of 300 characters"),
        ("labels.txt", "\n".join(map(str, range(30_000))), "names 30,000 classes"),
        ("classes.txt", "a\nb\na", "names a class twice"),
        ("class_names.json", "[" * 100_000, "is not readable JSON"),
        ("class_names.json", "{", "is not readable JSON"),
        ("class_names.json", '{"classes": {"a": {}}}', "is neither a list of names nor"),
        ("class_names.json", '["a", 1]', "is neither a list of names nor"),
        ("class_names.json", '["a", " "]', "has a class without a name"),
        ("class_indices.json", '{"a": 1, "b": 2}', "does not number its classes from 0 on"),
        ("class_indices.json", '{"a": 0, "b": 0}', "does not number its classes from 0 on"),
        ("class_indices.json", '{"0": {"a": 1}}', "is neither a list of names nor"),
        ("labels.csv", "index,label\n1,a\n2,b", "does not number its classes from 0 on"),
        ("labels.csv", '"a\n', "unexpected end of data"),
    ],
)
def test_what_is_of_no_use_says_why(tmp_path, name, content, problem):
    found = read(tmp_path, name, content)
    assert found.names == ()
    assert found.problem.startswith(problem)


def test_control_characters_are_shown_not_carried_out(tmp_path):
    assert read(tmp_path, "labels.txt", "a\x1b[2J\nb").names == (r"a\x1b[2J", "b")


def test_several_files_are_read_in_a_fixed_order_and_links_and_folders_not_at_all(tmp_path):
    for name in FILES[1:]:
        (tmp_path / name).write_text('["a"]' if name.endswith(".json") else "a")
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / FILES[0]).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "LABELS.txt").mkdir()
    assert tuple(each.path.name for each in read_class_names(tmp_path)) == FILES[1:]
    assert read_class_names(tmp_path / "absent") == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "labels.txt")
    assert read_class_names(tmp_path) == ()
