"""What two checkouts write of the same photos, file by file: `python … compare_outputs.py OLD NEW`.

Run it before a change that must not change results. Each command runs in either checkout, by this
interpreter, on the same photos; every file that differs is named, and texts are shown as a diff.
The exit code is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

TEXTS = {".csv", ".json", ".html", ".txt"}


def commands(old: Path, data: Path) -> dict[str, list[str]]:
    """What is run, by name; `OUT` stands for a folder of its own."""
    samples = str(old / "assets" / "samples")
    heaps = [str(each) for each in sorted((data / "piles").glob("*/*flash_?1.jpg"))]
    wild = [str(each) for each in sorted((data / "wild").glob("*_[23].jpg"))]
    asked = ["--finer", "2", "--versus", "IR64", "--method", "layer-cam", "--colors", "jet"]
    made = ["--out", "OUT"]
    return {
        "explain": ["explain", samples, *heaps, *wild, *made],
        "explain-64": ["explain", samples, "--model", "rice-64", "--scale", "shared", *made],
        "explain-asked": ["explain", samples, *asked, *made],
        "explain-score-cam": ["explain", *heaps, "--method", "score-cam", *made],
        "explain-evidence": ["explain", samples, *heaps, "--evidence", *made],
        "review": ["review", str(data / "wild"), *made],
        "review-evidence": ["review", samples, "--model", "rice-64", "--evidence", *made],
        "grains": ["grains", samples, *wild, "--scale", "12", "--heat", *made],
        "check": ["check", "rice-64"],
        "check-photos": ["check", "rice-64", str(data / "piles")],
        "check-unknown": ["check", "grains-64", *wild],
        "models": ["models"],
    }


def run(checkout: Path, command: list[str], out: Path) -> None:
    """Run a command of a checkout; what it says goes into `said.txt` beside what it writes."""
    out.mkdir(parents=True)
    words = [str(out / "files") if word == "OUT" else word for word in command]
    done = subprocess.run(
        [sys.executable, "-m", "core", *words], cwd=checkout, capture_output=True, text=True
    )
    said = f"{done.stdout}\nexit code {done.returncode}\n{done.stderr}"
    said = "\n".join(line for line in said.splitlines() if "it/s]" not in line and "%|" not in line)
    (out / "said.txt").write_text(said.replace(str(out), "OUT"), "utf-8")


def differences(one: Path, other: Path) -> list[str]:
    """The files that are not the same in two folders, texts with their differing lines."""
    files = {each.relative_to(one) for each in one.rglob("*") if each.is_file()}
    others = {each.relative_to(other) for each in other.rglob("*") if each.is_file()}
    found = [f"only in one of them: {file}" for file in sorted(files ^ others)]
    for file in sorted(files & others):
        before, after = (folder / file for folder in (one, other))
        if before.read_bytes() == after.read_bytes():
            continue
        found.append(f"differs: {file}")
        if file.suffix in TEXTS:
            lines = (each.read_text("utf-8").splitlines() for each in (before, after))
            found += list(difflib.unified_diff(*lines, "before", "after", lineterm="", n=0))
    return found


def main() -> int:
    """Run every command in both checkouts and tell what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True, help="what is there is not made again")
    options = parser.parse_args()
    found = []
    for name, command in commands(options.old.resolve(), options.data.resolve()).items():
        folders = [options.out.resolve() / side / name for side in ("old", "new")]
        for folder, checkout in zip(folders, (options.old, options.new), strict=True):
            if not folder.exists():
                run(checkout.resolve(), command, folder)
        count = sum(each.is_file() for each in folders[0].rglob("*"))
        told = differences(*folders)
        print(f"{name}: {count} files, {'the same' if not told else f'{len(told)} lines differ'}")
        found += told
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
