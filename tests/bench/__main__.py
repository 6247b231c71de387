"""`python -m tests.bench`: measure Rice Lens beside its peers, write bench.md and bench.json."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.bench import install_peers
from tests.bench.contenders import CONTENDERS
from tests.bench.machine import installed, machine
from tests.bench.race import interpreter
from tests.bench.required import judge
from tests.bench.section import SECTIONS, Section
from tests.bench.table import as_json, markdown


def main() -> None:
    """Measure, write after each section, and print the table."""
    arguments = _arguments()
    versions = {
        each.name: installed(each.package, interpreter(each, arguments.peers))
        for each in CONTENDERS
        if each.environment != "own"
    }
    about = machine(), versions
    sections: list[Section] = []
    for name, (measure, size) in SECTIONS.items():
        if arguments.only and not any(name.startswith(wanted) for wanted in arguments.only):
            continue
        print(f"{name} …", flush=True)
        sections += measure(size, arguments.rounds, arguments.peers)
        series = {each.name: each.series for each in sections}
        verdicts = judge(series, {each.name: each.disagreeing for each in sections})
        arguments.out.mkdir(parents=True, exist_ok=True)
        text = markdown(sections, verdicts, *about)
        (arguments.out / "bench.md").write_text(text, "utf-8")
        numbers = json.dumps(as_json(sections, verdicts, *about), indent=1, ensure_ascii=False)
        (arguments.out / "bench.json").write_text(numbers + "\n", "utf-8")
    print(text if sections else f"Nothing to measure. There are: {', '.join(SECTIONS)}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (15)")
    parser.add_argument("--quick", action="store_const", dest="rounds", const=3, help="3 rounds")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME",
        help=f"sections, or how their names begin: {', '.join(SECTIONS)}",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder (bench)")
    parser.add_argument(
        "--peers", type=Path, default=install_peers.FOLDER, help="the peers' environments (.bench)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
