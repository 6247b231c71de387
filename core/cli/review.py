"""`python -m core review`: explain a folder and report on it."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext

from core.cli.shared import (
    Commands,
    add_command,
    add_evidence,
    check_out,
    file_name,
    file_path,
    positive_int,
    print_assumptions,
    progress_bar,
    when_interrupted,
)
from core.errors import LensError
from core.explain.open_explainer import model_digest, open_explainer
from core.models.registry import DEFAULT_MODEL, find_model

LOCAL, RAY = "threads", "ray"  # what shares out a review

_NAMED = 20  # files named for each reason to be left out


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "review", "explain a folder of photos and write a report on it")
    command.set_defaults(run=run)
    add = command.add_argument
    add("folder", type=file_name, metavar="FOLDER", help="photos at any depth; or s3://…, gs://…")
    add("--model", default=DEFAULT_MODEL, help="an installed model's name, or a path (%(default)s)")
    add_evidence(command)
    add("--out", type=file_path, required=True, metavar="DIR", help="the new export's folder")
    add("--workers", type=positive_int, metavar="N", help="photos processed at once (one per core)")
    add("--engine", choices=[LOCAL, RAY], default=LOCAL, help="what distributes the work (threads)")
    add("--address", metavar="HOST:PORT", help="a Ray cluster (one on this machine)")
    add("--resume", action="store_true", help="resume an interrupted review")
    add("--zip", action="store_true", help="also pack the export into DIR.zip")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.review.pipeline import review
    from core.review.ray_engine import join_cluster
    from core.review.storage import open_folder
    from core.review.worker import ReviewSettings, review_photos
    from core.review.zip_stream import write_zip, zip_path

    if options.address and options.engine != RAY:
        raise LensError("address_unused", "--address is a Ray cluster's. Give --engine ray, too.")
    check_out(options.out)
    folder = open_folder(options.folder)
    zip_file = zip_path(options.out, options.resume) if options.zip else None
    path = find_model(options.model)
    explainer = open_explainer(path)
    print_assumptions(explainer)
    on_ray = options.engine == RAY
    opened = (
        join_cluster(options.address, options.workers) if on_ray else nullcontext(review_photos)
    )
    with when_interrupted("the same command with --resume goes on"):
        with opened as engine:
            summary = review(
                folder, explainer, model_digest(path), ReviewSettings(evidence=options.evidence),
                options.out, options.workers, options.resume, progress_bar, engine=engine,
            )  # fmt: skip
        print(summary["sentence"]["en"])
        if zip_file:
            write_zip(options.out, zip_file)
    left_out = summary["left_out"]
    for reason in left_out["photos"]:
        _name_left_out(
            reason["reason"], reason["count"], [each["file"] for each in reason["files"]]
        )
    links = left_out["links"]
    if links["count"]:
        _name_left_out("links", links["count"], links["files"])
    if not summary["explained"]:
        return 2
    return 1 if left_out["photos"] or links["count"] else 0


def _name_left_out(reason: str, count: int, files: list[str]) -> None:
    more = "" if count <= _NAMED else f" and {count - _NAMED} more, named in summary.json"
    print(f"left out: {count} ({reason}): {', '.join(files[:_NAMED])}{more}", file=sys.stderr)
