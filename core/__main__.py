"""The command line, `python -m core`: parses arguments, runs a command, reports its errors."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from types import ModuleType

from core.cli.output_streams import BrokenPipeSafeStream
from core.errors import LensError

DONE, LEFT_OUT, NOT_DONE, INTERRUPTED = 0, 1, 2, 130
"""The exit codes, as `core/cli/README.md` describes them."""

log = logging.getLogger("core")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0 done, 1 done but for what stderr names, 2 not done, 130 interrupted.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow greets at length otherwise
    out, messages = BrokenPipeSafeStream(sys.stdout), BrokenPipeSafeStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(messages):  # type: ignore[type-var]
        code = _run(arguments)
        if out.error is not None and not isinstance(out.error, BrokenPipeError):
            print(f"error: the answer cannot be written ({out.error.strerror})", file=sys.stderr)
            code = max(code, LEFT_OUT)
    return code


def commands() -> tuple[ModuleType, ...]:
    """The commands, as the help lists them."""
    # Imported here, where being interrupted is no traceback.
    from core.cli import (
        audit,
        certify,
        check,
        compile,
        explain,
        grains,
        models,
        plant,
        review,
        samples,
        train,
        train_grains,
        train_segmenter,
        validate,
    )

    return (
        *(explain, review, grains, models, check, compile, audit, certify),
        *(train, train_grains, train_segmenter, plant, validate, samples),
    )


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from core.cli.shared import name_evidence  # loaded here as the commands are

        given = sys.argv[1:] if arguments is None else arguments
        options = _parser().parse_args(name_evidence(given))
        return int(options.run(options))
    except (Exception, KeyboardInterrupt) as error:
        code, sentence = _describe(error)
        print(sentence, file=sys.stderr)
        return code


def _describe(error: BaseException) -> tuple[int, str]:
    """The exit code and the sentence for what has stopped a command."""
    stopped = _find_interruption(error)
    if stopped is not None:
        return INTERRUPTED, "; ".join(["stopped", *map(str, stopped.args)])
    log.debug("the traceback", exc_info=error)
    if isinstance(error, LensError):
        return LEFT_OUT if error.facts.get("done") else NOT_DONE, f"error: {error}"
    if isinstance(error, ModuleNotFoundError):
        return NOT_DONE, (
            f"error: the package {error.name} is not installed. Run: pip install -r "
            "requirements.txt; to train or compile also -r core/training/requirements.txt"
        )
    if isinstance(error, OSError):  # whatever a file or a folder can be, and a disk that is full
        where = f"{error.filename}: " if error.filename else ""
        return NOT_DONE, (
            f"error: {where}{error.strerror or error}. Check the name, the rights and the free "
            "space there, and run the command again."
        )
    if isinstance(error, MemoryError):
        return NOT_DONE, (
            "error: there is not enough memory. Give fewer or smaller photos at a time, or a "
            "smaller model."
        )
    log.error("an unexpected error", exc_info=error)
    return NOT_DONE, (
        f"error: unexpected {type(error).__name__} ({error}). The lines above say where it was"
    )


def _find_interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """The key press behind an error: a package that is being loaded turns it into another."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Shows where a rice classifier looks in photos, and tests whether that can be "
        "believed.",
    )
    listed = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for command in commands():
        command.add_parser(listed)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as it does by Ctrl-C
    sys.exit(main())
