"""What hostile files cost stays within the bounds, one alone and several together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.hostile_photos import MEGABYTES, SECONDS, cost
from tests.support.hostile_photos import blank_png


@pytest.mark.slow
@pytest.mark.parametrize("way", ["read", "full"])
def test_several_at_once_share_one_bound(tmp_path: Path, way: str) -> None:
    file = tmp_path / "largest.png"
    file.write_bytes(blank_png(7_070, 7_070, 8, 6))
    seconds, memory, outcome = cost(file, way, at_once=6)
    assert outcome == "7070x7070"
    assert seconds <= 6 * SECONDS
    assert memory <= MEGABYTES + (0 if way == "read" else 6 * 75)


@pytest.mark.slow
def test_a_command_reports_its_own_end(tmp_path: Path) -> None:
    file = tmp_path / "small.png"
    file.write_bytes(blank_png(64, 64, 8, 2))
    seconds, memory, outcome = cost(file, "grains")
    assert outcome == "exit code 1"
    assert 0 < seconds < 60
    assert memory > 50
