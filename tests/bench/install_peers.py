"""Make the peers' environments: `python tests/bench/install_peers.py [FOLDER]`.

One for those on PyTorch, one for those on TensorFlow; about 9 GB. What could not be installed is
written down with the reason, and the bench says so. Run again, it goes on where it failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / ".bench"
ENVIRONMENTS = ("torch", "tensorflow")
FAILED_FILE = "failed.json"


def python(environment: str, folder: Path = FOLDER) -> Path:
    """The interpreter of an environment."""
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    return folder / environment / scripts / "python"


def install(environment: str, folder: Path) -> dict[str, str]:
    """Install each line of an environment's list; gives what failed, and why."""
    interpreter = python(environment, folder)
    if not interpreter.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / environment], check=True)
    failed = {}
    for line in (HERE / f"peers-{environment}.txt").read_text("utf-8").splitlines():
        wanted, _, comment = (part.strip() for part in line.partition("#"))
        if not wanted:
            continue
        print(f"{environment}: {wanted}", flush=True)
        commands = [["-m", "pip", "install", "--quiet", *wanted.split()]]
        if comment.startswith("import "):
            commands.append(["-c", comment])
        for command in commands:
            done = subprocess.run([interpreter, *command], capture_output=True, text=True)
            if done.returncode:
                failed[wanted.split()[-1]] = _reason(done.stderr)
                print(f"  failed: {failed[wanted.split()[-1]]}", flush=True)
                break
    return failed


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()] or ["no reason given"]
    errors = [line for line in lines if line.startswith("ERROR") or "Error:" in line]
    return (errors or lines)[-1][:300]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    failures = {environment: install(environment, folder) for environment in ENVIRONMENTS}
    (folder / FAILED_FILE).write_text(json.dumps(failures, indent=2) + "\n", "utf-8")
    sys.exit(any(failures.values()))
