"""A compiled form's digest is trusted only from where nobody but the user can write."""

from __future__ import annotations

import hashlib
import os
import sys

import pytest

from core.models.onnx.trusted_digest import digest_of, record_digest, recorded_digest

COMPILED = b"a compiled form"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


@pytest.fixture
def folder(tmp_path):
    record_digest(digest_of(COMPILED), tmp_path / "cache" / "model")
    return tmp_path / "cache" / "model"


def test_what_is_recorded_is_the_sha256_and_is_read_back(folder):
    assert recorded_digest(folder) == digest_of(COMPILED) == hashlib.sha256(COMPILED).hexdigest()
    record_digest(digest_of(b"another"), folder)
    assert recorded_digest(folder) == digest_of(b"another")
    assert len(list(folder.iterdir())) == 1


def test_nothing_recorded_is_nothing_trusted(tmp_path):
    assert recorded_digest(tmp_path) is None
    assert recorded_digest(tmp_path / "absent") is None


@posix
def test_nobody_else_may_enter_or_read(folder):
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750, 0o755, 0o777])
def test_a_folder_that_others_enter_is_not_trusted_until_it_is_closed(folder, mode):
    folder.chmod(mode)
    assert recorded_digest(folder) is None
    record_digest(digest_of(COMPILED), folder)
    assert recorded_digest(folder) == digest_of(COMPILED)


@posix
@pytest.mark.parametrize("mode", [0o660, 0o606, 0o644])
def test_a_file_that_others_reach_is_not_trusted(folder, mode):
    next(folder.iterdir()).chmod(mode)
    assert recorded_digest(folder) is None


@posix
def test_another_owner_is_not_trusted(folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert recorded_digest(folder) is None


@posix
def test_links_and_pipes_are_not_followed(folder, tmp_path):
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    assert recorded_digest(linked) is None
    (file,) = folder.iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert recorded_digest(folder) is None
    file.unlink()
    os.mkfifo(file, 0o600)
    assert recorded_digest(folder) is None


def test_a_folder_that_cannot_be_made_is_no_hindrance_and_is_said(tmp_path, caplog):
    (tmp_path / "file").write_bytes(b"")
    record_digest(digest_of(COMPILED), tmp_path / "file" / "model")
    assert "compiled again next time" in caplog.text
