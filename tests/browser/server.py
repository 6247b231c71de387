"""The page's server, for as long as it is needed."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PORTS = range(20_000, 32_000)  # none that the system gives to those who ask for any
_ATTEMPTS = 3
_running: dict[str, subprocess.Popen[bytes]] = {}
_PATIENCE = 120  # seconds until it answers, on a busy machine


@contextmanager
def run_server(*options: str, script: Path = Path("dashboard/app.py")) -> Iterator[str]:
    """`streamlit run SCRIPT -- OPTION…` at a free port; gives its address."""
    process, url = _start(options, script)
    _running[url] = process
    try:
        yield url
    finally:
        del _running[url]
        process.terminate()
        try:
            process.wait(_PATIENCE)
        finally:
            process.kill()


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """While this lasts, the server at this address does nothing (POSIX only)."""
    process = _running[url]
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _start(options: tuple[str, ...], script: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start it; at another port if somebody else took the free one meanwhile."""
    for _ in range(_ATTEMPTS):
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        server = {
            "port": port, "address": "127.0.0.1", "headless": "true", "fileWatcherType": "none"
        }  # fmt: skip
        flags = [f"--server.{name}={value}" for name, value in server.items()]
        command = [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--"]
        process = subprocess.Popen([*command, *options], cwd=ROOT)
        if _answers(url, process):
            return process, url
    raise RuntimeError("the server ended before it answered")


def _free_port() -> int:
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until it is up; False if it has ended."""
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
            return True
        except OSError:
            if time.monotonic() > deadline:
                process.kill()
                raise TimeoutError(f"the server did not answer within {_PATIENCE} s") from None
            time.sleep(0.05)
    return False
