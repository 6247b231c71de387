"""A review on Ray: the files of one machine, even if a worker dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import LensError
from core.explain.open_explainer import model_digest
from core.models.registry import find_model
from core.review import ray_engine
from core.review.listing import ListedPhoto, list_photos
from core.review.pipeline import review
from core.review.storage import open_folder
from core.review.worker import CHUNK_SIZE, ReviewSettings, review_photos
from tests.unit.core.review.conftest import MODEL, contents, write_photo

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def reviewing():
    """A cluster of two worker processes on this machine."""
    with ray_engine.cluster(workers=2) as reviewing:
        yield reviewing


def workers() -> set[int]:
    """The worker processes of this process's cluster that have the model."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text("utf-8", "replace")
            names[int(entry.name)] = (entry / "cmdline").read_bytes().rstrip(b"\0").decode()
        except (OSError, ValueError):
            continue
        parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])

    def ours(process: int) -> bool:
        return process == os.getpid() or (process in parents and ours(parents[process]))

    return {
        process
        for process, name in names.items()
        if name.startswith("ray::") and "_Worker" in name and ours(process)
    }


def test_workers_give_the_bytes_of_one_machine(reviewing, reviewed, again, tmp_path):
    again(tmp_path / "export", engine=reviewing)
    assert contents(tmp_path / "export") == contents(reviewed)


def test_workers_ask_for_evidence_as_one_machine_does(reviewing, shipped, tmp_path):
    for number in range(2):
        write_photo(tmp_path / f"{number}.jpg", number)
    photos, settings = list_photos(tmp_path, ()).photos, ReviewSettings(evidence=True)
    there: dict[str, bytes] = {}
    here: dict[str, bytes] = {}
    rows = list(reviewing(photos, shipped, settings, there.__setitem__, None))
    assert rows == list(review_photos(photos, shipped, settings, here.__setitem__))
    assert rows[0].evidence["verdict"]
    assert there == here


def test_photos_in_a_store_are_read_by_the_workers(reviewing, shipped, tmp_path):
    write_photo(tmp_path / "a.jpg", 0)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.write(tmp_path / "a.jpg", "field/a.jpg")
    photos = list_photos(open_folder(f"zip://field::{tmp_path / 'photos.zip'}"), ()).photos
    there: dict[str, bytes] = {}
    here: dict[str, bytes] = {}
    rows = list(reviewing(photos, shipped, ReviewSettings(), there.__setitem__, None))
    assert rows == list(review_photos(photos, shipped, ReviewSettings(), here.__setitem__))
    assert there == here
    assert rows[0].picture


def test_a_worker_is_killed_and_nothing_is_missing(reviewing, shipped, tmp_path):
    for number in range(30 * CHUNK_SIZE):
        write_photo(tmp_path / "photos" / "Ketan" / f"{number}.jpg", number % 50)
    alive: set[int] = set()
    replaced: set[int] = set()

    def watching(photos: Iterable[ListedPhoto], doing: str) -> Iterator[ListedPhoto]:
        for count, photo in enumerate(photos):
            if count == CHUNK_SIZE:
                alive.update(workers())
                os.kill(min(alive), signal.SIGKILL)
            elif alive and not replaced:
                replaced.update(workers() - alive)
            yield photo

    given = tmp_path / "photos", shipped, model_digest(find_model(MODEL)), ReviewSettings()
    review(*given, tmp_path / "ray", progress=watching, engine=reviewing)
    assert len(alive) == 2
    assert replaced, "it was done before another worker had to take over"
    review(*given, tmp_path / "threads")
    assert contents(tmp_path / "ray") == contents(tmp_path / "threads")


def test_what_was_killed_on_one_machine_goes_on_with_workers(
    reviewing, folder, reviewed, again, tmp_path
):
    command = [
        sys.executable,
        "-m",
        "tests.support.killed_review",
        str(folder),
        str(tmp_path / "export"),
    ]
    subprocess.run(
        [*command, "journal.append", str(CHUNK_SIZE + 5), "before"], cwd=ROOT, check=False
    )
    again(tmp_path / "export", resume=True, engine=reviewing)
    assert contents(tmp_path / "export") == contents(reviewed)


def test_a_worker_that_would_compute_otherwise_is_refused(reviewing, again, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_engine, "versions", lambda explainer: {"numpy": "0.1"})
    with pytest.raises(LensError, match=r"numpy \d.*, here 0\.1"):
        again(tmp_path / "export", engine=reviewing)


def test_a_photo_that_only_this_process_can_open_is_not_left_out_silently(
    reviewing, folder, shipped
):
    (listed, *_) = list_photos(folder, ()).photos
    with listed.path.open("rb") as file:
        os.dup2(file.fileno(), 900)
        here = ListedPhoto(0, Path("/proc/self/fd/900"), "a.jpg")
        with pytest.raises(LensError, match="A worker cannot open"):
            list(reviewing([here], shipped, ReviewSettings(), {}.__setitem__, None))
        os.close(900)


def test_a_cluster_of_several_nodes_is_joined(folder, reviewed, tmp_path):
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        nodes.add_node(num_cpus=1)
        options = [*asked(folder, tmp_path / "export"), "--address", nodes.address]
        command = [sys.executable, "-m", "core", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        nodes.shutdown()
    assert done.returncode == 1, done.stderr  # two of the photos are none
    assert contents(tmp_path / "export") == contents(reviewed)


def asked(folder: Path, out: Path) -> list[str]:
    return ["review", str(folder), "--model", MODEL, "--out", str(out), "--engine", "ray"]


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_an_address_without_a_cluster_is_told_at_once(address, folder, tmp_path, capsys):
    assert main([*asked(folder, tmp_path / "export"), "--address", address]) == 2
    assert f"There is no Ray cluster at {address}" in capsys.readouterr().err
    assert not (tmp_path / "export").exists()


def test_where_ray_is_not_installed_it_says_what_to_install(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(asked(folder, tmp_path / "export")) == 2
    assert f"pip install -r {ray_engine.REQUIREMENTS}" in capsys.readouterr().err
    assert (ROOT / ray_engine.REQUIREMENTS).is_file()


def test_an_address_needs_the_engine(folder, tmp_path, capsys):
    command = asked(folder, tmp_path / "export")[:-2]
    assert main([*command, "--address", "head:6379"]) == 2
    assert "--engine ray" in capsys.readouterr().err
