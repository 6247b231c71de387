"""`python -m core explain`: write heatmaps of photos."""

from __future__ import annotations

import argparse

from core.cli.shared import (
    Commands,
    add_command,
    add_evidence,
    check_out,
    file_path,
    fraction,
    photo_files,
    positive_int,
    print_assumptions,
    print_left_out,
    progress_bar,
    when_interrupted,
)
from core.errors import LensError
from core.explain.open_explainer import open_explainer
from core.explain.render import COLORS, DEFAULT_COLORS
from core.explain.request import METHOD_NAMES, OWN, SCORES, ExplainRequest, same_class_error
from core.images.preprocess import GEOMETRIES, VALUES
from core.models.registry import DEFAULT_MODEL, find_model


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "explain", "write heatmaps of photos: where the model looks")
    command.set_defaults(run=run)
    add = command.add_argument
    add(
        "photos", nargs="+", type=file_path, metavar="PHOTO", help="photo files, or folders of them"
    )
    add("--model", default=DEFAULT_MODEL, help="an installed model's name, or a path (%(default)s)")
    add("--class", dest="target", metavar="NAME", help="class to explain (the predicted one)")
    add("--blend", type=fraction, default=0.5, metavar="0..1", help="strength of the heatmap (0.5)")
    add(
        "--method",
        choices=METHOD_NAMES,
        default=OWN,
        help="the model's own: grad-cam, or libra-grad for one with attention",
    )
    add(
        "--layer",
        action="append",
        default=[],
        metavar="NAME",
        help="layer to explain at (the last that every path runs through); two are fused",
    )
    add("--score", choices=SCORES, default="logit")
    add("--versus", metavar="NAME", help='class B: draw "why this class rather than B"')
    add("--against", action="store_true", help="draw the evidence against the class")
    add(
        "--finer",
        type=positive_int,
        default=1,
        metavar="N",
        help="N times more cells per side, from N x N shifts of the photo (1)",
    )
    add("--colors", choices=list(COLORS), default=DEFAULT_COLORS)
    add(
        "--scale",
        choices=["own", "shared"],
        default="own",
        help="one scale per photo, or one for all",
    )
    add_evidence(command)
    add("--preprocessing", choices=VALUES, help="overrides the model's card")
    add("--geometry", choices=GEOMETRIES, help="overrides the model's card")
    add("--allow-code", action="store_true", help="run code that came with the model")
    add("--out", type=file_path, required=True, metavar="DIR")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.review.explain_files import ExplainSettings, explain_files

    check_out(options.out)
    files, missed = photo_files(options.photos, options.out)
    explainer = open_explainer(
        find_model(options.model), options.preprocessing, options.geometry, options.allow_code
    )
    print_assumptions(explainer)
    if options.target is not None and options.target not in explainer.card.names:
        raise LensError(
            "class_unknown",
            f"{explainer.name} has no class {options.target!r}; it has "
            f"{', '.join(explainer.card.names)}.",
        )
    request = ExplainRequest(
        options.method, options.score, tuple(options.layer), options.versus, options.against,
        options.finer, () if options.target is None else (options.target,),
    )  # fmt: skip
    if options.target is not None and options.target == options.versus:
        raise same_class_error(options.target)
    explainer.resolve(request)  # what does not fit the model is an error before any work is done
    shared = options.scale == "shared"
    settings = ExplainSettings(
        options.target, options.blend, request, options.colors, shared, options.evidence
    )
    with when_interrupted(f"what is finished is listed in {options.out / 'explanations.csv'}"):
        failed = explain_files(files, explainer, settings, options.out, progress_bar)
    print_left_out([*missed, *failed])
    if len(failed) == len(files):
        return 2
    return 1 if missed or failed else 0
