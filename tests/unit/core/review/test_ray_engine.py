"""A review on Ray: the files of one machine, even if a worker dies on the way."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.__main__ import main
from core.errors import LensError
from core.explain.open_explainer import model_digest
from core.models.registry import find_model
from core.review import ray_engine
from core.review.listing import ListedPhoto, list_photos
from core.review.manifest import package_versions
from core.review.pipeline import review
from core.review.storage import open_folder
from core.review.worker import CHUNK_SIZE, ReviewSettings, ReviewTask, review_photos
from tests.conftest import ROOT
from tests.support.photo_folders import contents, write_photo
from tests.unit.core.review.conftest import MODEL


def test_a_worker_gives_the_rows_and_pictures_of_this_machine(shipped, tmp_path, monkeypatch):
    """Without Ray, which hands over the photos and the model in the tests below."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda content: content))
    for number in range(3):
        write_photo(tmp_path / f"{number}.jpg", number)
    photos, settings = list_photos(tmp_path, ()).photos, ReviewSettings()
    content = shipped.network.to_bytes()
    known = shipped.familiarity
    worker = ray_engine.ChunkWorker(shipped.name, shipped.card, known, content, settings)
    rows, there, versions = pickle.loads(worker({"photos": pickle.dumps(photos)})["done"])
    here: dict[str, bytes] = {}
    assert rows == list(review_photos(photos, ReviewTask(shipped, settings, here.__setitem__)))
    assert there == here
    assert versions == package_versions(shipped)


@pytest.fixture(scope="module")
def on_ray():
    """A cluster of two worker processes on this machine."""
    with ray_engine.join_cluster(workers=2) as engine:
        yield engine


def worker_processes() -> set[int]:
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
        if name.startswith("ray::") and "ChunkWorker" in name and ours(process)
    }


@pytest.mark.slow
def test_workers_give_the_bytes_of_one_machine(on_ray, reviewed, again, tmp_path):
    again(tmp_path / "export", engine=on_ray)
    assert contents(tmp_path / "export") == contents(reviewed)


@pytest.mark.slow
def test_workers_ask_for_evidence_as_one_machine_does(on_ray, shipped, tmp_path):
    for number in range(2):
        write_photo(tmp_path / f"{number}.jpg", number)
    photos, settings = list_photos(tmp_path, ()).photos, ReviewSettings(evidence="verdict")
    there: dict[str, bytes] = {}
    here: dict[str, bytes] = {}
    rows = list(on_ray(photos, ReviewTask(shipped, settings, there.__setitem__)))
    assert rows == list(review_photos(photos, ReviewTask(shipped, settings, here.__setitem__)))
    assert rows[0].evidence["verdict"]
    assert there == here


@pytest.mark.slow
def test_photos_in_a_store_are_read_by_the_workers(on_ray, shipped, tmp_path):
    write_photo(tmp_path / "a.jpg", 0)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.write(tmp_path / "a.jpg", "field/a.jpg")
    photos = list_photos(open_folder(f"zip://field::{tmp_path / 'photos.zip'}"), ()).photos
    there: dict[str, bytes] = {}
    here: dict[str, bytes] = {}
    rows = list(on_ray(photos, ReviewTask(shipped, ReviewSettings(), there.__setitem__)))
    assert rows == list(
        review_photos(photos, ReviewTask(shipped, ReviewSettings(), here.__setitem__))
    )
    assert there == here
    assert rows[0].picture


@pytest.mark.slow
def test_a_worker_is_killed_and_nothing_is_missing(on_ray, shipped, tmp_path):
    for number in range(30 * CHUNK_SIZE):
        write_photo(tmp_path / "photos" / "Ketan" / f"{number}.jpg", number % 50)
    alive: set[int] = set()
    replaced: set[int] = set()

    def watching(photos: Iterable[ListedPhoto], doing: str) -> Iterator[ListedPhoto]:
        for count, photo in enumerate(photos):
            if count == CHUNK_SIZE:
                alive.update(worker_processes())
                os.kill(min(alive), signal.SIGKILL)
            elif alive and not replaced:
                replaced.update(worker_processes() - alive)
            yield photo

    given = tmp_path / "photos", shipped, model_digest(find_model(MODEL)), ReviewSettings()
    review(*given, tmp_path / "ray", progress=watching, engine=on_ray)
    assert len(alive) == 2
    assert replaced, "it was done before another worker had to take over"
    review(*given, tmp_path / "threads")
    assert contents(tmp_path / "ray") == contents(tmp_path / "threads")


@pytest.mark.slow
def test_what_was_killed_on_one_machine_goes_on_with_workers(
    on_ray, folder, reviewed, again, tmp_path
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
    again(tmp_path / "export", resume=True, engine=on_ray)
    assert contents(tmp_path / "export") == contents(reviewed)


@pytest.mark.slow
def test_a_worker_that_would_compute_otherwise_is_refused(on_ray, again, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_engine, "package_versions", lambda explainer: {"numpy": "0.1"})
    with pytest.raises(LensError, match=r"numpy \d.*, here 0\.1"):
        again(tmp_path / "export", engine=on_ray)


@pytest.mark.slow
def test_a_photo_that_only_this_process_can_open_is_not_left_out_silently(on_ray, folder, shipped):
    (listed, *_) = list_photos(folder, ()).photos
    with listed.path.open("rb") as file:
        os.dup2(file.fileno(), 900)
        here = ListedPhoto(0, Path("/proc/self/fd/900"), "a.jpg")
        with pytest.raises(LensError, match="A worker cannot open"):
            list(on_ray([here], ReviewTask(shipped, ReviewSettings(), {}.__setitem__)))
        os.close(900)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_an_address_without_a_cluster_is_an_error_at_once(address, folder, tmp_path, capsys):
    assert main([*asked(folder, tmp_path / "export"), "--address", address]) == 2
    assert f"There is no Ray cluster at {address}" in capsys.readouterr().err
    assert not (tmp_path / "export").exists()
