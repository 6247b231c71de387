"""Mutated photos of real size: `python -m tests.bench.fuzz_photos [--count N] [--seed S]`.

Bytes are changed, copied, cut out and put in, PNG checksums are repaired, so that the damage
reaches the decoder. Each file becomes a photo or a `PhotoError`; anything else is printed, and so
is what takes more than 2 CPU-seconds. The process's peak memory stands at the end. A crash of the
interpreter leaves the file's number as the last line on stderr: the same seed makes it again.
"""

from __future__ import annotations

import argparse
import random
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.errors import PhotoError
from core.images.decode import PREVIEW, read_photo
from tests.bench.cold import peak
from tests.support.photo_files import encode, png_chunk

SLOW = 2.0
"""CPU-seconds that a file may take."""

FORMATS = ("JPEG", "JPEG, progressive", "PNG", "WebP", "TIFF", "GIF", "BMP", "HEIC", "AVIF")


def seed_files(megapixels: float) -> dict[str, bytes]:
    """A photo-like picture of so many megapixels in every format."""
    width, height = round((megapixels * 4e6 / 3) ** 0.5), round((megapixels * 3e6 / 4) ** 0.5)
    coarse = np.random.default_rng(5).integers(0, 256, (height // 40, width // 40, 3), np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera's maker"
    options: dict[str, dict[str, object]] = {
        "JPEG": {"exif": exif}, "PNG": {"compress_level": 1, "exif": exif}, "WebP": {"method": 0},
        "TIFF": {"compression": "tiff_lzw"}, "AVIF": {"speed": 10},
        "HEIC": {"exif": exif.tobytes()}, "JPEG, progressive": {"progressive": True},
    }  # fmt: skip
    return {
        name: encode(
            image.convert("P") if name == "GIF" else image,
            name.split(",")[0],
            **options.get(name, {}),
        )
        for name in FORMATS
    }


def mutate(data: bytes, dice: random.Random) -> bytes:
    """A damaged copy; half of the damage is in the first kilobyte, where the headers are."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        reach = min(len(changed), 1000) if dice.random() < 0.5 else len(changed)
        place, length = dice.randrange(reach), dice.randrange(1, 64)
        kind = dice.randrange(5)
        if kind == 0:
            changed[place] ^= dice.randrange(1, 256)
        elif kind == 1:
            value = dice.choice((0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
            size = dice.choice((2, 4))
            order = dice.choice(("big", "little"))
            changed[place : place + size] = (value % 256**size).to_bytes(size, order)
        elif kind == 2:
            source = dice.randrange(len(changed))
            changed[place:place] = changed[source : source + length] * dice.choice((1, 1, 50))
        elif kind == 3:
            del changed[place : place + length]
        elif dice.random() < 0.2:
            del changed[max(1, place) :]
    result = bytes(changed)
    return repair_png(result) if result[:4] == b"\x89PNG" else result


def repair_png(data: bytes) -> bytes:
    """The same chunks with right checksums; lengths stay as they are."""
    out, place = [data[:8]], 8
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        if place + 12 + length > len(data):
            break
        out.append(png_chunk(data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return b"".join(out) + data[place:]


def fuzz(count: int, seed: int, megapixels: float) -> Iterator[tuple[str, float, str]]:
    """Read mutated files.

    Yields:
        The format, CPU-seconds, and what came out: "photo", a `PhotoError`'s code, or another
        exception's name and text.
    """
    seeds = seed_files(megapixels)
    for number in range(count):
        dice = random.Random(f"{seed} {number}")
        name = FORMATS[number % len(FORMATS)]
        data = mutate(seeds[name], dice)
        before = time.process_time()
        try:
            read_photo(data, longest=PREVIEW)
            outcome = "photo"
        except PhotoError as error:
            outcome = error.code
        except BaseException as error:
            outcome = f"! {type(error).__name__}: {error}"
        yield name, time.process_time() - before, outcome


def main() -> int:
    """Fuzz, print what should not be; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fuzz_photos", description=__doc__)
    parser.add_argument("--count", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megapixels", type=float, default=2.0, help="of the seeds (2)")
    parser.add_argument("--minutes", type=float, default=60, help="at most so long (60)")
    options = parser.parse_args()
    outcomes, bad, slowest, begun = Counter[str](), 0, 0.0, time.monotonic()
    results = fuzz(options.count, options.seed, options.megapixels)
    for number, (name, seconds, outcome) in enumerate(results):
        print(f"\r{number}", end="", file=sys.stderr, flush=True)
        outcomes[outcome if outcome[0] != "!" else "other"] += 1
        slowest = max(slowest, seconds)
        if outcome[0] == "!" or seconds > SLOW:
            bad += 1
            print(f"\nfile {number} ({name}): {seconds:.2f} CPU s, {outcome}", flush=True)
        if time.monotonic() - begun > 60 * options.minutes:
            break
    print(f"\n{sum(outcomes.values())} files, {bad} bad, slowest {slowest:.2f} CPU s, "
          f"peak {peak() / 1e6:.0f} MB: {dict(outcomes.most_common())}")  # fmt: skip
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
