"""Disk cache of slow results, so that an interrupted run resumes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def cached(file: Path, of: Mapping[str, Any], make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """Results from a file, or else made and written to it.

    Args:
        file: JSON; written whole, or not at all.
        of: What the results are of; cached ones of anything else are made again.
        make: Gives what JSON can hold.
    """
    if file.exists():
        found = json.loads(file.read_text("utf-8"))
        if found["of"] == of:
            return list(found["results"])
    text = json.dumps({"of": of, "results": make()}, ensure_ascii=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    half.write_text(text + "\n", "utf-8")
    half.replace(file)
    return list(json.loads(text)["results"])
