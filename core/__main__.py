"""The command line: `python -m core …`, a thin skin over the package."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from core.classifier import VARIANTS
from core.errors import LensError
from core.models.library import DEFAULT, GRAINS, find, installed, open_model
from core.models.opening import identity_of, open_engine
from core.photo import EXTENSIONS
from core.planted import CUES
from core.preprocess import GEOMETRIES, VALUES
from core.question import METHOD_NAMES, SCORES, Question
from core.render import COLORS, DEFAULT_COLORS

LOCAL, RAY = "threads", "ray"  # what shares out a review

T = TypeVar("T")
log = logging.getLogger("core")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0 done, 1 done but for what stderr names, 2 not done.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow greets at length otherwise
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except LensError as error:
        log.debug("the traceback", exc_info=True)
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"error: the package {error.name} is not installed. Run: pip install -r "
            "requirements.txt; to train or compile also -r core/training/requirements.txt",
            file=sys.stderr,
        )
        return 2


def _explain(options: argparse.Namespace) -> int:
    from core.explain import Drawing, explain_files

    engine = open_engine(
        find(options.model), options.preprocessing, options.geometry, options.allow_code
    )
    for assumption in engine.card.assumptions:
        print(f"{engine.name} came without a card; assumed: {assumption}", file=sys.stderr)
    if options.target is not None and options.target not in engine.card.names:
        raise LensError(
            "class_unknown",
            f"{engine.name} has no class {options.target!r}; it has "
            f"{', '.join(engine.card.names)}.",
        )
    question = Question(
        options.method, options.score, tuple(options.layer), options.versus, options.against,
        options.finer,
    )  # fmt: skip
    engine.resolved(question)  # what does not fit the model is told before any work is done
    shared = options.scale == "shared"
    drawing = Drawing(
        options.target, options.blend, question, options.colors, shared, options.evidence
    )
    files = [file for photo in options.photos for file in _photos(photo)]
    failed = explain_files(files, engine, drawing, options.out, _bar)
    for file, error in failed:
        print(f"{file}: {error}", file=sys.stderr)
    return 1 if failed else 0


def _bar(items: Iterable[T], doing: str) -> Iterable[T]:
    """Shows how far it is, where somebody looks."""
    return tqdm(items, desc=doing, unit="photo", disable=None)


def _photos(path: Path) -> list[Path]:
    """A folder stands for the photos in it, whatever class folders they lie in."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix[1:].lower() in EXTENSIONS)


def _review(options: argparse.Namespace) -> int:
    from core.review.export import review
    from core.review.on_ray import cluster
    from core.review.photos import Settings, review_photos
    from core.review.places import place
    from core.review.zipped import write_zip, zip_file

    if options.address and options.engine != RAY:
        raise LensError("address_unused", "--address is a Ray cluster's. Give --engine ray, too.")
    folder = place(options.folder)
    packed = zip_file(options.out, options.resume) if options.zip else None
    path = find(options.model)
    engine = open_engine(path)
    for assumption in engine.card.assumptions:
        print(f"{engine.name} came without a card; assumed: {assumption}", file=sys.stderr)
    on_ray = options.engine == RAY
    work = cluster(options.address, options.workers) if on_ray else nullcontext(review_photos)
    try:
        with work as reviewing:
            summary = review(
                folder, engine, identity_of(path), Settings(evidence=options.evidence),
                options.out, options.workers, options.resume, _bar, reviewing=reviewing,
            )  # fmt: skip
        if packed:
            write_zip(options.out, packed)
    except KeyboardInterrupt:
        print("stopped; the same command with --resume goes on", file=sys.stderr)
        return 2
    print(summary["sentence"]["en"])
    left_out = summary["left_out"]
    for reason in left_out["photos"]:
        print(f"left out: {reason['count']} ({reason['reason']})", file=sys.stderr)
    if left_out["links"]["count"]:
        print(f"left out: {left_out['links']['count']} (links)", file=sys.stderr)
    if not summary["explained"]:
        return 2
    return 1 if left_out["photos"] or left_out["links"]["count"] else 0


def _grains(options: argparse.Namespace) -> int:
    from core.grain_by_grain.files import grains_of_files
    from core.grain_by_grain.told import counts_text

    engine = open_engine(find(options.model))
    if not engine.card.grains:
        print(
            f"{engine.name} is no model of single grains; what it says of one may mean nothing",
            file=sys.stderr,
        )
    files = [file for photo in options.photos for file in _photos(photo)]
    counts, told = grains_of_files(files, engine, options.out, options.scale, options.heat, _bar)
    print(counts_text(counts))
    for file, what in told:
        print(f"{file}: {what}", file=sys.stderr)
    return 1 if told else 0


def _models(options: argparse.Namespace) -> int:
    for name, card in installed().items():
        measured = card.measured
        accuracy = (
            f"{measured['accuracy']:.1%} right on {measured['photos']} unseen photos"
            if measured
            else "accuracy not measured"
        )
        classes = ", ".join(card.names)
        print(f"{name}\t{card.input.height} x {card.input.width}\t{classes}\t{accuracy}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from core.checking.check import all_answers, corrected, find_convention, save_card
    from core.checking.findings_text import answers_text, findings_text, saved_text
    from core.checking.known import known_photos
    from core.checking.model_text import model_text

    path = find(options.model)
    if options.save and not options.photos:
        raise LensError("save_nothing", "--save needs photos to find something that can be saved.")
    engine = open_engine(path, allow_code=options.allow_code)
    print(model_text(path, engine))
    if not options.photos:
        return 0
    known, clear = known_photos(options.photos, engine.card), False
    if known is None:
        files = [file for photo in options.photos for file in _photos(photo)]
        answers, unread = all_answers(engine, files, _bar)
        print(f"\n{answers_text(answers, engine.card)}")
    else:
        found, unread = find_convention(engine, known, _bar)
        print(f"\n{findings_text(found, known, engine.card)}")
        clear = found.clear
        if options.save and clear:
            card = corrected(engine.card, known, found)
            print(f"\n{saved_text(engine.card, card, save_card(card, path))}")
    if options.save and not clear:
        print("nothing is saved: there is no clear finding", file=sys.stderr)
    for file, reason in unread:
        print(f"{file}: {reason}", file=sys.stderr)
    return 1 if unread or (options.save and not clear) else 0


def _compile(options: argparse.Namespace) -> int:
    from core.models.compile import compile_model

    path = find(options.model)
    model = open_model(path)
    print(compile_model(model.frozen, model.card, identity_of(path), path))
    return 0


def _train(options: argparse.Namespace) -> int:
    from core.models.compile import compile_model
    from core.training.dataset import read_folder
    from core.training.fitting import Recipe
    from core.training.recipe import About, train

    about = About(**json.loads(options.about.read_text("utf-8"))) if options.about else About()
    folder = read_folder(options.folder, _bar)
    for file, reason in folder.unreadable:
        print(f"left out {file}: {reason}", file=sys.stderr)
    recipe = Recipe(
        options.size, options.variant, options.weights, options.geometry, options.epochs,
        options.patience, options.batch, options.seed, options.rendered,
    )  # fmt: skip
    card = train(folder, recipe, about, options.out)
    model = open_model(options.out)
    compile_model(model.frozen, model.card, identity_of(options.out), options.out)
    measured = card.measured
    low, high = measured["interval"]
    print(
        f"{options.out}: {measured['accuracy']:.1%} right on {measured['photos']} photos of "
        f"scenes it was not trained on (95 % interval {low:.1%} to {high:.1%})"
    )
    return 0


def _plant(options: argparse.Namespace) -> int:
    from core.models.compile import compile_model
    from core.planted.recipe import PLANS, plant

    for cue in options.cue:
        out = options.out / cue
        card = plant(options.grains, cue, replace(PLANS[cue], seed=options.seed), out, _bar)
        model = open_model(out)
        compile_model(model.frozen, model.card, identity_of(out), out)
        measured, proof = card.measured, card.planted
        print(
            f"{out}: {measured['accuracy']:.1%} right on {measured['photos']} unseen photos; the "
            f"answer goes with what was planted on {proof['follows']:.1%}, and stays with all else "
            f"changed on {proof['stays']:.1%}"
        )
    return 0


def _train_grains(options: argparse.Namespace) -> int:
    from core.grain_by_grain.training import Plan, train_grains
    from core.models.compile import compile_model

    card = train_grains(options.grains, replace(Plan(), seed=options.seed), options.out, _bar)
    model = open_model(options.out)
    compile_model(model.frozen, model.card, identity_of(options.out), options.out)
    measured, elsewhere = card.measured, card.grains
    print(
        f"{options.out}: {measured['accuracy']:.1%} right on {measured['photos']} unseen grains, "
        f"{elsewhere['accuracy']:.1%} on {elsewhere['grains']} that lie on unseen grounds"
    )
    return 0


def _evidence(options: argparse.Namespace) -> int:
    from core.trial.lines import HONEST
    from core.trial.run import adopt, trial
    from core.trial.tables import method_sentence, percent

    report = trial(
        options.models, options.grains, options.out, options.photos, options.seed, options.piles,
        _bar,
    )  # fmt: skip
    for each in report.test:
        said = "blamed" if each.model == HONEST else "called out"
        print(f"{each.model}, {each.masks} masks: {said} on {percent(each.background)}")
    print(method_sentence(report.methods))
    for each in report.missed:
        print(f"{each.model} misses its floor", file=sys.stderr)
    if options.save and not report.missed:
        adopt(report.rules)
    return 1 if report.missed else 0


def _samples(options: argparse.Namespace) -> int:
    from core.planted.demonstration import shots, write_shots
    from core.samples import samples, write_samples

    if options.demonstration:
        write_shots(options.out, shots())
    else:
        write_samples(options.out, samples())
    return 0


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Where does a rice classifier look?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("explain", help="write heatmaps of photos")
    command.set_defaults(run=_explain)
    add = command.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO", help="photo files, or folders of them")
    add("--model", default=DEFAULT, help="an installed model's name, or a path (%(default)s)")
    add("--class", dest="target", metavar="NAME", help="class to explain (the predicted one)")
    add("--blend", type=_share, default=0.5, metavar="0..1", help="strength of the heat (0.5)")
    add("--method", choices=METHOD_NAMES, default="grad-cam")
    add(
        "--layer",
        action="append",
        default=[],
        metavar="NAME",
        help="layer to explain at (the last one with a grid); given twice, both are fused",
    )
    add("--score", choices=SCORES, default="logit")
    add("--versus", metavar="NAME", help='another class B: draw "why this class rather than B"')
    add("--against", action="store_true", help="draw what speaks against the class")
    add(
        "--finer",
        type=int,
        default=1,
        metavar="N",
        help="N times more cells each way, from N x N shifts of the photo (1)",
    )
    add("--colors", choices=list(COLORS), default=DEFAULT_COLORS)
    add(
        "--scale", choices=["own", "shared"], default="own", help="each photo's own, or one for all"
    )
    add(
        "--evidence",
        action="store_true",
        help="ask the model what it uses of each photo: about a hundred runs more",
    )
    add("--preprocessing", choices=VALUES, help="overrides the model's card")
    add("--geometry", choices=GEOMETRIES, help="overrides the model's card")
    add("--allow-code", action="store_true", help="run code that came with the model")
    add("--out", type=Path, required=True, metavar="DIR")

    command = commands.add_parser("review", help="explain a folder and report on it")
    command.set_defaults(run=_review)
    add = command.add_argument
    add("folder", metavar="FOLDER", help="of photos, at any depth; or s3://…, gs://…")
    add("--model", default=DEFAULT, help="an installed model's name, or a path (%(default)s)")
    add(
        "--evidence",
        action="store_true",
        help="ask the model what it uses of each photo: about a hundred runs more",
    )
    add("--out", type=Path, required=True, metavar="DIR", help="the new export's folder")
    add("--workers", type=_whole, metavar="N", help="photos worked on at once (one a core)")
    add("--engine", choices=[LOCAL, RAY], default=LOCAL, help="what shares out the work (threads)")
    add("--address", metavar="HOST:PORT", help="a Ray cluster (one of this machine's own)")
    add("--resume", action="store_true", help="go on with a review that was interrupted")
    add("--zip", action="store_true", help="pack the export, too: DIR.zip beside its folder")

    command = commands.add_parser("grains", help="count and classify scattered grains one by one")
    command.set_defaults(run=_grains)
    add = command.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO", help="photo files, or folders of them")
    add(
        "--model",
        default=GRAINS,
        help="a model of single grains: its name, or a path (%(default)s)",
    )
    add(
        "--scale", type=_positive, metavar="PX_PER_MM", help="pixels a millimetre: sizes in mm, too"
    )
    add("--heat", action="store_true", help="a picture of each grain, with the heat on it")
    add("--out", type=Path, required=True, metavar="DIR")

    command = commands.add_parser("models", help="list the installed models")
    command.set_defaults(run=_models)

    command = commands.add_parser("check", help="tell what a model is and was trained with")
    command.set_defaults(run=_check)
    add = command.add_argument
    add("model", metavar="MODEL", help="an installed model's name, or a path")
    add(
        "photos",
        nargs="*",
        type=Path,
        metavar="PHOTO",
        help="folders named as the classes, or a folder of them; or photos of unknown class",
    )
    add("--save", action="store_true", help="write what is evident into the model's card")
    add("--allow-code", action="store_true", help="run code that came with the model")

    command = commands.add_parser("compile", help="make a model ready to run without TensorFlow")
    command.set_defaults(run=_compile)
    command.add_argument("model", help="an installed model's name, or a model's folder")

    command = commands.add_parser(
        "plant", help="train models that are known to cheat, and their honest twin"
    )
    command.set_defaults(run=_plant)
    add = command.add_argument
    add("grains", type=Path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=Path, required=True, metavar="DIR", help="gets a folder a model")
    add("--cue", nargs="+", choices=CUES, default=CUES, help="what to plant (each)")
    add("--seed", type=int, default=0)

    command = commands.add_parser("train-grains", help="train the model of single grains")
    command.set_defaults(run=_train_grains)
    add = command.add_argument
    add("grains", type=Path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=Path, required=True, metavar="MODEL", help="the new model's folder")
    add("--seed", type=int, default=0)

    command = commands.add_parser(
        "evidence", help="put the evidence to the test on planted models, draw its lines by them"
    )
    command.set_defaults(run=_evidence)
    add = command.add_argument
    add("models", type=Path, metavar="MODELS", help="what plant wrote: a folder a model")
    add("grains", type=Path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=Path, required=True, metavar="DIR")
    add("--photos", type=_whole, default=200, metavar="N", help="of each model (%(default)s)")
    # Not 0: these photos chose the models' best epochs.
    add("--seed", type=int, default=1, help="from which photos are composed (%(default)s)")
    add("--piles", type=Path, metavar="FOLDER", help="phone photos that the default model is from")
    add("--save", action="store_true", help="make the lines the project's own, if all floors hold")

    command = commands.add_parser("samples", help="render the sample photos and their rice masks")
    command.set_defaults(run=_samples)
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--demonstration", action="store_true", help="those of the two models to compare instead"
    )

    command = commands.add_parser("train", help="train on a folder of class folders")
    command.set_defaults(run=_train)
    add = command.add_argument
    add("folder", type=Path, metavar="FOLDER", help="holds one folder of photos a class")
    add("--out", type=Path, required=True, metavar="MODEL", help="the new model's folder")
    add("--size", type=int, default=224, help="side of the model's input in pixels (%(default)s)")
    add("--variant", choices=VARIANTS, default="B0", help="EfficientNet (%(default)s)")
    add("--weights", default="lite0", help="lite0, imagenet, none, or a file (%(default)s)")
    add("--geometry", choices=GEOMETRIES, default="squash")
    add("--epochs", type=int, default=60, help="at most (%(default)s)")
    add("--patience", type=int, default=20, help="epochs without a better one (%(default)s)")
    add("--batch", type=int, default=32, help="photos a step (%(default)s)")
    add("--seed", type=int, default=0)
    add("--rendered", type=int, default=0, metavar="N", help="rendered scenes a class to add")
    add("--about", type=Path, metavar="FILE", help="JSON: title, names of the classes, licence")
    return parser


if __name__ == "__main__":
    sys.exit(main())
