"""CPU-seconds that counting the grains of a photo takes: `python -m tests.bench.grain_times`.

Photos are drawn: scattered grains, whose number is known, and textures as of sacks and cloth. Rice
is looked for, which takes time, and then marked: all that is bright, each thread of a texture.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.open_explainer import open_explainer
from core.grain_counting.count_grains import count_grains
from core.images.decode import PREVIEW, read_photo
from core.models.registry import GRAIN_MODEL, find_model
from core.segmentation.rice_mask import find_rice
from tests.support.drawn_grains import table

MEGAPIXELS = {12: (3000, 4000), 48: (6000, 8000)}
_BRIGHT = 128  # of 255


def photos() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Name and uint8 [H, W, 3]."""
    for count, size in ((300, 12), (300, 48), (1000, 12), (1900, 12), (4000, 12)):
        yield f"{count} grains, {size} megapixels", _grains(count, MEGAPIXELS[size])
    for name, sigma in (("fine", 1.5), ("coarse", 4.0), ("blotches", 16.0), ("clouds", 60.0)):
        noise = np.random.default_rng(0).normal(size=(768, 1024))
        smooth = cv2.GaussianBlur(noise, (0, 0), sigma)
        grey = 128 + 50 * smooth / smooth.std()
        rgb = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        yield f"texture, {name}", cv2.resize(rgb, MEGAPIXELS[12][::-1])


def _grains(count: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = size
    rows = round((count * height / width) ** 0.5)
    columns = -(-count // rows)
    step = min(width / columns, height / rows)
    places = [(n % columns + 0.5, n // columns + 0.5) for n in range(count)]
    long, wide = round(0.75 * step), round(0.28 * step)
    rng = np.random.default_rng(0)
    grains = [
        (round(step * x), round(step * y), long, wide, int(rng.integers(180))) for x, y in places
    ]
    rgb, _ = table(*grains, size=size)
    return cv2.add(cv2.GaussianBlur(rgb, (0, 0), 2), rng.integers(0, 8, rgb.shape, np.uint8))


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    explainer = open_explainer(find_model(GRAIN_MODEL)).single_threaded()
    print("| photo | reading | counting | problem | pieces | grains |\n|---|---|---|---|---|---|")
    for name, rgb in photos():
        file = cv2.imencode(".jpg", rgb[..., ::-1])[1].tobytes()
        start = time.process_time()
        photo = read_photo(file, longest=PREVIEW)
        read = time.process_time()
        find_rice(photo.rgb).mask()
        found = count_grains(photo, explainer, photo.rgb[..., 0] > _BRIGHT)
        counted = time.process_time()
        print(
            f"| {name} | {read - start:.2f} s | {counted - read:.2f} s | {found.problem} | "
            f"{len(found.grains)} | {sum(grain.count for grain in found.grains)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
