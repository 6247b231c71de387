"""How often the audit names a planted shortcut, and how often it raises a false alarm.

python -m tests.bench.audit GRAINS --out FILE [--seeds 20] [--photos 90] [--cue background …]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from core.training.dataset import audit_folder, read_folder
from core.validation.shortcut_models import HALF, INNOCENT, SHORTCUTS
from core.validation.shortcut_models.shortcut_photos import read_grain_stock
from tests.support.planted_folder import write_planted

NAMED_AS = {
    **dict.fromkeys(("background", "bowl", "gradient", HALF), "ground"),
    **dict.fromkeys(("mark", "border", "tag", "stamp"), "edges"),
    **dict.fromkeys(("tint", "exposure"), "light"),
    **dict.fromkeys(("sharpness", "noise"), "sharpness"),
    "compression": "compression",
}
"""The group that a planted shortcut is to be found in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grains", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="a line of JSON per folder")
    parser.add_argument("--cue", nargs="+", choices=SHORTCUTS, default=SHORTCUTS)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--photos", type=int, default=90)
    options = parser.parse_args()
    lines = options.out.read_text("utf-8").splitlines() if options.out.is_file() else []
    done = [json.loads(line) for line in lines]
    stock = read_grain_stock(options.grains, "train")
    with options.out.open("a", encoding="utf-8") as out:
        for seed in range(options.seeds):
            for cue in options.cue:
                if any((each["cue"], each["seed"]) == (cue, seed) for each in done):
                    continue
                with TemporaryDirectory() as folder:
                    write_planted(Path(folder), stock, cue, "train", options.photos, seed)
                    photos = read_folder(Path(folder))
                    begun = time.perf_counter()
                    audit = audit_folder(photos)
                    seconds = time.perf_counter() - begun
                done.append(
                    {
                        "cue": cue,
                        "seed": seed,
                        "photos": audit.photos,
                        "seconds": round(seconds, 2),
                        "found": [each.group for each in audit.found],
                        "accuracy": {each.group: round(each.accuracy, 3) for each in audit.cues},
                    }
                )
                out.write(json.dumps(done[-1]) + "\n")
                out.flush()
    for cue in options.cue:
        own = [each for each in done if each["cue"] == cue]
        groups = Counter(group for each in own for group in each["found"])
        if cue in INNOCENT:
            wrong = sum(bool(each["found"]) for each in own)
            print(f"{cue}: a false alarm on {wrong} of {len(own)} folders {dict(groups)}")
        else:
            named = groups[NAMED_AS[cue]]
            print(f"{cue}: named on {named} of {len(own)} folders {dict(groups)}")
    rate = sum(each["seconds"] for each in done) / sum(each["photos"] for each in done)
    print(f"{1000 * rate:.0f} seconds for 1,000 photos")


if __name__ == "__main__":
    main()
