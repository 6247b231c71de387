"""Counts and sizes as text for a terminal."""

from __future__ import annotations

from core.grain_counting.counts import Counts
from core.grain_counting.sizes import SizeSummary
from core.texts import count_noun


def counts_text(counts: Counts, doubtful: int = 0) -> str:
    """Write counts as lines of text; without intervals where these would say too much.

    Args:
        counts: Of one or more photos.
        doubtful: In how many of them rice and background look alike.

    Example:
        >>> from core.grain_counting.counts import VarietyShare
        >>> share = VarietyShare("Basmati", 9, 0.9, 0.6, 0.98)
        >>> print(counts_text(Counts((share,), 10, 1, 2, 0, 0)))
        12 grains, 10 of them classified
        Basmati     9   90.0 %  (95 % interval 60.0 to 98.0 %)
        not separated: 1 piece, about 2 grains by area
    """
    grains, known = count_noun(counts.grains, "grain"), counts.varieties_known and not doubtful
    unsure = f", {counts.unsure} of these not surely" if counts.unsure else ""
    lines = [f"{grains}, {counts.classified} of them classified{unsure}"]
    if doubtful:
        photos = count_noun(doubtful, "photo")
        lines.append(f"not sure: in {photos} rice and background look alike; some may be no grains")
    if not counts.varieties_known:
        why = (
            "the model is sure of fewer grains than of those that it knows"
            if counts.look_familiar
            else f"{counts.unfamiliar} look like no grain that the model learned from"
        )
        lines.append(f"the varieties are not sure: {why}; they may be others")
    wide = max(len(each.variety) for each in counts.shares)
    for each in counts.shares:
        low, high = 100 * each.low, 100 * each.high
        interval = f"95 % interval {low:.1f} to {high:.1f} %" if known else "not sure"
        lines.append(
            f"{each.variety:{wide}} {each.grains:5}  {100 * each.share:5.1f} %  ({interval})"
        )
    if counts.broken and not counts.broken_known:
        lines.append(
            f"broken: at least {counts.broken}; not in every photo whole grains could be told from "
            "broken ones"
        )
    elif counts.broken and counts.broken_share:
        share, low, high = (100 * each for each in counts.broken_share)
        lines.append(
            f"broken: {counts.broken}, {share:.1f} % of the single grains "
            f"(95 % interval {low:.1f} to {high:.1f} %)"
        )
    if counts.not_separated:
        pieces = count_noun(counts.not_separated, "piece")
        about = count_noun(counts.in_clumps, "grain")
        lines.append(f"not separated: {pieces}, about {about} by area")
    if counts.at_edge:
        lines.append(f"cut by the photo's edge: {counts.at_edge}")
    if counts.fragments:
        lines.append(f"too small for a grain, not counted: {counts.fragments}")
    return "\n".join(lines)


def sizes_text(sizes: SizeSummary, unit: str) -> str:
    """Write the sizes of whole grains as lines of text.

    Args:
        sizes: From `summarize_sizes`.
        unit: `px` or `mm`.

    Example:
        >>> from core.grain_counting.sizes import spread
        >>> print(sizes_text(SizeSummary(spread([6.5, 7.5]), spread([2.0])), "mm"))
        length: mean 7.00 mm, median 7.00 mm, standard deviation 0.71 mm
        width: mean 2.00 mm, median 2.00 mm
    """
    digits = 2 if unit == "mm" else 1
    lines = []
    for name, each in (("length", sizes.length), ("width", sizes.width)):
        line = f"{name}: mean {each.mean:.{digits}f} {unit}, median {each.median:.{digits}f} {unit}"
        if each.deviation is not None:
            line += f", standard deviation {each.deviation:.{digits}f} {unit}"
        lines.append(line)
    return "\n".join(lines)
