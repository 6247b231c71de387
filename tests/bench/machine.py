"""What it was measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "tensorflow", "keras")


def machine() -> dict[str, str]:
    """Processor, cores, memory, system, Python and the versions of what Rice Lens runs on."""
    found = {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
                     else os.cpu_count()),
        "memory": memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }  # fmt: skip
    return found | {name: installed(name) for name in PACKAGES}


def processor() -> str:
    """The processor's name, as its maker or its system says it."""
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory() -> str:
    """The memory in whole gigabytes."""
    if not hasattr(os, "sysconf"):
        return "unknown"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"


def installed(package: str, interpreter: Path | None = None) -> str:
    """A package's version, in this environment or in another interpreter's; "" where it is not."""
    if interpreter in (None, Path(sys.executable)):
        try:
            return version(package)
        except PackageNotFoundError:
            return ""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    if not interpreter.exists():
        return ""
    done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()
