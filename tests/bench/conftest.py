"""Keep pytest to the tests: the rest is run by hand, and parts of it need the peers' packages."""

from pathlib import Path

_HERE = Path(__file__).parent
collect_ignore = [file.name for file in _HERE.glob("*.py") if not file.name.startswith("test_")]
