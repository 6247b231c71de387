"""Runs a review on several machines with Ray Data.

The chunks and the function are those of one machine, so every byte of the export is the same.
Photos are read where they are reviewed; pictures and rows are written where the command runs, in
order. A worker that dies is replaced, and its chunk reviewed again.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from core.errors import LensError
from core.evidence.baselines import compute_baselines
from core.explain.explainer import Explainer
from core.explain.familiarity import Familiarity
from core.models.card import Card
from core.models.network import Network
from core.models.onnx.onnx_network import OnnxNetwork
from core.review.listing import ListedPhoto
from core.review.manifest import package_versions
from core.review.result_row import ResultRow
from core.review.storage import StoredFile
from core.review.worker import CHUNK_SIZE, ReviewPhotos, ReviewSettings, ReviewTask, review_chunk

REQUIREMENTS = "core/review/ray-requirements.txt"
_CORE = Path(__file__).resolve().parents[1]
_OBJECT_STORE = 512 << 20  # bytes that a cluster of this machine's own may hold at a time
_TIMEOUT = 10  # seconds
_CHUNKS_PER_WORKER = 2  # chunks that a worker has: one in work, one waiting


@contextmanager
def join_cluster(address: str | None = None, workers: int | None = None) -> Iterator[ReviewPhotos]:
    """Join a Ray cluster, or start one of worker processes on this machine.

    Args:
        address: The cluster's, as `host:port`; its machines get this package's code from here.
            None for one of this machine's own, which ends with the review.
        workers: Processes of this machine's own cluster; one a core for None.

    Yields:
        What takes the place of `review_photos`.

    Raises:
        LensError: If Ray is not installed, or there is no cluster at the address.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise LensError(
            "ray_missing",
            f"Ray is not installed. Run: pip install -r {REQUIREMENTS}; or leave out --engine ray.",
        ) from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers otherwise
    where: dict[str, Any] = (
        {"address": address, "runtime_env": {"py_modules": [str(_CORE)]}}
        if address
        else {"address": "local", "num_cpus": workers, "object_store_memory": _OBJECT_STORE}
    )
    if address:
        _check_reachable(address)
    ray.init(
        **where, include_dashboard=None if address else False, log_to_driver=False,
        logging_level=logging.ERROR,
    )  # fmt: skip
    try:
        yield review_on_ray
    finally:
        ray.shutdown()


def review_on_ray(photos: Sequence[ListedPhoto], task: ReviewTask) -> Iterator[ResultRow]:
    """Review photos on the cluster that was joined; all else as `worker.review_photos`.

    Args:
        photos: As there; their paths are read on the workers.
        task: As there; its model is compiled, its workers are processes on one core each.

    Yields:
        As there.

    Raises:
        LensError: If the model is not compiled, or a worker has other versions or lacks the photos.
    """
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)  # the command has its own progress
    explainer = task.explainer
    if not isinstance(explainer.network, OnnxNetwork):
        raise LensError(
            "ray_uncompiled",
            f"{explainer.name} has no compiled form, and workers run nothing else. Review it "
            "without --engine ray.",
        )
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    chunks = [photos[start : start + CHUNK_SIZE] for start in range(0, len(photos), CHUNK_SIZE)]
    # As bytes, which Ray carries as they are.
    given = [{"photos": pickle.dumps(chunk)} for chunk in chunks]
    size = min(task.workers or int(ray.cluster_resources()["CPU"]), len(chunks))
    done = ray.data.from_items(given, override_num_blocks=len(given)).map(
        ChunkWorker,
        fn_constructor_args=(
            explainer.name,
            explainer.card,
            explainer.familiarity,
            ray.put(explainer.network.to_bytes()),
            task.settings,
        ),
        compute=ray.data.ActorPoolStrategy(
            size=size, max_tasks_in_flight_per_actor=_CHUNKS_PER_WORKER
        ),
        num_cpus=1,
    )
    here = package_versions(explainer)
    for each in done.iter_rows():
        rows, pictures, there = pickle.loads(each["done"])
        _check_worker(rows, photos, here, there)
        for name, picture in pictures.items():
            task.save(name, picture)
        yield from rows


class ChunkWorker:
    """Reviews a chunk a call: a process of its own with the model open, on one core."""

    def __init__(
        self,
        name: str,
        card: Card,
        familiarity: Familiarity | None,
        compiled: Any,
        settings: ReviewSettings,
    ) -> None:
        import ray

        cv2.setNumThreads(1)
        self._explainer = Explainer(
            name, card, OnnxNetwork(ray.get(compiled), _no_fallback, threads=1), familiarity
        )
        self._settings, self._versions = settings, package_versions(self._explainer)
        self._baselines = compute_baselines(self._explainer) if settings.evidence else None

    def __call__(self, chunk: dict[str, bytes]) -> dict[str, bytes]:
        """Review a chunk of photos; gives its rows, its pictures and this process's versions."""
        pictures: dict[str, bytes] = {}
        rows = review_chunk(
            pickle.loads(chunk["photos"]), self._explainer, self._settings, self._baselines,
            pictures.__setitem__,
        )  # fmt: skip
        return {"done": pickle.dumps((rows, pictures, self._versions))}


def _check_reachable(address: str) -> None:
    """Make sure that somebody answers at an address, for which Ray itself waits very long."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), _TIMEOUT).close()
    except (OSError, ValueError) as error:
        raise LensError(
            "ray_unreachable",
            f"There is no Ray cluster at {address}. Give its HOST:PORT, as ray start --head tells "
            "it, or leave out --address to use this machine's cores.",
        ) from error


def _no_fallback() -> Network:
    raise AssertionError("a review asks for the default layer alone, which is always compiled")


def _check_worker(
    rows: Sequence[ResultRow],
    photos: Sequence[ListedPhoto],
    here: dict[str, str],
    there: dict[str, str],
) -> None:
    """Make sure that a worker sees and computes what this machine would."""
    differ = [f"{name} {there.get(name)}, here {here[name]}" for name in here
              if there.get(name) != here[name]]  # fmt: skip
    if differ:
        raise LensError(
            "ray_differs",
            f"A worker has other versions: {'; '.join(differ)}. The same photos would not give the "
            "same files. Install the same ones everywhere, and go on with --resume.",
        )
    for row in rows:
        path = photos[row.number - photos[0].number].path
        if row.code == "unopened" and _can_open(path):
            raise LensError(
                "ray_photos",
                f"A worker cannot open {path}, which can be opened here. Put the photos where all "
                "machines find them under the same path, and go on with --resume.",
            )


def _can_open(path: Path | StoredFile) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
