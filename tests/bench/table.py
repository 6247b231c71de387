"""The measurement as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tests.bench.measure import Spread, ratios, spread
from tests.bench.required import Verdict
from tests.bench.section import Section

_UNITS = {"ms": 1e3, "s": 1.0, "MB": 1e-6}


def markdown(
    sections: Sequence[Section],
    verdicts: Sequence[Verdict],
    machine: Mapping[str, str],
    versions: Mapping[str, str],
) -> str:
    """The whole report."""
    parts = ["# Rice Lens beside its peers", _machine(machine, versions)]
    if verdicts:
        parts += ["## What it must show", _verdicts(verdicts)]
    for section in sections:
        parts += [f"## {section.title}", section.about, _rows(section), _out(section)]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(
    sections: Sequence[Section],
    verdicts: Sequence[Verdict],
    machine: Mapping[str, str],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """All numbers, every round's included; seconds and bytes."""
    return {
        "machine": dict(machine),
        "peers": dict(versions),
        "required": [asdict(verdict) for verdict in verdicts],
        "sections": [asdict(section) for section in sections],
    }


def number(value: float) -> str:
    """Three significant digits, without an exponent.

    Example:
        >>> [number(value) for value in (0.01234, 2.345, 23.45, 1234.5)]
        ['0.0123', '2.35', '23.4', '1234']
    """
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):.2e}".split("e")[1]))
    return f"{value:.{digits}f}"


def _machine(machine: Mapping[str, str], versions: Mapping[str, str]) -> str:
    facts = "; ".join(f"{name} {value}" for name, value in machine.items() if value)
    peers = "; ".join(f"{name} {value}" for name, value in versions.items() if value)
    return (
        f"Measured on: {facts}.\n\nPeers: {peers or 'none'}.\n\n"
        "All take turns, round after round. Given are the median of the rounds and the quartiles; "
        "a ratio is the median of each round's own."
    )


def _verdicts(verdicts: Sequence[Verdict]) -> str:
    lines = ["| where | ratio | required | measured | reached |", "|---|---|---|---|---|"]
    for verdict in verdicts:
        required = verdict.required
        sign = "≥" if required.least else "≤"
        lines.append(
            f"| {required.section} | {verdict.of} : {verdict.to} | {sign} {required.bound:g} | "
            f"{_spread(verdict.ratio)} | {'yes' if verdict.reached else '**no**'} |"
        )
    return "\n".join(lines)


def _rows(section: Section) -> str:
    if not section.series:
        return ""
    scale = _UNITS[section.unit]
    checks = ["maps agree"] if section.checks else []
    head = ["", section.unit, f"times {section.base}", *checks]
    lines = [head, ["---"] * len(head)]
    for name in sorted(section.series, key=lambda name: spread(section.series[name]).median):
        taken = spread([value * scale for value in section.series[name]])
        ratio = ratios(section.series, name, section.base)
        cells = [name, _spread(taken), _spread(ratio) if name != section.base else "1"]
        lines.append(cells + ([_check(section, name)] if checks else []))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _check(section: Section, name: str) -> str:
    check = section.checks[name]
    if "correlation" not in check:
        return "logits do" if name not in section.disagreeing else "**logits do not**"
    cells = " × ".join(str(side) for side in check["cells"])
    said = f"{check['correlation']:.4f} ({cells})"
    return f"**no**: {said}" if name in section.disagreeing else said


def _out(section: Section) -> str:
    return "\n".join(f"- {name} took no part: {why}" for name, why in section.out.items())


def _spread(values: Spread) -> str:
    return f"{number(values.median)} ({number(values.low)}–{number(values.high)})"
