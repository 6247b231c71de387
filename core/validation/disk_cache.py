"""Results that took long, kept on disk, so that an interrupted trial goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


def kept(file: Path, of: Mapping[str, Any], make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """What `make` gives, from the file if it holds that already.

    Args:
        file: JSON; written whole, or not at all.
        of: What the results are of; kept ones of anything else are made again.
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
