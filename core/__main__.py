"""The command line: `python -m core …`, a thin skin over the package."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from core.cli import (
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
    validate,
)
from core.errors import LensError

# As the help lists them.
COMMANDS = (
    *(explain, review, grains, models, check, compile),
    *(plant, train_grains, validate, samples, train),
)

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Where does a rice classifier look?"
    )
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.declare(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
