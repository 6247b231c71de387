"""The journal: whole chunks survive whatever a killed process left, and only of the same review."""

from __future__ import annotations

import hashlib
import json

import pytest

from core.errors import LensError
from core.review import journal
from core.review.journal import JOURNAL_FILE, open_journal
from core.review.result_row import ResultRow
from core.review.worker import CHUNK_SIZE

ABOUT = {"model": {"sha256": "aa"}, "parameters": {"layers": ("top",)}, "photos": {"count": 70}}
PHOTOS = 70


def row(number):
    return ResultRow(number, f"米{number}.jpg", score=0.5, evidence={"verdict": "rice"})


def write(folder, count, about=ABOUT):
    with open_journal(folder) as file:
        journal.start(file, about)
        for number in range(count):
            journal.append(file, row(number), whole=True)


def resume(folder, about=ABOUT):
    with open_journal(folder) as file:
        return journal.resume(file, about, folder, PHOTOS)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (0, 0),
        (CHUNK_SIZE - 1, 0),
        (CHUNK_SIZE, CHUNK_SIZE),
        (CHUNK_SIZE + 5, CHUNK_SIZE),
        (PHOTOS - 1, 2 * CHUNK_SIZE),
        (PHOTOS, PHOTOS),  # the last chunk is smaller
    ],
)
def test_whole_chunks_are_kept(written, kept, tmp_path):
    write(tmp_path, written)
    assert resume(tmp_path) == kept
    assert list(journal.read_rows(tmp_path)) == [row(number) for number in range(kept)]


@pytest.mark.parametrize("left", [b'{"number": 32, "fi', b"\0\0\0\0\n", b"[]\n", b'{"no": 1}\n'])
def test_what_was_half_written_is_cut_off(left, tmp_path):
    write(tmp_path, CHUNK_SIZE)
    file = tmp_path / JOURNAL_FILE
    whole = file.read_bytes()
    file.write_bytes(whole + left)
    assert resume(tmp_path) == CHUNK_SIZE
    assert file.read_bytes() == whole


@pytest.mark.parametrize("begun", [b"", b'{"model": {"sha', b"\0\0\n"])
def test_a_journal_without_a_head_is_started(begun, tmp_path):
    (tmp_path / JOURNAL_FILE).write_bytes(begun)
    assert resume(tmp_path) == 0
    (tmp_path / "fresh").mkdir()
    write(tmp_path / "fresh", 0)
    started, fresh = (folder / JOURNAL_FILE for folder in (tmp_path, tmp_path / "fresh"))
    assert started.read_bytes() == fresh.read_bytes()


@pytest.mark.parametrize("own", [b"somebody's own", b"[1, 2]\n", b'"text"\n{}\n'])
def test_a_file_of_somebodys_own_is_left_alone(own, tmp_path):
    (tmp_path / JOURNAL_FILE).write_bytes(own)
    with pytest.raises(LensError, match="no review's journal"):
        resume(tmp_path)
    assert (tmp_path / JOURNAL_FILE).read_bytes() == own


@pytest.mark.parametrize("harm", ["lost", "damaged"])
def test_a_photo_whose_picture_is_not_as_it_was_written_is_not_done(harm, tmp_path):
    picture = b"a picture"
    with open_journal(tmp_path) as file:
        journal.start(file, ABOUT)
        for number in range(2 * CHUNK_SIZE):
            name = f"{number}.jpg"
            (tmp_path / name).write_bytes(picture)
            sha256 = hashlib.sha256(picture).hexdigest()
            done = ResultRow(number, name, picture=name, picture_sha256=sha256)
            journal.append(file, done, whole=False)
    assert resume(tmp_path) == 2 * CHUNK_SIZE
    lost = tmp_path / f"{CHUNK_SIZE + 3}.jpg"
    lost.unlink() if harm == "lost" else lost.write_bytes(picture[:-1])
    assert resume(tmp_path) == CHUNK_SIZE


def test_the_head_says_what_is_reviewed(tmp_path):
    assert journal.read_head(tmp_path) is None
    write(tmp_path, 1)
    assert journal.read_head(tmp_path)["photos"] == {"count": 70}
    (tmp_path / JOURNAL_FILE).write_bytes(b"{")
    assert journal.read_head(tmp_path) is None


@pytest.mark.parametrize("key", list(ABOUT))
def test_another_review_is_named_by_what_differs(key, tmp_path):
    write(tmp_path, CHUNK_SIZE)
    with pytest.raises(LensError, match=f"different {key}\\. ") as error:
        resume(tmp_path, {**ABOUT, key: {"other": 1}})
    assert error.value.code == "review_differs"
    assert resume(tmp_path) == CHUNK_SIZE


def test_lines_are_json_that_others_read(tmp_path):
    write(tmp_path, 1)
    head, line = (tmp_path / JOURNAL_FILE).read_text("utf-8").splitlines()
    assert json.loads(head)["parameters"] == {"layers": ["top"]}
    assert json.loads(line)["file"] == "米0.jpg"


def test_two_processes_do_not_write_into_one_journal(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / JOURNAL_FILE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LensError, match="Another process"), open_journal(tmp_path):
            pass
